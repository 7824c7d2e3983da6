import { describeError } from '../errors/describe.js';
import type { RedisError } from '../errors/redis-error.js';
import { CommandGate } from './command-gate.js';
import type { ConnectionOptions, ConnectionState } from './connection-options.js';
import type { RedisEndpoint } from './endpoint.js';
import { notStarted, stopped } from './failures.js';
import { startHeartbeat } from './heartbeat.js';
import { Link } from './link.js';
import { pauseMs, RenewalPace } from './pause.js';
import type { RedisCommand } from './pending-command.js';
import { sleep } from './sleep.js';

/** Limit of one attempt to reconnect: a server that comes back is not kept waiting by an attempt on the one that left. */
const attemptTimeoutMs = 2000;
const stopGraceMs = 2000;

/** A connection that is kept up: one {@link Link} after another, and a {@link CommandGate} before them. */
export class Connection {
  readonly #endpoint: RedisEndpoint;
  readonly #options: ConnectionOptions;
  readonly #gate: CommandGate;
  #state: ConnectionState = 'stopped';
  #link: Link | undefined;
  #lastError: RedisError | undefined;
  /** Made in this run. */
  #links = 0;
  #failures = 0;
  #renewals = new RenewalPace();
  #everStarted = false;
  /** Ends the attempts of this run. */
  #run = new AbortController();
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #reconnecting = Promise.resolve();

