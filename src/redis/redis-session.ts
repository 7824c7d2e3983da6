import { describeError } from '../errors/describe.js';
import { RedisError } from '../errors/redis-error.js';
import type { RedisSession } from '../protocols/redis.js';
import { exec, multi, unwatch, watch } from './commands/transactions.js';
import { DeadlineQueue } from './deadline-queue.js';
import type { RedisEndpoint } from './endpoint.js';
import { commandTimedOut, sessionLost, sessionState, stopped } from './failures.js';
import { Link } from './link.js';
import { PendingCommand, type RedisCommand } from './pending-command.js';
import { RedisCommandSet } from './redis-command-set.js';

export interface SessionOptions {
  readonly signal: AbortSignal;
  readonly onClose: (session: RedisSession) => void;
}

/** Opens a session on a connection of its own. Rejects with what kept the connection from being made. */
export async function openRedisSession(
  endpoint: RedisEndpoint,
  options: SessionOptions,
): Promise<RedisSession> {
  const link = await Link.open(endpoint, {
    name: `${endpoint.clientId}:session`,
    timeoutMs: endpoint.deadlineMs,
    signal: options.signal,
  });
  return new LinkSession(endpoint, link, options.onClose);
}

/**
 * A session is one {@link Link} and ends with it: a new connection would have no WATCH, and its EXEC would succeed over
 * another client's write.
 */
class LinkSession extends RedisCommandSet implements RedisSession {
  readonly #endpoint: RedisEndpoint;
  readonly #link: Link;
  readonly #deadlines: DeadlineQueue<PendingCommand>;
  readonly #onClose: (session: RedisSession) => void;
  /** What multi() collects; undefined outside of it. */
  #queue: RedisCommand<unknown>[] | undefined;
  #lost: RedisError | undefined;
  #closing: Promise<void> | undefined;

  constructor(endpoint: RedisEndpoint, link: Link, onClose: (session: RedisSession) => void) {
    super(endpoint);
    this.#endpoint = endpoint;
    this.#link = link;
    this.#onClose = onClose;
    this.#deadlines = new DeadlineQueue(endpoint.deadlineMs, (pending) => {
      const error = commandTimedOut(endpoint, pending.command.name, endpoint.deadlineMs);
      pending.reject(error);
      link.destroy(error);
    });
    void link.closed.then((reason) => {
      this.#lost = reason;
    });
  }

  async watch(...keys: string[]): Promise<boolean> {
    this.#assertNotQueueing('watch', 'call it before multi(), since the server has the queue ready by then');
    return this.#send('watch', watch(keys));
  }

  async multi(): Promise<boolean> {
    this.#assertNotQueueing('multi', 'it was called already; end the transaction with exec() or unwatch()');
    this.#queue = [];
    return true;
  }

  async unwatch(): Promise<boolean> {
    this.#assertOpen('unwatch');
    this.#queue = undefined;
    return this.#send('unwatch', unwatch);
  }

  async exec(): Promise<unknown[] | null> {
    this.#assertOpen('exec');
    const queue = this.#queue;
    if (queue === undefined) throw sessionState(this.#endpoint, 'exec', 'call multi() first');
    this.#queue = undefined;
    // Nothing of the transaction was sent yet, so it is as surely not applied as after a conflict.
    if (!this.#link.writable) return null;
    const queued = [multi, ...queue].map((command) =>
      this.#request<unknown>({ ...command, decode: (reply) => reply }),
    );
    const [replies, ...refusals] = await Promise.allSettled([this.#request(exec), ...queued]);
    if (replies.status === 'rejected') throw queueError(refusals) ?? replies.reason;
    if (replies.value !== null) this.#assertApplied(replies.value, queue);
    return replies.value;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#queue = undefined;
    this.#link.destroy(stopped(this.#endpoint));
    await this.#link.closed;
    this.#deadlines.clear();
    this.#onClose(this);
  }

  protected override get queueing(): boolean {
    return this.#queue !== undefined;
  }

  protected override execute<T>(operation: string, command: RedisCommand<T>): Promise<T> {
    this.#assertOpen(operation);
    if (this.#queue === undefined) return this.#send(operation, command);
    const { queued } = command;
    if (queued === undefined) {
      const why = 'read before multi(); a read within it has its value only in the result of exec()';
      throw sessionState(this.#endpoint, operation, why);
    }
    this.#queue.push(command);
    return Promise.resolve(queued);
  }

  #send<T>(name: string, command: RedisCommand<T>): Promise<T> {
    this.#assertOpen(name);
    if (this.#link.writable) return this.#request(command);
    return Promise.reject(sessionLost(this.#endpoint, name, this.#lost));
  }

  #request<T>(command: RedisCommand<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const pending = new PendingCommand(command, resolve, reject) as PendingCommand;
      this.#deadlines.add(pending);
      this.#link.send(pending);
    });
  }

  /** Redis has no rollback: a command that fails while EXEC runs leaves the others applied. Never return that as success. */
  #assertApplied(replies: readonly unknown[], queue: readonly RedisCommand<unknown>[]): void {
    const index = replies.findIndex((reply) => reply instanceof Error);
    if (index === -1) return;
    const name = queue[index]?.name.toUpperCase() ?? 'A command';
    throw new RedisError('SLIPWAY_REDIS_COMMAND', {
      message: `${name}, number ${index + 1} of a transaction of Redis client "${this.#endpoint.clientId}", failed: ${describeError(replies[index])}. The others were applied.`,
      maybeApplied: true,
      context: { clientId: this.#endpoint.clientId, address: this.#endpoint.address, index },
    });
  }

  #assertOpen(name: string): void {
    if (this.#closing !== undefined) throw sessionState(this.#endpoint, name, 'the session is closed');
  }

  #assertNotQueueing(name: string, why: string): void {
    this.#assertOpen(name);
    if (this.#queue !== undefined) throw sessionState(this.#endpoint, name, why);
  }
}

/** EXECABORT says that a command was refused while it was queued; the refusal itself says why. */
function queueError(queued: readonly PromiseSettledResult<unknown>[]): RedisError | undefined {
  for (const result of queued) {
    const reason: unknown = result.status === 'rejected' ? result.reason : undefined;
    if (reason instanceof RedisError && !reason.maybeApplied) return reason;
  }
  return undefined;
}
