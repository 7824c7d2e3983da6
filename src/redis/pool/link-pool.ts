import { describeError } from '../../errors/describe.js';
import type { RedisError } from '../../errors/redis-error.js';
import type { RedisEndpoint } from '../endpoint.js';
import { stopped } from '../failures.js';
import { Fifo } from '../fifo.js';
import { Link } from '../link.js';
import { pauseMs } from '../pause.js';
import { sleep } from '../sleep.js';
import { notPooled, poolExhausted } from './failures.js';
import { IdleLinks } from './idle-links.js';
import { Lease } from './lease.js';
import { Waiter } from './waiter.js';

export interface LinkPoolOptions {
  /** The most links at once. */
  readonly size: number;
  /** How long a link that nobody uses is kept, in milliseconds. */
  readonly idleMs?: number;
}

/** Long enough to serve the next request, and short beside the minutes after which middleboxes forget an idle link. */
const defaultIdleMs = 30_000;
/** Limit of one attempt to connect, as for the shared connection: a server that comes back is met by a fresh attempt. */
const attemptTimeoutMs = 2000;
/** How long stop() waits for replies still due. */
const stopGraceMs = 2000;

/**
 * The links that transactions, sessions and blocking calls take turns with. They are opened when needed, up to a limit;
 * who finds none waits in line, up to a deadline. A link never becomes another: one that was lost, or whose state is in
 * doubt, is closed and its place is free.
 */
export class LinkPool {
  readonly #endpoint: RedisEndpoint;
  readonly #size: number;
  readonly #links = new Set<Link>();
  readonly #idle: IdleLinks;
  readonly #leases = new Set<Lease>();
  readonly #waiters = new Fifo<Waiter>();
  readonly #openings = new Set<Promise<void>>();
  /** Waiters that have not settled. */
  #waiting = 0;
  /** Attempts to connect that failed since the last that did not. */
  #failures = 0;
  #lastError: RedisError | undefined;
  #run = new AbortController();

  constructor(endpoint: RedisEndpoint, { size, idleMs = defaultIdleMs }: LinkPoolOptions) {
    this.#endpoint = endpoint;
    this.#size = size;
    this.#idle = new IdleLinks(endpoint, idleMs);
  }

  /** How many links are open. */
  get open(): number {
    return this.#links.size;
  }

  /** How many of them are in use. */
  get inUse(): number {
    return this.#leases.size;
  }

