import { protocol } from '../tokens/protocol.js';
import { type RedisCommands, redisCommands } from './redis/commands.js';
import type {
  RedisTransaction,
  TransactionOptions,
  TransactionPipeline,
  TransactionResult,
} from './redis/transactions.js';
import type { RedisPubSubProtocol } from './redis/pubsub.js';

export type {
  DurableMessage,
  DurableOptions,
  DurableSubscription,
  GroupMessage,
  GroupOptions,
} from './redis/durable.js';
export {
  type NotificationData,
  type PublishDurableOptions,
  type PubSubConfirmation,
  type PubSubEvent,
  type PubSubGap,
  type PubSubMessage,
  RedisPubSubProtocol,
  type SubscribeOptions,
  type Subscription,
} from './redis/pubsub.js';

/** The part of pub/sub that the client has itself; the rest is on RedisPubSubProtocol. */
type Messaging = Pick<
  RedisPubSubProtocol,
  'publish' | 'subscribe' | 'getUserChannel' | 'publishUserNotification'
>;

/** What `scan` and `scanPattern` ask of the server. */
export interface ScanOptions {
  /** How many keys the server looks at in one step. Default 500. Larger steps hold up its other clients longer. */
  readonly count?: number;
}

export interface BlockingOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

/** Key-value operations on the shared connection. Every call settles within the client's deadline. */
export interface RedisClientProtocol extends RedisCommands, Messaging {
  /** Resolves to `true` or rejects with what is wrong. */
  ping(): Promise<boolean>;
  /**
   * The keys that match a glob pattern, step by step, so that any number of them takes little memory. A key that stays
   * is given at least once, and may be given twice; one that comes or goes meanwhile may be given. Each step has the
   * deadline, not the whole walk.
   * @param pattern default `*`.
   */
  scan(pattern?: string, options?: ScanOptions): AsyncIterableIterator<string>;
  /** {@link scan}, at once and each key once. */
  scanPattern(pattern: string, options?: ScanOptions): Promise<string[]>;
  /**
   * Takes the first item of the first of the lists that is not empty, waiting for one up to `timeoutSeconds`. It waits on
   * a connection of the pool, one of `poolSize`, and holds up nobody on the shared one.
   * @param timeoutSeconds 0 waits for ever.
   * @returns the list's key and the item, or `null` if the time passed.
   * @throws RedisError with `maybeApplied: true` if the connection was lost meanwhile: an item may have been taken. The
   * signal's reason if it aborts; then no item was taken, or, if one was in that moment, it is still returned.
   */
  blpop(
    keys: readonly string[],
    timeoutSeconds: number,
    options?: BlockingOptions,
  ): Promise<[key: string, item: string] | null>;
}

const clientMembers = [
  ...redisCommands,
  'ping',
  'scan',
  'scanPattern',
  'blpop',
  'publish',
  'subscribe',
  'getUserChannel',
  'publishUserNotification',
] as const;

export const RedisClientProtocol = protocol<RedisClientProtocol>()('RedisClientProtocol', clientMembers);

/**
 * WATCH, MULTI and EXEC, with the whole command set, on a connection of its own: no other flow's commands can get between.
 * After `multi()` commands are queued until `exec()` sends them all in one write. A queued command resolves at once, to a
 * placeholder (`true`, for a number 0, else `null`) and not to its result, which `exec()` gives; a queued read would have
 * none and is refused.
 *
 * It takes a connection of the client's pool with `watch()`, and gives it back with `exec()`, `unwatch()` or `close()`;
 * any other command takes one for its own time. If the connection is lost while keys are watched, `exec()` resolves to
 * `null` and other commands reject until `exec()` or `unwatch()` has begun anew.
 */
export interface RedisSession extends RedisCommands, AsyncDisposable {
  /** From now on `exec()` applies nothing if another client changes one of the keys. Not after `multi()`. */
  watch(...keys: string[]): Promise<boolean>;
  /** Begins to queue. */
  multi(): Promise<boolean>;
  /**
   * The replies in order, or `null` if a watched key changed or the connection was lost before: nothing was applied.
   * @throws RedisError with `maybeApplied: true` if the connection was lost, or the deadline passed, after it was sent.
   */
  exec(): Promise<unknown[] | null>;
  /** Forgets the watched keys, and what was queued. */
  unwatch(): Promise<boolean>;
  /** Idempotent. What was queued is dropped. */
  close(): Promise<void>;
}
export const RedisSession = protocol<RedisSession>()('RedisSession', [
  ...redisCommands,
  'watch',
  'multi',
  'exec',
  'unwatch',
  'close',
]);

/** {@link RedisClientProtocol} with transactions: on connections of a pool, never on the shared one. */
export interface AtomicRedisClientProtocol extends RedisClientProtocol {
  /**
   * Reads, decides and writes as one step: what `work` queues with `tx.multi()` is applied if none of `keys` was changed
   * by others since, or else `work` is run again. It may therefore run several times. All of it, the repetitions
   * included, has the client's deadline.
   *
   * What `work` throws comes out, and nothing was applied then.
   *
   * @param keys what `work` reads. An empty list watches nothing: the queue is just applied as one.
   * @returns what `work` returned; if that is the queue, the results of its commands.
   * @throws RedisError SLIPWAY_REDIS_CONFLICT if the keys changed each time, _TIMEOUT if the deadline passed before,
   * _POOL_EXHAUSTED: nothing was applied. With `maybeApplied: true` if the connection was lost, or the deadline passed,
   * after EXEC was sent: that is never tried again.
   */
  transaction<T>(
    keys: readonly string[],
    work: (tx: RedisTransaction) => T,
    options?: TransactionOptions,
  ): Promise<TransactionResult<Awaited<T>>>;
  /** A transaction step by step: `await using pipeline = await redis.createTransactionPipeline(key)`. */
  createTransactionPipeline(...watchKeys: string[]): Promise<TransactionPipeline>;
  /** A session of the caller's own, to be closed by the caller: `await using session = await redis.session()`. */
  session(): Promise<RedisSession>;
}
export const AtomicRedisClientProtocol = protocol<AtomicRedisClientProtocol>()('AtomicRedisClientProtocol', [
  ...clientMembers,
  'transaction',
  'createTransactionPipeline',
  'session',
]);
