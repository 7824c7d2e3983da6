import { protocol } from '../tokens/protocol.js';
import { type RedisCommands, redisCommands } from './redis/commands.js';
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
   * a connection of its own and holds up nobody.
   * @param timeoutSeconds 0 waits for ever.
   * @returns the list's key and the item, or `null` if the time passed.
   * @throws RedisError with `maybeApplied: true` if the connection was lost or the client stopped meanwhile: an item may
   * have been taken.
   */
  blpop(keys: readonly string[], timeoutSeconds: number): Promise<[key: string, item: string] | null>;
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
 * Commands that a transaction runs or queues on its own connection. A queued command resolves at once, to a placeholder
 * (`true`, for a number 0, else `null`) and not to its result, which `exec()` gives; a queued read would have none and
 * is refused.
 */
export type RedisTransaction = RedisCommands;

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
  ...redisCommands,
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
  ...clientMembers,
  'session',
]);
