import { RedisError } from '../../src/index.js';
import type { RedisClient } from '../../src/redis/redis-client.js';

/** Counts what was acknowledged, and what may have been carried out besides, until it is told to end. */
export class Load {
  acknowledged = 0;
  doubtful = 0;
  /** The longest time between two acknowledgements, in milliseconds. */
  longestGapMs = 0;
  /** What is no error of a server that is away for a while. */
  readonly unexpected: unknown[] = [];
  #ended = false;
  readonly #done: Promise<void>;

  constructor(step: () => Promise<unknown>) {
    this.#done = this.#run(step);
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#done;
  }

  async #run(step: () => Promise<unknown>): Promise<void> {
    let last = performance.now();
    while (!this.#ended) {
      try {
        await step();
        this.acknowledged += 1;
        const now = performance.now();
        this.longestGapMs = Math.max(this.longestGapMs, now - last);
        last = now;
      } catch (error) {
        if (!(error instanceof RedisError)) this.unexpected.push(error);
        else if (error.maybeApplied) this.doubtful += 1;
        else if (!error.retryable) this.unexpected.push(error);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

/** One more, read and written in a transaction. */
export function incrementInTransaction(client: RedisClient, key: string): Promise<void> {
  return client.transaction([key], async (tx) => {
    const value = Number((await tx.get(key)) ?? 0);
    tx.multi().set(key, String(value + 1));
  });
}

/** One more, by hand; a conflict rejects. */
export async function incrementInSession(client: RedisClient, key: string): Promise<void> {
  await using session = await client.session();
  await session.watch(key);
  const value = Number((await session.get(key)) ?? 0);
  await session.multi();
  await session.set(key, String(value + 1));
  if ((await session.exec()) === null) {
    throw new RedisError('SLIPWAY_REDIS_CONFLICT', { message: 'It was a conflict.', maybeApplied: false });
  }
}
