import { describeError } from '../errors/describe.js';
import type { RedisError } from '../errors/redis-error.js';
import type { RedisEndpoint } from './endpoint.js';
import { disabled, notReachedYet } from './failures.js';
import { pauseMs } from './pause.js';
import { sleep } from './sleep.js';

/**
 * Whether a client may be without its server at all. One that may be away starts all the same, fails calls at once and
 * seeks its server until it is there; from then on it is as any other. One that is switched off fails all calls.
 */
export class Availability {
  readonly #endpoint: RedisEndpoint;
  readonly #connect: () => Promise<void>;
  readonly #onChange: () => void;
  /** Why the server was not reached yet. */
  #away: RedisError | undefined;
  #run = new AbortController();
  #starting: Promise<void> | undefined;
  #seeking: Promise<void> | undefined;

  constructor(endpoint: RedisEndpoint, connect: () => Promise<void>, onChange: () => void) {
    this.#endpoint = endpoint;
    this.#connect = connect;
    this.#onChange = onChange;
  }

  /** The state of the client, where it is not that of its connections. */
  get state(): 'disabled' | 'unavailable' | undefined {
    if (!this.#endpoint.enabled) return 'disabled';
    return this.#away === undefined ? undefined : 'unavailable';
  }

  get lastError(): RedisError | undefined {
    return this.#away;
  }

  /** The error that every call gets now. */
  get refusal(): RedisError | undefined {
    if (!this.#endpoint.enabled) return disabled(this.#endpoint);
    return this.#away === undefined ? undefined : notReachedYet(this.#endpoint, this.#away);
  }

  start(): Promise<void> {
    if (!this.#endpoint.enabled || this.#seeking !== undefined) return Promise.resolve();
    if (this.#starting !== undefined) return this.#starting;
    const starting = this.#start().finally(() => {
      if (this.#starting === starting) this.#starting = undefined;
    });
    this.#starting = starting;
    return starting;
  }

  async #start(): Promise<void> {
    this.#run = new AbortController();
    const { signal } = this.#run;
    try {
      await this.#connect();
    } catch (error) {
      if (this.#endpoint.startup === 'required' || signal.aborted) throw error;
      this.#log('warn', 'Redis is away, and the application starts without it', error);
      this.#away = error as RedisError;
      this.#onChange();
      this.#seeking = this.#seek(signal);
    }
  }

  /** The server was reached. */
  arrived(): void {
    this.#away = undefined;
  }

  /** Seeks no more. @returns when the last attempt has ended, which whoever stops the connections sees to. */
  async stop(): Promise<void> {
    const seeking = this.#seeking;
    this.#run.abort();
    this.#away = undefined;
    this.#seeking = undefined;
    this.#starting = undefined;
    await seeking;
  }

  async #seek(signal: AbortSignal): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      try {
        await sleep(pauseMs(failures), signal);
        await this.#connect();
        this.#seeking = undefined;
        return;
      } catch (error) {
        if (signal.aborted) return;
        // Each new reason once: an hour of outage is not an hour of log lines.
        const isNew = this.#away?.code !== (error as RedisError).code;
        this.#log(isNew ? 'warn' : 'debug', 'Redis is still away', error);
        this.#away = error as RedisError;
      }
    }
  }

  #log(level: 'debug' | 'warn', message: string, error: unknown): void {
    const { clientId, address, logger } = this.#endpoint;
    logger[level](message, { clientId, address, error: describeError(error) });
  }
}
