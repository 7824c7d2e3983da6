import type { Redis } from 'ioredis';
import { RedisError } from '../errors/redis-error.js';
import {
  connectFailed,
  connectTimedOut,
  notYetPrimary,
  readOnlyServer,
  speaksTls,
} from './connect-failures.js';
import { createDriver, type HandshakeState, handshake, isReplica, throwGreeting } from './driver.js';
import type { RedisEndpoint, RedisStream } from './endpoint.js';
import { commandFailed, linkLost } from './failures.js';
import { joinWritesOfTick } from './join-writes.js';
import { patientTimeout } from './patient-timeout.js';
import { PendingCommand, type RedisCommand } from './pending-command.js';
import { isReplyError } from './reply-error.js';

export interface LinkOptions {
  /** Shown by CLIENT LIST. */
  readonly name: string;
  /** For the whole way from the first packet to the first PONG. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Refuses a server that is a read-only replica. */
  readonly needsPrimary?: boolean;
  /** The server refused a write because it is a read-only replica. */
  readonly onReadOnly?: (link: Link, error: RedisError) => void;
}

/**
 * One physical connection, from its handshake to its end; it never becomes another. The driver under it neither queues
 * nor reconnects nor resends: each of these loses or doubles commands without a word, so our own code does
 * what is right instead ({@link Connection}).
 */
export class Link {
  readonly redis: Redis;
  /** Resolves with the reason when the connection has ended and its socket is closed. */
  readonly closed: Promise<RedisError>;
  /** What it goes over. */
  readonly stream: RedisStream;
  readonly #endpoint: RedisEndpoint;
  /** Why we ended it ourselves. */
  #verdict: RedisError | undefined;
  /** What the driver or the socket reported. A reply tells more than the broken pipe that follows it. */
  #reported: Error | undefined;
  #inFlight = 0;
  #provenAt = Date.now();
  #served = false;
  #onDrained: (() => void) | undefined;
  readonly #onReadOnly: LinkOptions['onReadOnly'];

