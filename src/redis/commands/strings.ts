import { RedisError } from '../../errors/redis-error.js';
import type { SetOptions } from '../../protocols/redis/string-commands.js';
import type { RedisCommand } from '../pending-command.js';
import { pairs, text, texts, ttl, whole } from './arguments.js';
import { integer, ok, okOrNil, stringOrNil, stringsOrNils } from './replies.js';

export function get(key: string): RedisCommand<string | null> {
  return { name: 'get', args: [text('get', 'key', key)], decode: stringOrNil };
}

export function set(
  key: string,
  value: string,
  { ttlSeconds, keepTtl }: SetOptions = {},
): RedisCommand<boolean> {
  const args = [text('set', 'key', key), text('set', 'value', value)];
  // NULL too: a caller without types passes on what a missing setting gave it.
  if (ttlSeconds != null) args.push('EX', ttl('set', ttlSeconds));
  if (keepTtl === true) args.push('KEEPTTL');
  if (args.length < 5) return { name: 'set', args, decode: ok, queued: true };
  throw new RedisError('SLIPWAY_REDIS_ARGUMENT', {
    message: 'set: give either ttlSeconds or keepTtl, not both.',
    context: { command: 'set', argument: 'keepTtl' },
  });
}

export function setex(key: string, ttlSeconds: number, value: string): RedisCommand<boolean> {
  const args = [text('setex', 'key', key), ttl('setex', ttlSeconds), text('setex', 'value', value)];
  return { name: 'setex', args, decode: ok, queued: true };
}

export function setIfNotExists(key: string, value: string, ttlSeconds?: number): RedisCommand<boolean> {
  const args = [text('setIfNotExists', 'key', key), text('setIfNotExists', 'value', value), 'NX'];
  if (ttlSeconds != null) args.push('EX', ttl('setIfNotExists', ttlSeconds));
  return { name: 'set', args, decode: okOrNil, queued: true };
}

export function mget(...keys: string[]): RedisCommand<(string | null)[]> {
  return { name: 'mget', args: texts('mget', 'key', keys), decode: stringsOrNils };
}

export function mset(
  values: Readonly<Record<string, string>> | ReadonlyMap<string, string>,
): RedisCommand<boolean> {
  const args = pairs('mset', 'values', values).flatMap(([key, value]) => [
    text('mset', 'key', key),
    text('mset', 'value', value),
  ]);
  return { name: 'mset', args, decode: ok, queued: true };
}

export function getdel(key: string): RedisCommand<string | null> {
  return { name: 'getdel', args: [text('getdel', 'key', key)], decode: stringOrNil, queued: null };
}

export function incr(key: string): RedisCommand<number> {
  return { name: 'incr', args: [text('incr', 'key', key)], decode: integer, queued: 0 };
}

export function incrby(key: string, amount: number): RedisCommand<number> {
  const args = [text('incrby', 'key', key), whole('incrby', 'amount', amount)];
  return { name: 'incrby', args, decode: integer, queued: 0 };
}

export function decr(key: string): RedisCommand<number> {
  return { name: 'decr', args: [text('decr', 'key', key)], decode: integer, queued: 0 };
}

export function decrby(key: string, amount: number): RedisCommand<number> {
  const args = [text('decrby', 'key', key), whole('decrby', 'amount', amount)];
  return { name: 'decrby', args, decode: integer, queued: 0 };
}
