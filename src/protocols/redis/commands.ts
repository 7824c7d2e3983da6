import { type RedisHashCommands, redisHashCommands } from './hash-commands.js';
import { type RedisKeyCommands, redisKeyCommands } from './key-commands.js';
import { type RedisListCommands, redisListCommands } from './list-commands.js';
import { type RedisScriptCommands, redisScriptCommands } from './script-commands.js';
import { type RedisSetCommands, redisSetCommands } from './set-commands.js';
import { type RedisSortedSetCommands, redisSortedSetCommands } from './sorted-set-commands.js';
import { type RedisStringCommands, redisStringCommands } from './string-commands.js';

/**
 * The commands of one server round trip: the same on the shared client, on a session and in a transaction. Their names
 * are Redis's own in lower case, but for those the original calls differently: `setIfNotExists`, `deleteKey`, `delete`.
 */
export interface RedisCommands
  extends
    RedisStringCommands,
    RedisKeyCommands,
    RedisSetCommands,
    RedisSortedSetCommands,
    RedisHashCommands,
    RedisListCommands,
    RedisScriptCommands {}

export const redisCommands = [
  ...redisStringCommands,
  ...redisKeyCommands,
  ...redisSetCommands,
  ...redisSortedSetCommands,
  ...redisHashCommands,
  ...redisListCommands,
  ...redisScriptCommands,
] as const;