  /**
   * Resolves with a link as soon as there is one, first come first served. Release it in the end.
   * @param purpose what it is for, as the error of one who waits in vain will say.
   * @param expiresAt on the clock of `performance.now()`.
   * @throws RedisError SLIPWAY_REDIS_POOL_EXHAUSTED if all links are in use till then, or why none could be opened;
   * the signal's reason if it aborts meanwhile.
   */
  acquire(purpose: string, expiresAt: number, signal?: AbortSignal): Promise<Lease> {
    const refusal = signal?.aborted === true ? (signal.reason as Error) : this.#refusal;
    if (refusal !== undefined) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const waiter = new Waiter({ purpose, expiresAt, signal }, resolve, reject);
      this.#waiters.push(waiter);
      this.#waiting += 1;
      this.#serve();
      if (waiter.settled) return;
      waiter.watch(
        () => this.#refuse(waiter, this.#waitedInVain(waiter)),
        (reason) => this.#refuse(waiter, reason),
      );
    });
  }

  /**
   * Closes the links that nobody uses. Where one connection to the server was lost the others may be dead too, and who
   * takes one would find out by its deadline only.
   */
  closeIdle(reason: RedisError): void {
    this.#idle.closeAll(reason);
  }

  /** Undoes {@link stop}. */
  restart(): void {
    if (this.#run.signal.aborted) this.#run = new AbortController();
  }

  /** Refuses who waits, lets commands under way have their replies for up to 2 s, closes all links. Never rejects. */
  async stop(): Promise<void> {
    const reason = stopped(this.#endpoint);
    this.#run.abort(reason);
    this.#refuseAll(reason);
    this.#failures = 0;
    this.#lastError = undefined;
    const graceMs = Math.min(stopGraceMs, this.#endpoint.deadlineMs);
    const ended = [...this.#leases].map(async (lease) => {
      lease.end(reason);
      await lease.link.drain(graceMs);
      lease.destroy(reason);
    });
    this.#idle.closeAll(reason);
    const closed = [...this.#links].map(({ closed: end }) => end);
    await Promise.all([...ended, ...closed, ...this.#openings]);
  }

  get #refusal(): RedisError | undefined {
    const { signal } = this.#run;
    return signal.aborted ? (signal.reason as RedisError) : undefined;
  }

  /** Gives idle links to those who wait, and opens more if that is not enough. */
  #serve(): void {
    for (;;) {
      while (this.#waiters.peek()?.settled === true) this.#waiters.shift();
      if (this.#waiters.length === 0) return;
      const link = this.#idle.take();
      if (link === undefined) break;
      const waiter = this.#waiters.shift();
      if (waiter !== undefined) this.#lend(link, waiter);
    }
    // While attempts fail, one at a time tells what there is to know.
    while (
      this.#openings.size < (this.#failures === 0 ? this.#waiting : 1) &&
      this.#openings.size + this.#links.size < this.#size
    ) {
      const opening: Promise<void> = this.#open(this.#run.signal).finally(() => {
        this.#openings.delete(opening);
        if (this.#refusal === undefined) this.#serve();
      });
      this.#openings.add(opening);
    }
  }

  #lend(link: Link, waiter: Waiter): void {
    const lease = new Lease(link, waiter.purpose, {
      endpoint: this.#endpoint,
      onRelease: (ended, clean) => {
        this.#leases.delete(ended);
        if (!clean) return;
        if (this.#refusal !== undefined) return link.destroy(this.#refusal);
        this.#idle.put(link);
        this.#serve();
      },
      onDistrust: (error) => this.closeIdle(error),
    });
    this.#leases.add(lease);
    this.#waiting -= 1;
    waiter.grant(lease);
  }

  async #open(signal: AbortSignal): Promise<void> {
    try {
      const timeoutMs = Math.min(attemptTimeoutMs, this.#endpoint.deadlineMs);
      const name = `${this.#endpoint.clientId}:pool`;
      const link = await Link.open(this.#endpoint, { name, timeoutMs, signal });
      this.#links.add(link);
      void link.closed.then(() => this.#forget(link));
      if (signal.aborted) {
        link.destroy(signal.reason as RedisError);
        await link.closed;
        return;
      }
      this.#failures = 0;
      this.#lastError = undefined;
      this.#idle.put(link);
    } catch (error) {
      if (!signal.aborted) await this.#openFailed(error as RedisError, signal);
    }
  }

  async #openFailed(error: RedisError, signal: AbortSignal): Promise<void> {
    const { clientId, address, logger } = this.#endpoint;
    const first = this.#lastError?.code !== error.code;
    logger[first ? 'warn' : 'debug']('Redis connect failed', {
      clientId,
      address,
      connection: `${clientId}:pool`,
      error: describeError(error),
    });
    this.#lastError = error;
    if (!error.retryable) {
      // A wrong password stays wrong while one waits.
      this.#refuseAll(error);
      return;
    }
    const pause = pauseMs(this.#failures);
    this.#failures += 1;
    await sleep(pause, signal).catch(() => {}); // stop() ends the pause too
  }

  #forget(link: Link): void {
    this.#links.delete(link);
    this.#idle.remove(link);
    if (this.#refusal === undefined) this.#serve();
  }

  #refuse(waiter: Waiter, error: Error): void {
    if (waiter.settled) return;
    this.#waiting -= 1;
    waiter.refuse(error);
  }

  #refuseAll(error: Error): void {
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      this.#refuse(waiter, error);
    }
  }

  #waitedInVain({ purpose }: Waiter): RedisError {
    const { deadlineMs } = this.#endpoint;
    const held = [...this.#leases].filter(({ lost }) => !lost);
    if (held.length < this.#size) {
      return notPooled(this.#endpoint, purpose, deadlineMs, this.#lastError);
    }
    const now = performance.now();
    const holders = held.map((lease) => ({ purpose: lease.purpose, forMs: now - lease.since }));
    return poolExhausted(this.#endpoint, { purpose, deadlineMs, size: this.#size, holders });
  }
}
