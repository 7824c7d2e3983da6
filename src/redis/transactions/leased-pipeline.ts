import type { RedisError } from '../../errors/redis-error.js';
import type { PipelineQueue, TransactionPipeline } from '../../protocols/redis/transactions.js';
import { keysOf } from '../cluster/command-keys.js';
import { texts } from '../commands/arguments.js';
import { watch } from '../commands/transactions.js';
import type { RedisEndpoint } from '../endpoint.js';
import { sessionLost } from '../failures.js';
import type { RedisCommand } from '../pending-command.js';
import { observeCommand } from '../observed-commands.js';
import { conflict, leaseEnded } from '../pool/failures.js';
import type { Lease } from '../pool/lease.js';
import type { LeaseSource } from '../pool/lease-source.js';
import { CommandQueue } from './command-queue.js';
import { sendTransaction } from './exec.js';
import { LeasedReads } from './leased-reads.js';

const purpose = 'transaction pipeline';

/**
 * A transaction in its caller's hands: {@link TransactionPipeline}. With watched keys it holds a connection from its
 * beginning to its end, else from its first read or for the moment of `execute()`.
 */
export class LeasedPipeline extends LeasedReads implements TransactionPipeline {
  readonly #endpoint: RedisEndpoint;
  readonly #pool: LeaseSource;
  readonly #keys: readonly string[];
  readonly #queue: CommandQueue & PipelineQueue;
  readonly #closing = new AbortController();
  #lease: Promise<Lease> | undefined;
  #ended = false;

  private constructor(endpoint: RedisEndpoint, pool: LeaseSource, keys: readonly string[]) {
    super();
    this.#endpoint = endpoint;
    this.#pool = pool;
    this.#keys = keys;
    this.#queue = CommandQueue.of(endpoint, {
      assertOpen: () => this.#assertOpen(),
      execute: () => this.execute(),
    });
  }

  /** Resolves when the keys are watched. */
  static async open(
    endpoint: RedisEndpoint,
    pool: LeaseSource,
    keys: readonly string[],
  ): Promise<LeasedPipeline> {
    if (keys.length > 0) texts('createTransactionPipeline', 'key', keys);
    const pipeline = new LeasedPipeline(endpoint, pool, keys);
    try {
      if (keys.length > 0) await pipeline.read(watch(keys));
      return pipeline;
    } catch (error) {
      await pipeline.close();
      throw error;
    }
  }

  multi(): CommandQueue & PipelineQueue {
    this.#assertOpen();
    return this.#queue;
  }

  execute(): Promise<unknown[]> {
    return observeCommand(this.#endpoint, 'multi', () => this.#execute());
  }

  async #execute(): Promise<unknown[]> {
    this.#assertOpen();
    const expiresAt = this.#deadline();
    this.#ended = true;
    const held = await (this.#lease ?? this.#take(expiresAt, this.#queue.commands.flatMap(keysOf)));
    try {
      // What was watched on a connection that is gone may have changed since.
      if (held.lost) throw this.#conflict(sessionLost(this.#endpoint, 'exec', undefined));
      const replies = await sendTransaction(this.#endpoint, held, this.#queue.commands, expiresAt);
      if (replies === null) throw this.#conflict();
      return this.#queue.decode(replies);
    } finally {
      held.release();
    }
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#closing.abort(leaseEnded(this.#endpoint, purpose));
    // One that never came needs no release.
    await this.#lease?.then((lease) => lease.release()).catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected override async read<T>(command: RedisCommand<T>): Promise<T> {
    this.#assertOpen();
    const expiresAt = this.#deadline();
    const lease = await (this.#lease ??= this.#take(expiresAt, keysOf(command)));
    this.#assertOpen();
    return lease.run(command, expiresAt);
  }

  #take(expiresAt: number, keys: readonly string[]): Promise<Lease> {
    return this.#pool.acquire(purpose, expiresAt, this.#closing.signal, keys);
  }

  #deadline(): number {
    return performance.now() + this.#endpoint.deadlineMs;
  }

  #conflict(cause?: RedisError): RedisError {
    return conflict(this.#endpoint, purpose, this.#keys, 1, cause);
  }

  #assertOpen(): void {
    if (this.#ended) throw leaseEnded(this.#endpoint, purpose);
  }
}
