import { protocol } from '../tokens/protocol.js';
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

/** Key-value operations on the shared connection. Every call settles within the client's deadline. */
export interface RedisClientProtocol extends Messaging {
  /**
   * SET NX EX. `true` if this call set the key, `false` if it was there.
   * @param ttlSeconds whole seconds, at least 1; without it the key does not expire.
   */
  setIfNotExists(key: string, value: string, ttlSeconds?: number): Promise<boolean>;
  get(key: string): Promise<string | null>;
  /** @param ttlSeconds whole seconds, at least 1. */
  setex(key: string, ttlSeconds: number, value: string): Promise<boolean>;
  /** @returns how many keys were deleted: 0 or 1. */
  deleteKey(key: string): Promise<number>;
  /** Resolves to `true` or rejects with what is wrong. */
  ping(): Promise<boolean>;
  /** The keys that match a glob pattern, each once. Walks the whole keyspace in steps. */
  scanPattern(pattern: string): Promise<string[]>;
}
export const RedisClientProtocol = protocol<RedisClientProtocol>()('RedisClientProtocol', [
  'setIfNotExists',
  'get',
  'setex',
  'deleteKey',
  'ping',
  'scanPattern',
  'publish',
  'subscribe',
  'getUserChannel',
  'publishUserNotification',
]);

/**
 * Commands that a transaction runs or queues on its own connection. A queued command resolves at once, to a placeholder
 * (`true`, for a count 0) and not to its result, which `exec()` gives; a queued `get` would have none and is refused.
 */
export interface RedisTransaction {
  get(key: string): Promise<string | null>;
  setIfNotExists(key: string, value: string, ttlSeconds?: number): Promise<boolean>;
  setex(key: string, ttlSeconds: number, value: string): Promise<boolean>;
  deleteKey(key: string): Promise<number>;
}

/**
 * WATCH, MULTI and EXEC on a connection of its own: no other flow's commands can get between. After `multi()` commands
 * are queued until `exec()` sends them all in one write. The end of its scope, or `close()`, gives the connection back.
 */
export interface RedisSession extends RedisTransaction, AsyncDisposable {
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
  'get',
  'setIfNotExists',
  'setex',
  'deleteKey',
  'watch',
  'multi',
  'exec',
  'unwatch',
  'close',
]);

/** {@link RedisClientProtocol} with transactions: on a session of one's own, never on the shared connection. */
export interface AtomicRedisClientProtocol extends RedisClientProtocol {
  /** A session of the caller's own, to be closed by the caller: `await using session = await redis.session()`. */
  session(): Promise<RedisSession>;
}
export const AtomicRedisClientProtocol = protocol<AtomicRedisClientProtocol>()('AtomicRedisClientProtocol', [
  'setIfNotExists',
  'get',
  'setex',
  'deleteKey',
  'ping',
  'scanPattern',
  'publish',
  'subscribe',
  'getUserChannel',
  'publishUserNotification',
  'session',
]);
