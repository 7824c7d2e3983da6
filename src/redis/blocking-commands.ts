import { setTimeout as sleep } from 'node:timers/promises';
import { RedisError } from '../errors/redis-error.js';
import type { BlockingOptions } from '../protocols/redis.js';
import { blpop, clientId, unblock } from './commands/blocking.js';
import type { RedisEndpoint } from './endpoint.js';
import { stopped } from './failures.js';
import { Link } from './link.js';
import type { Lease } from './pool/lease.js';
import type { LeaseSource } from './pool/lease-source.js';

/**
 * The longest one BLPOP waits on the server; longer waits are several. A link that died under a waiting command shows
 * by nothing else than that its answer does not come.
 */
const sliceSeconds = 5;
/** How long it is tried to end a wait in a way that loses no item. */
const unblockGraceMs = 1000;
const unblockRetryMs = 20;

interface Wait {
  /** The server's number of its connection. */
  readonly id: number;
  readonly lease: Lease;
  /** Never rejects. */
  readonly ended: Promise<void>;
  over: boolean;
}

/** Commands that wait on the server: each on a connection of the pool, for it holds up whatever comes behind it. */
export class BlockingCommands {
  readonly #endpoint: RedisEndpoint;
  readonly #pool: LeaseSource;
  readonly #waits = new Set<Wait>();
  readonly #ids = new WeakMap<Link, number>();
  #run = new AbortController();

  constructor(endpoint: RedisEndpoint, pool: LeaseSource) {
    this.#endpoint = endpoint;
    this.#pool = pool;
  }

  async blpop(
    keys: readonly string[],
    timeoutSeconds: number,
    { signal }: BlockingOptions = {},
  ): Promise<[string, string] | null> {
    assertTimeout(timeoutSeconds);
    blpop(keys, sliceSeconds); // what is wrong with the keys is told before anything is opened
    const endsAt = timeoutSeconds === 0 ? Infinity : performance.now() + timeoutSeconds * 1000;
    // What the server has waited counts too: in a test timers may go by another clock than `performance`.
    let unwaitedSeconds = timeoutSeconds === 0 ? Infinity : timeoutSeconds;
    const run = this.#run.signal;
    return this.#onLease('blpop', keys, signal, async (lease) => {
      for (;;) {
        const leftSeconds = Math.min((endsAt - performance.now()) / 1000, unwaitedSeconds);
        const seconds = Math.max(0.001, Math.min(sliceSeconds, leftSeconds));
        const item = await lease.run(blpop(keys, seconds), this.#deadline(seconds * 1000));
        if (item !== null) return item;
        if (run.aborted) throw run.reason;
        if (signal?.aborted === true) throw signal.reason;
        unwaitedSeconds -= seconds;
        if (performance.now() >= endsAt || unwaitedSeconds <= 0) return null;
      }
    });
  }

  /** Ends the waits; one that has just got its item still gives it. Never rejects. */
  async stop(): Promise<void> {
    this.#run.abort(stopped(this.#endpoint));
    this.#run = new AbortController();
    await this.#end([...this.#waits]);
  }

  async #onLease<T>(
    purpose: string,
    keys: readonly string[],
    signal: AbortSignal | undefined,
    use: (lease: Lease) => Promise<T>,
  ): Promise<T> {
    const lease = await this.#pool.acquire(purpose, this.#deadline(0), signal, keys);
    let onAbort: (() => void) | undefined;
    try {
      const id = await this.#idOf(lease);
      if (signal?.aborted === true) throw signal.reason;
      const using = use(lease);
      const end = (): void => {
        wait.over = true;
        this.#waits.delete(wait);
      };
      const wait: Wait = { id, lease, ended: using.then(end, end), over: false };
      this.#waits.add(wait);
      onAbort = () => void this.#end([wait]);
      signal?.addEventListener('abort', onAbort);
      return await using;
    } finally {
      if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
      lease.release();
    }
  }

  /**
   * Has the server end waits as if their time had passed: then it gives an item or keeps it, and loses none. A wait that
   * cannot be ended so ends with its connection.
   */
  async #end(waits: readonly Wait[]): Promise<void> {
    const endpoints = [...new Set(waits.map(({ lease }) => lease.endpoint))];
    await Promise.all(
      endpoints.map((endpoint) =>
        this.#endOn(
          endpoint,
          waits.filter(({ lease }) => lease.endpoint === endpoint),
        ),
      ),
    );
  }

  async #endOn(endpoint: RedisEndpoint, waits: readonly Wait[]): Promise<void> {
    const ended = Promise.all(waits.map((wait) => wait.ended));
    const signal = AbortSignal.timeout(unblockGraceMs);
    const reason = stopped(this.#endpoint);
    let control: Link | undefined;
    // The server may freeze with the question on its way.
    const giveUp = (): void => control?.destroy(reason);
    signal.addEventListener('abort', giveUp);
    try {
      const name = `${this.#endpoint.clientId}:unblock`;
      control = await Link.open(endpoint, { name, timeoutMs: unblockGraceMs, signal });
      while (waits.some(({ over }) => !over) && !signal.aborted) {
        const asked = waits.filter(({ over }) => !over).map(({ id }) => control?.request(unblock(id)));
        // One whose command was still on its way did not wait yet: again, after a moment.
        await Promise.race([Promise.all([ended, ...asked]), Promise.all([...asked, sleep(unblockRetryMs)])]);
      }
    } catch {
      // No server to ask. The waits see the same, or end with their connections now.
    }
    signal.removeEventListener('abort', giveUp);
    control?.destroy(reason);
    for (const { lease, over } of waits) if (!over) lease.destroy(reason);
    await Promise.all([ended, control?.closed]);
  }

  async #idOf(lease: Lease): Promise<number> {
    const known = this.#ids.get(lease.link);
    if (known !== undefined) return known;
    const id = await lease.run(clientId, this.#deadline(0));
    this.#ids.set(lease.link, id);
    return id;
  }

  #deadline(waitMs: number): number {
    return performance.now() + waitMs + this.#endpoint.deadlineMs;
  }
}

function assertTimeout(timeoutSeconds: unknown): void {
  if (Number.isFinite(timeoutSeconds) && (timeoutSeconds as number) >= 0) return;
  throw new RedisError('SLIPWAY_REDIS_ARGUMENT', {
    message: 'blpop: timeoutSeconds must be a number of seconds from 0 on.',
    context: { command: 'blpop', argument: 'timeoutSeconds' },
  });
}
