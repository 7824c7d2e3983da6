import { createHash } from 'node:crypto';
import type { EventEnvelope } from '../events/envelope.js';
import { KafkaPublisherProtocol, type PublishItem, type PublishResult } from '../protocols/kafka.js';
import {
  AtomicRedisClientProtocol,
  RedisClientProtocol,
  RedisPubSubProtocol,
  RedisSession,
} from '../protocols/redis.js';
import { protocolMembers } from '../tokens/protocol.js';
import type { Token } from '../tokens/token.js';
import { idleSubscription } from './idle-subscription.js';
import { stubbedPipeline, stubbedTransaction } from './stub-transactions.js';

/** Any stub, by the names of its members. */
export type Members = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

/** What a member does by itself. */
export interface DefaultAnswer {
  /** How many arguments it takes. */
  readonly least: number;
  readonly most: number;
  /** `self` is the stub, so that one member may call another. */
  readonly answer: (self: Members, args: readonly never[]) => unknown;
  /** Does it give its answer at once? Default: as a promise. */
  readonly atOnce?: boolean;
}

type Defaults = Readonly<Record<string, DefaultAnswer>>;

/** A member with a number of arguments: exactly so many, or from so many to so many. */
function takes(
  count: number | readonly [least: number, most: number],
  answer: (...args: never[]) => unknown,
): DefaultAnswer {
  const [least, most] = typeof count === 'number' ? [count, count] : count;
  return { least, most, answer: (_self, args) => answer(...args) };
}

const any = Number.POSITIVE_INFINITY;
const sizeOf = (values: object): number => (values instanceof Map ? values.size : Object.keys(values).length);
const nulls = (keys: readonly string[]): null[] => keys.map(() => null);

/** The answers of a Redis that holds nothing, and that takes everything. */
const commands: Defaults = {
  get: takes(1, () => null),
  set: takes([2, 3], () => true),
  setex: takes(3, () => true),
  setIfNotExists: takes([2, 3], () => true),
  mget: takes([0, any], (...keys: string[]) => nulls(keys)),
  mset: takes(1, () => true),
  getdel: takes(1, () => null),
  incr: takes(1, () => 1),
  incrby: takes(2, (_key: string, amount: number) => amount),
  decr: takes(1, () => -1),
  decrby: takes(2, (_key: string, amount: number) => -amount),
  deleteKey: takes(1, () => 0),
  delete: takes([0, any], () => 0),
  exists: takes([0, any], () => 0),
  expire: takes(2, () => false),
  ttl: takes(1, () => -2),
  persist: takes(1, () => false),
  sadd: takes([1, any], (_key: string, ...members: string[]) => new Set(members).size),
  srem: takes([1, any], () => 0),
  spop: takes(1, () => null),
  scard: takes(1, () => 0),
  smembers: takes(1, () => new Set<string>()),
  sismember: takes(2, () => false),
  zadd: takes(2, (_key: string, scores: object) => sizeOf(scores)),
  zrem: takes([1, any], () => 0),
  zrange: takes([3, 4], () => []),
  zrangebyscore: takes([3, 4], () => []),
  zremrangebyscore: takes(3, () => 0),
  zcard: takes(1, () => 0),
  zscore: takes(2, () => null),
  zincrby: takes(3, (_key: string, amount: number) => amount),
  hset: takes([2, 3], (_key: string, fields: string | object) =>
    typeof fields === 'string' ? 1 : sizeOf(fields),
  ),
  hget: takes(2, () => null),
  hmget: takes([1, any], (_key: string, ...fields: string[]) => nulls(fields)),
  hgetall: takes(1, () => ({})),
  hkeys: takes(1, () => []),
  hlen: takes(1, () => 0),
  hexists: takes(2, () => false),
  hdel: takes([1, any], () => 0),
  hincrby: takes(3, (_key: string, _field: string, amount: number) => amount),
  rpush: takes([1, any], (_key: string, ...values: string[]) => values.length),
  lpush: takes([1, any], (_key: string, ...values: string[]) => values.length),
  lpop: takes(1, () => null),
  rpop: takes(1, () => null),
  lrange: takes(3, () => []),
  llen: takes(1, () => 0),
  registerScript: takes(1, (source: string) => createHash('sha1').update(source).digest('hex')),
  executeScript: takes(3, () => null),
  runScript: takes(3, () => null),
};

/** Nobody listens, and nothing ever comes. */
const messaging: Defaults = {
  publish: takes(2, () => 0),
  subscribe: takes([1, 2], idleSubscription),
  getUserChannel: { ...takes(1, (userId: string) => `ws:${userId}`), atOnce: true },
  publishUserNotification: takes(3, () => 0),
};

const client: Defaults = {
  ...commands,
  ...messaging,
  ping: takes(0, () => true),
  scan: { ...takes([0, 2], nothing), atOnce: true },
  scanPattern: takes([1, 2], () => []),
  blpop: takes([2, 3], () => null),
};

const atomic: Defaults = {
  ...client,
  transaction: { least: 2, most: 3, answer: (self, args) => stubbedTransaction(self, args[1] as never) },
  createTransactionPipeline: { least: 0, most: any, answer: (self) => stubbedPipeline(self) },
  // What it gives is made in stub.ts, which this file must not import back.
  session: takes(0, () => undefined),
};

const session: Defaults = {
  ...commands,
  watch: takes([0, any], () => true),
  multi: takes(0, () => true),
  exec: takes(0, () => []),
  unwatch: takes(0, () => true),
  close: takes(0, () => undefined),
};

const pubsub: Defaults = {
  ...messaging,
  psubscribe: takes([1, 2], idleSubscription),
  spublish: takes(2, () => 0),
  ssubscribe: takes([1, 2], idleSubscription),
  publishDurable: takes([2, 3], () => '1-0'),
  subscribeDurable: takes([1, 2], idleSubscription),
  subscribeGroup: takes(2, idleSubscription),
};

const publisher: Defaults = {
  publish: takes([2, 3], (topic: string) => acknowledged(topic)),
  publishEvent: takes([1, 2], (envelope: EventEnvelope) => acknowledged(envelope.eventType)),
  publishBatch: takes([1, 2], (items: readonly PublishItem[]) =>
    items.map(({ topic, envelope }) => acknowledged(topic ?? envelope.eventType)),
  ),
};

/** By the list of members, which a `named` token shares with the one it was made from. */
const known = new Map<readonly string[] | undefined, Defaults>(
  (
    [
      [KafkaPublisherProtocol, publisher],
      [RedisClientProtocol, client],
      [AtomicRedisClientProtocol, atomic],
      [RedisPubSubProtocol, pubsub],
      [RedisSession, session],
    ] satisfies [Token<unknown>, Defaults][]
  ).map(([key, defaults]) => [protocolMembers(key), defaults]),
);

/** What the members do by themselves; undefined for a protocol of somebody else's. */
export function defaultsOf(members: readonly string[]): Defaults | undefined {
  return known.get(members);
}

async function* nothing(): AsyncGenerator<never, void, undefined> {
  // Ends at once.
}

/** The first record of the topic. An event of the registry names its type: a stub knows no topics. */
function acknowledged(topic: string): PublishResult {
  return { topic, partition: 0, offset: '0' };
}