  constructor(endpoint: RedisEndpoint, options: ConnectionOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#gate = new CommandGate(endpoint, {
      lastError: () => this.#lastError,
      // Its reply may still come, behind others that would wait for it; a fresh link is the surer way back.
      onTimeout: (error) => this.#link?.destroy(error),
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The present link, if there is one. */
  get link(): Link | undefined {
    return this.#link;
  }

  get lastError(): RedisError | undefined {
    return this.#lastError;
  }

  /** Links re-established since start. */
  get reconnects(): number {
    return Math.max(0, this.#links - 1);
  }

  /** Resolves when the server has answered: one attempt, within the deadline. Rejects with the cause; nothing goes on then. */
  start(): Promise<void> {
    return this.#startOnce(false);
  }

  /** {@link start}, but an attempt that fails is followed by others: it rejects only if it is stopped. */
  startPatiently(): Promise<void> {
    return this.#startOnce(true);
  }

  /** Refuses new commands, waits for replies still due, closes. Never rejects; idempotent. */
  stop(): Promise<void> {
    if (this.#state === 'stopped' && this.#starting === undefined) return Promise.resolve();
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  execute<T>(command: RedisCommand<T>): Promise<T> {
    const { refusal } = this;
    if (refusal !== undefined) return Promise.reject(refusal);
    return this.#gate.execute(command, this.#link);
  }

  /** The error that a call gets now, if it gets one at once. */
  get refusal(): RedisError | undefined {
    const refusal = this.#state === 'stopping' ? undefined : this.#options.refusal?.();
    if (refusal !== undefined) return refusal;
    if (this.#state === 'stopping' || (this.#state === 'stopped' && this.#everStarted))
      return stopped(this.#endpoint);
    return this.#state === 'stopped' ? notStarted(this.#endpoint) : undefined;
  }

  #startOnce(patient: boolean): Promise<void> {
    if (this.#state === 'ready' || this.#state === 'unavailable') return Promise.resolve();
    this.#starting ??= this.#start(patient).finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(patient: boolean): Promise<void> {
    if (this.#stopping !== undefined) await this.#stopping;
    this.#run = new AbortController();
    const { signal } = this.#run;
    this.#links = 0;
    this.#failures = 0;
    this.#renewals = new RenewalPace();
    this.#lastError = undefined;
    this.#everStarted = true;
    this.#enter('starting');
    try {
      await this.#connect(this.#endpoint.deadlineMs, this.#options.needsPrimary);
      this.#log('info', 'Redis connected');
    } catch (error) {
      if (!signal.aborted) this.#lastError = error as RedisError;
      if (patient && !signal.aborted) {
        this.#log('warn', 'Redis connect failed', { error: describeError(error) });
        this.#keepTrying();
        return;
      }
      this.#gate.close(error as RedisError);
      this.#gate.clear();
      if (!signal.aborted) this.#enter('stopped');
      throw error;
    }
  }

  async #stop(): Promise<void> {
    this.#run.abort(stopped(this.#endpoint));
    this.#enter('stopping');
    this.#gate.close(stopped(this.#endpoint));
    await Promise.allSettled([this.#starting, this.#reconnecting]); // the caller of start() gets its error
    const link = this.#link;
    if (link !== undefined) {
      await link.retire(this.#options.stopGraceMs ?? stopGraceMs, stopped(this.#endpoint));
      this.#link = undefined;
      this.#options.onLinkLost?.(stopped(this.#endpoint));
    }
    this.#gate.clear();
    this.#enter('stopped');
    this.#log('info', 'Redis disconnected');
  }

  async #connect(timeoutMs: number, needsPrimary = false): Promise<void> {
    const { signal } = this.#run;
    const link = await Link.open(this.#endpoint, {
      name: this.#options.name,
      timeoutMs,
      signal,
      needsPrimary,
      onReadOnly: (...refused) => this.#renew(...refused),
    });
    if (signal.aborted) {
      link.destroy(signal.reason as RedisError);
      await link.closed;
      throw signal.reason;
    }
    this.#adopt(link);
  }

  #adopt(link: Link): void {
    this.#link = link;
    this.#links += 1;
    void link.closed.then((reason) => this.#lose(link, reason));
    startHeartbeat(link, this.#endpoint, this.#options.heartbeat);
    this.#enter('ready');
    this.#options.onLink?.(link);
    this.#gate.open(link);
  }

  #lose(link: Link, reason: RedisError): void {
    if (this.#link !== link || this.#state !== 'ready') return;
    this.#link = undefined;
    this.#lastError = reason;
    // A link that answered nothing but the handshake counts as one more failure, or a flapping server would be hammered.
    if (link.served) this.#failures = 0;
    this.#log('warn', 'Redis connection lost', { error: describeError(reason) });
    this.#options.onLinkLost?.(reason);
    this.#keepTrying();
  }

  /** Leaves a link that refuses writes as soon as what it still owes has come. */
  #renew(link: Link, reason: RedisError): void {
    if (this.#link !== link || this.#state !== 'ready' || this.#options.needsPrimary !== true) return;
    if (!this.#renewals.take()) return;
    this.#link = undefined;
    this.#lastError = reason;
    this.#log('warn', 'Redis is read-only, connecting anew', { error: describeError(reason) });
    this.#options.onLinkLost?.(reason);
    this.#enter('unavailable');
    this.#reconnecting = link.retire(stopGraceMs, reason).then(() => this.#reconnect(this.#run.signal));
  }

  #keepTrying(): void {
    this.#enter('unavailable');
    this.#reconnecting = this.#reconnect(this.#run.signal);
  }

  async #reconnect(signal: AbortSignal): Promise<void> {
    const lostAt = performance.now();
    for (;;) {
      try {
        await sleep(pauseMs(this.#failures), signal);
        this.#failures += 1;
        await this.#connect(Math.min(attemptTimeoutMs, this.#endpoint.deadlineMs));
        const awayMs = Math.round(performance.now() - lostAt);
        this.#log('info', 'Redis connection restored', { awayMs, reconnects: this.reconnects });
        return;
      } catch (error) {
        if (signal.aborted) return;
        const first = this.#lastError?.code !== (error as RedisError).code;
        this.#lastError = error as RedisError;
        // Each new reason once: an hour of outage is not an hour of log lines.
        this.#log(first ? 'warn' : 'debug', 'Redis reconnect failed', { error: describeError(error) });
      }
    }
  }

  #enter(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState?.(state);
  }

  #log(
    level: 'debug' | 'info' | 'warn',
    message: string,
    context: Readonly<Record<string, unknown>> = {},
  ): void {
    const { clientId, address, logger } = this.#endpoint;
    logger[level](message, { clientId, address, connection: this.#options.name, ...context });
  }
}
