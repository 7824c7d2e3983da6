import type { RedisSession } from '../protocols/redis.js';
import { keysOf } from './cluster/command-keys.js';
import { unwatch, watch } from './commands/transactions.js';
import type { RedisEndpoint } from './endpoint.js';
import { sessionState } from './failures.js';
import { observeCommand } from './observed-commands.js';
import type { RedisCommand } from './pending-command.js';
import type { Lease } from './pool/lease.js';
import type { LeaseSource } from './pool/lease-source.js';
import { RedisCommandSet } from './redis-command-set.js';
import { sendTransaction } from './transactions/exec.js';

/**
 * A session has one connection of the pool at a time: from `watch()` to `exec()` or `unwatch()`, and for other commands
 * while they are under way. In between it has none, so that a scope that does not use its session costs nothing, and one
 * that waits for something else keeps nobody waiting. What is watched is never carried over to another connection.
 */
export class PooledSession extends RedisCommandSet implements RedisSession {
  readonly #endpoint: RedisEndpoint;
  readonly #pool: LeaseSource;
  #lease: Promise<Lease> | undefined;
  /** Calls that use it now. */
  #underWay = 0;
  /** The watch() calls since the last exec() or unwatch(): while there are any the connection is kept. */
  #watches: Promise<unknown>[] = [];
  /** Resolves when the watch() calls before the last exec() or unwatch() have settled, to whether all held. */
  #watched: Promise<boolean> | undefined;
  /** What multi() collects; undefined outside of it. */
  #queue: RedisCommand<unknown>[] | undefined;
  #acquiring: AbortController | undefined;
  #closed = false;

  constructor(endpoint: RedisEndpoint, pool: LeaseSource) {
    super(endpoint);
    this.#endpoint = endpoint;
    this.#pool = pool;
  }

  async watch(...keys: string[]): Promise<boolean> {
    const command = watch(keys);
    this.#assertNotQueueing('watch', 'call it before multi(), since the server has the queue ready by then');
    const watching = this.#send('watch', command);
    this.#watches.push(watching);
    return watching;
  }

  async multi(): Promise<boolean> {
    this.#assertNotQueueing('multi', 'it was called already; end the transaction with exec() or unwatch()');
    this.#queue = [];
    return true;
  }

  async unwatch(): Promise<boolean> {
    this.#assertOpen('unwatch');
    this.#queue = undefined;
    const watches = this.#takeWatches();
    // Without a connection nothing is watched.
    if (watches.length === 0 || this.#lease === undefined) return true;
    return this.#use('unwatch', 'unwatch', [], async (lease, expiresAt) => {
      try {
        return await lease.run(unwatch, expiresAt);
      } catch (error) {
        // With its connection every WATCH is gone.
        if (lease.lost) return true;
        throw error;
      }
    });
  }

  async exec(): Promise<unknown[] | null> {
    this.#assertOpen('exec');
    const queue = this.#queue;
    if (queue === undefined) throw sessionState(this.#endpoint, 'exec', 'call multi() first');
    this.#queue = undefined;
    const watches = this.#takeWatches();
    // No watch() got a connection, so nothing was watched as it should have been.
    if (watches.length > 0 && this.#lease === undefined) return null;
    const keys = queue.flatMap(keysOf);
    return this.#use('exec', 'multi', keys, async (lease, expiresAt, watched) => {
      // Nothing of the transaction was sent yet, so it is as surely not applied as after a conflict.
      if (watches.length > 0 && (lease.lost || !watched)) return null;
      return sendTransaction(this.#endpoint, lease, queue, expiresAt);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue = undefined;
    this.#watches = [];
    this.#acquiring?.abort(this.#refusal('a call'));
    if (this.#underWay === 0) this.#giveBack();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
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

  #send<T>(operation: string, command: RedisCommand<T>): Promise<T> {
    return this.#use(operation, command.name, keysOf(command), (lease, expiresAt) =>
      lease.run(command, expiresAt),
    );
  }

  /**
   * Calls reach the server in their order, awaited or not: all wait for the same promises. An exec() lets the watch()
   * calls before it settle first, so whatever comes behind it waits for them too.
   */
  #use<T>(
    operation: string,
    command: string,
    keys: readonly string[],
    use: (lease: Lease, expiresAt: number, watched: boolean) => Promise<T>,
  ): Promise<T> {
    return observeCommand(this.#endpoint, command, () => this.#onLease(operation, keys, use));
  }

  async #onLease<T>(
    operation: string,
    keys: readonly string[],
    use: (lease: Lease, expiresAt: number, watched: boolean) => Promise<T>,
  ): Promise<T> {
    const expiresAt = performance.now() + this.#endpoint.deadlineMs;
    const before = this.#watched;
    this.#underWay += 1;
    try {
      const lease = await (this.#lease ??= this.#take(operation, keys, expiresAt));
      const watched = before === undefined || (await before);
      return await use(lease, expiresAt, watched);
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0 && this.#watches.length === 0) this.#giveBack();
    }
  }

  async #take(operation: string, keys: readonly string[], expiresAt: number): Promise<Lease> {
    this.#acquiring = new AbortController();
    try {
      return await this.#pool.acquire(`session.${operation}`, expiresAt, this.#acquiring.signal, keys);
    } catch (error) {
      this.#lease = undefined;
      throw error;
    } finally {
      this.#acquiring = undefined;
    }
  }

  #giveBack(): void {
    const lease = this.#lease;
    this.#lease = undefined;
    void lease?.then((held) => held.release());
  }

  #takeWatches(): readonly Promise<unknown>[] {
    const watches = this.#watches;
    this.#watches = [];
    // Behind the one before: an exec() never overtakes another.
    this.#watched = Promise.allSettled([this.#watched, ...watches]).then((settled) =>
      settled.every(({ status }) => status === 'fulfilled'),
    );
    return watches;
  }

  #refusal(operation: string): Error {
    return sessionState(this.#endpoint, operation, 'the session is closed');
  }

  #assertOpen(operation: string): void {
    if (this.#closed) throw this.#refusal(operation);
  }

  #assertNotQueueing(operation: string, why: string): void {
    this.#assertOpen(operation);
    if (this.#queue !== undefined) throw sessionState(this.#endpoint, operation, why);
  }
}