  private constructor(endpoint: RedisEndpoint, stream: RedisStream, { name, onReadOnly }: LinkOptions) {
    this.#endpoint = endpoint;
    this.stream = stream;
    this.#onReadOnly = onReadOnly;
    joinWritesOfTick(stream);
    this.redis = createDriver(endpoint, stream, name);
    const report = (error: Error): void => {
      if (this.#reported === undefined || isReplyError(error)) this.#reported = error;
    };
    // The driver listens for one error only; a socket may emit another, which must not be uncaught.
    stream.on('error', report);
    this.redis.on('error', (error) => {
      report(error);
      // Also what the driver survives, such as a reply that no command waits for: never guess whose it is.
      stream.destroy();
    });
    this.closed = new Promise((resolve) => {
      this.redis.once('end', () => resolve(this.#lost()));
    });
  }

  /** @throws RedisError with the true cause; nothing is left open then. */
  static async open(endpoint: RedisEndpoint, options: LinkOptions): Promise<Link> {
    const attempt = new AbortController();
    const abort = (): void => attempt.abort(options.signal.reason);
    const { timeoutMs } = options;
    const endTimeout = patientTimeout(timeoutMs, () => attempt.abort(connectTimedOut(endpoint, timeoutMs)));
    options.signal.addEventListener('abort', abort);
    try {
      options.signal.throwIfAborted();
      return await openWithin(endpoint, options, attempt.signal, (...from) => new Link(...from));
    } catch (error) {
      throw connectFailed(endpoint, error);
    } finally {
      endTimeout();
      options.signal.removeEventListener('abort', abort);
    }
  }

  /** Can a command be written now? */
  get writable(): boolean {
    return this.redis.status === 'ready' && this.stream.writable;
  }

  /** Are there commands that wait for their replies? */
  get busy(): boolean {
    return this.#inFlight > 0;
  }

  /** Did it ever answer a command? */
  get served(): boolean {
    return this.#served;
  }

  /**
   * The server had everything written until this moment when it sent what came last: what it had sent before has arrived.
   * Milliseconds since the epoch.
   */
  get provenAt(): number {
    return this.#provenAt;
  }

  /** A request written at `sentAt` was answered. */
  prove(sentAt: number): void {
    this.#provenAt = Math.max(this.#provenAt, sentAt);
  }

  get reported(): Error | undefined {
    return this.#reported;
  }

  /** Writes a command, together with all others of this tick. Only while {@link writable}. */
  send(pending: PendingCommand): void {
    const { name, args } = pending.command;
    pending.sent = true;
    this.#inFlight += 1;
    this.redis.call(name, ...args).then(
      (reply) => {
        this.#served = true;
        pending.reply(reply);
        this.#settled();
      },
      (error: unknown) => {
        const failed = commandFailed(this.#endpoint, name, error, this.#lost());
        pending.reject(failed);
        this.#settled();
        if (failed.code === 'SLIPWAY_REDIS_READ_ONLY') this.#onReadOnly?.(this, failed);
      },
    );
  }

  /** {@link send} without a deadline: for callers that end the link where no answer comes. */
  request<T>(command: RedisCommand<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.writable) this.send(new PendingCommand(command, resolve, reject) as PendingCommand);
      else reject(this.#lost());
    });
  }

  /** Resolves when all commands have their replies, at the latest after `graceMs`. */
  async drain(graceMs: number): Promise<void> {
    if (this.#inFlight === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onDrained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends the connection when what is under way has its replies, at the latest after `graceMs` or the deadline. */
  async retire(graceMs: number, reason: RedisError): Promise<void> {
    await this.drain(Math.min(graceMs, this.#endpoint.deadlineMs));
    this.destroy(reason);
    await this.closed;
  }

  /** Ends the connection at once; commands on their way reject. The first reason counts. */
  destroy(reason: RedisError): void {
    this.#verdict ??= reason;
    this.stream.destroy();
  }

  #lost(): RedisError {
    return this.#verdict ?? linkLost(this.#endpoint, this.#reported);
  }

  #settled(): void {
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#onDrained?.();
  }
}

async function openWithin(
  endpoint: RedisEndpoint,
  options: LinkOptions,
  signal: AbortSignal,
  create: (endpoint: RedisEndpoint, stream: RedisStream, options: LinkOptions) => Link,
): Promise<Link> {
  const stream = await endpoint.dial(signal);
  if (signal.aborted) {
    // In the moment that the dial succeeded: nobody would hear of it any more.
    stream.destroy();
    throw signal.reason;
  }
  const cut = (): void => void stream.destroy();
  signal.addEventListener('abort', cut);
  const link = create(endpoint, stream, options);
  const state: HandshakeState = { loading: undefined };
  try {
    await handshake(link.redis, endpoint.db, signal, state);
    const primaryOnly = endpoint.primaryOnly === true;
    if ((primaryOnly || options.needsPrimary === true) && (await isReplica(link.redis)))
      throw primaryOnly ? notYetPrimary(endpoint) : readOnlyServer(endpoint);
    signal.throwIfAborted();
    return link;
  } catch (error) {
    stream.destroy();
    await link.closed;
    if (isReplyError(error) || error instanceof RedisError) throw error;
    if (isReplyError(link.reported)) throw link.reported;
    if (signal.aborted) throw abortReason(signal.reason as RedisError, state);
    await throwGreeting(endpoint, signal);
    if (await endpoint.answersTls(signal)) throw speaksTls(endpoint);
    throw (
      link.reported ?? new Error('the server closed the connection during the handshake', { cause: error })
    );
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

/** A server that is loading did answer, so the time it took is not the news. */
function abortReason(reason: RedisError, state: HandshakeState): Error {
  return reason.code === 'SLIPWAY_REDIS_TIMEOUT' ? (state.loading ?? reason) : reason;
}
