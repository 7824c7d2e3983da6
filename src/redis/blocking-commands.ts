import { setTimeout as sleep } from 'node:timers/promises';
import { RedisError } from '../errors/redis-error.js';
import { blpop, clientId, unblock } from './commands/blocking.js';
import type { RedisEndpoint } from './endpoint.js';
import { commandTimedOut, stopped } from './failures.js';
import { Link } from './link.js';
import type { RedisCommand } from './pending-command.js';

/**
 * The longest one BLPOP waits on the server; longer waits are several. A link that died under a waiting command shows
 * by nothing else than that its answer does not come.
 */
const sliceSeconds = 5;
/** How long stop() tries to end waits in a way that loses no item. */
const unblockGraceMs = 1000;
const unblockRetryMs = 20;

interface Wait {
  readonly link: Link;
  /** Never rejects. */
  readonly ended: Promise<void>;
}

/** Commands that wait on the server. Each has a {@link Link} of its own, for it holds up whatever comes behind it. */
export class BlockingCommands {
  readonly #endpoint: RedisEndpoint;
  /** The waits under way, by the server's number of their connection. */
  readonly #waits = new Map<number, Wait>();
  #run = new AbortController();

  constructor(endpoint: RedisEndpoint) {
    this.#endpoint = endpoint;
  }

  async blpop(keys: readonly string[], timeoutSeconds: number): Promise<[string, string] | null> {
    assertTimeout(timeoutSeconds);
    blpop(keys, sliceSeconds); // what is wrong with the keys is told before anything is opened
    const endsAt = timeoutSeconds === 0 ? Infinity : performance.now() + timeoutSeconds * 1000;
    const { signal } = this.#run;
    return this.#onLink(async (link) => {
      for (;;) {
        const leftSeconds = (endsAt - performance.now()) / 1000;
        const seconds = Math.max(0.001, Math.min(sliceSeconds, leftSeconds));
        const item = await this.#request(link, blpop(keys, seconds), seconds * 1000);
        if (item !== null) return item;
        if (signal.aborted) throw stopped(this.#endpoint);
        if (performance.now() >= endsAt) return null;
      }
    });
  }

  /** Ends the waits; one that has just got its item still gives it. Never rejects. */
  async stop(): Promise<void> {
    this.#run.abort(stopped(this.#endpoint));
    this.#run = new AbortController();
    if (this.#waits.size === 0) return;
    try {
      await this.#unblockAll();
    } catch {
      // No server to ask. The waits see the same, or end with their links now.
    }
    for (const { link } of this.#waits.values()) link.destroy(stopped(this.#endpoint));
    await Promise.all([...this.#waits.values()].map(({ ended }) => ended));
  }

  async #unblockAll(): Promise<void> {
    const signal = AbortSignal.timeout(unblockGraceMs);
    const link = await this.#open(signal);
    try {
      while (this.#waits.size > 0 && !signal.aborted) {
        for (const id of this.#waits.keys()) await link.request(unblock(id));
        // One whose command was still on its way did not wait yet: again.
        const ended = Promise.all([...this.#waits.values()].map((wait) => wait.ended));
        await Promise.race([ended, sleep(unblockRetryMs)]);
      }
    } finally {
      link.destroy(stopped(this.#endpoint));
      await link.closed;
    }
  }

  async #onLink<T>(use: (link: Link) => Promise<T>): Promise<T> {
    const { signal } = this.#run;
    const link = await this.#open(signal);
    try {
      const id = await this.#request(link, clientId, 0);
      if (signal.aborted) throw stopped(this.#endpoint);
      const using = use(link);
      const ended = using.then(
        () => void this.#waits.delete(id),
        () => void this.#waits.delete(id),
      );
      this.#waits.set(id, { link, ended });
      return await using;
    } finally {
      link.destroy(stopped(this.#endpoint));
      await link.closed;
    }
  }

  #open(signal: AbortSignal): Promise<Link> {
    const { clientId: owner, deadlineMs } = this.#endpoint;
    return Link.open(this.#endpoint, { name: `${owner}:blocking`, timeoutMs: deadlineMs, signal });
  }

  /** One command and its deadline, which begins when the server's wait is over. */
  #request<T>(link: Link, command: RedisCommand<T>, waitMs: number): Promise<T> {
    const { deadlineMs } = this.#endpoint;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        const error = commandTimedOut(this.#endpoint, command.name, deadlineMs);
        reject(error);
        link.destroy(error);
      }, waitMs + deadlineMs);
      link
        .request(command)
        .finally(() => clearTimeout(timer))
        .then(resolve, reject);
    });
  }
}

function assertTimeout(timeoutSeconds: unknown): void {
  if (Number.isFinite(timeoutSeconds) && (timeoutSeconds as number) >= 0) return;
  throw new RedisError('SLIPWAY_REDIS_ARGUMENT', {
    message: 'blpop: timeoutSeconds must be a number of seconds from 0 on.',
    context: { command: 'blpop', argument: 'timeoutSeconds' },
  });
}
