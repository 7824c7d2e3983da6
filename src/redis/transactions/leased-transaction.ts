import { RedisError } from '../../errors/redis-error.js';
import type { RedisTransaction } from '../../protocols/redis/transactions.js';
import type { RedisEndpoint } from '../endpoint.js';
import type { RedisCommand } from '../pending-command.js';
import { leaseEnded } from '../pool/failures.js';
import type { Lease } from '../pool/lease.js';
import { CommandQueue } from './command-queue.js';
import { LeasedReads } from './leased-reads.js';

/** One attempt of a transaction: what its function is given. */
export class LeasedTransaction extends LeasedReads implements RedisTransaction {
  readonly #endpoint: RedisEndpoint;
  readonly #lease: Lease;
  readonly #expiresAt: number;
  readonly #queue: CommandQueue & ReturnType<RedisTransaction['multi']>;
  #loss: RedisError | undefined;
  #ended = false;

  constructor(endpoint: RedisEndpoint, lease: Lease, expiresAt: number) {
    super();
    this.#endpoint = endpoint;
    this.#lease = lease;
    this.#expiresAt = expiresAt;
    this.#queue = CommandQueue.of(endpoint, {
      assertOpen: () => this.#assertOpen(),
      execute: () => Promise.reject(leaseEnded(endpoint, 'transaction')),
    });
  }

  get queue(): CommandQueue {
    return this.#queue;
  }

  /** What the last read rejected with because its connection was lost. */
  get loss(): RedisError | undefined {
    return this.#loss;
  }

  multi(): CommandQueue & ReturnType<RedisTransaction['multi']> {
    this.#assertOpen();
    return this.#queue;
  }

  /** From now on whoever still has it cannot use it: neither can what it does be part of the transaction any more. */
  end(): void {
    this.#ended = true;
  }

  watch(command: RedisCommand<true>): Promise<true> {
    return this.read(command);
  }

  protected override async read<T>(command: RedisCommand<T>): Promise<T> {
    this.#assertOpen();
    try {
      return await this.#lease.run(command, this.#expiresAt);
    } catch (error) {
      if (this.#lease.lost && error instanceof RedisError) this.#loss = error;
      throw error;
    }
  }

  #assertOpen(): void {
    if (this.#ended) throw leaseEnded(this.#endpoint, 'transaction');
  }
}
