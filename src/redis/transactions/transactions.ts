import type { RedisSession } from '../../protocols/redis.js';
import type {
  RedisTransaction,
  TransactionOptions,
  TransactionPipeline,
  TransactionResult,
} from '../../protocols/redis/transactions.js';
import type { RedisEndpoint } from '../endpoint.js';
import type { LeaseSource } from '../pool/lease-source.js';
import { PooledSession } from '../redis-session.js';
import { Contention } from './contention.js';
import { LeasedPipeline } from './leased-pipeline.js';
import { runTransaction } from './run-transaction.js';

/** The three forms of a transaction, on one pool. */
export class Transactions {
  readonly #endpoint: RedisEndpoint;
  readonly #pool: LeaseSource;
  readonly #contention = new Contention();

  constructor(endpoint: RedisEndpoint, pool: LeaseSource) {
    this.#endpoint = endpoint;
    this.#pool = pool;
  }

  async run<T>(
    keys: readonly string[],
    work: (tx: RedisTransaction) => T,
    options?: TransactionOptions,
  ): Promise<TransactionResult<Awaited<T>>> {
    const place = { endpoint: this.#endpoint, pool: this.#pool, contention: this.#contention };
    return (await runTransaction(place, keys, work, options)) as TransactionResult<Awaited<T>>;
  }

  openPipeline(watchKeys: readonly string[]): Promise<TransactionPipeline> {
    return LeasedPipeline.open(this.#endpoint, this.#pool, watchKeys);
  }

  createSession(): RedisSession {
    return new PooledSession(this.#endpoint, this.#pool);
  }
}
