import type { RedisCommands } from '../../protocols/redis/commands.js';
import type { RedisScriptCommands } from '../../protocols/redis/script-commands.js';
import type { RedisCommand } from '../pending-command.js';
import { hdel, hexists, hget, hgetall, hincrby, hkeys, hlen, hmget, hset } from './hashes.js';
import { deleteKey, deleteKeys, exists, expire, persist, timeToLive } from './keys.js';
import { llen, lpop, lpush, lrange, rpop, rpush } from './lists.js';
import { sadd, scard, sismember, smembers, spop, srem } from './sets.js';
import {
  zadd,
  zcard,
  zincrby,
  zrange,
  zrangebyscore,
  zrem,
  zremrangebyscore,
  zscore,
} from './sorted-sets.js';
import {
  decr,
  decrby,
  get,
  getdel,
  incr,
  incrby,
  mget,
  mset,
  set,
  setex,
  setIfNotExists,
} from './strings.js';

/** Scripts take more than one command: see `RedisCommandSet`. */
export type TableCommands = Omit<RedisCommands, keyof RedisScriptCommands>;

type Builders<Commands> = {
  readonly [Name in keyof Commands]: Commands[Name] extends (...args: infer Args) => Promise<infer Reply>
    ? (...args: Args) => RedisCommand<Reply>
    : never;
};

/**
 * Each operation and the command it sends: the one place that says so, for the shared client, sessions and
 * transactions alike. The compiler holds it to the protocol.
 */
export const commandTable = {
  get,
  set,
  setex,
  setIfNotExists,
  mget,
  mset,
  getdel,
  incr,
  incrby,
  decr,
  decrby,
  deleteKey,
  delete: deleteKeys,
  exists,
  expire,
  ttl: timeToLive,
  persist,
  sadd,
  srem,
  spop,
  scard,
  smembers,
  sismember,
  zadd,
  zrem,
  zrange,
  zrangebyscore,
  zremrangebyscore,
  zcard,
  zscore,
  zincrby,
  hset,
  hget,
  hmget,
  hgetall,
  hkeys,
  hlen,
  hexists,
  hdel,
  hincrby,
  rpush,
  lpush,
  lpop,
  rpop,
  lrange,
  llen,
} satisfies Builders<TableCommands>;
