import type { RedisCommand } from '../pending-command.js';
import { pairs, text, texts, whole } from './arguments.js';
import { fields, flag, integer, stringOrNil, strings, stringsOrNils } from './replies.js';

export function hset(
  key: string,
  field: string | Readonly<Record<string, string>> | ReadonlyMap<string, string>,
  value?: string,
): RedisCommand<number> {
  const args = [text('hset', 'key', key)];
  const given = typeof field === 'string' ? ([[field, value]] as const) : pairs('hset', 'fields', field);
  for (const [name, content] of given) args.push(text('hset', 'field', name), text('hset', 'value', content));
  return { name: 'hset', args, decode: integer, queued: 0 };
}

export function hget(key: string, field: string): RedisCommand<string | null> {
  return {
    name: 'hget',
    args: [text('hget', 'key', key), text('hget', 'field', field)],
    decode: stringOrNil,
  };
}

export function hmget(key: string, ...names: string[]): RedisCommand<(string | null)[]> {
  const args = [text('hmget', 'key', key), ...texts('hmget', 'field', names)];
  return { name: 'hmget', args, decode: stringsOrNils };
}

export function hgetall(key: string): RedisCommand<Record<string, string>> {
  return { name: 'hgetall', args: [text('hgetall', 'key', key)], decode: fields };
}

export function hkeys(key: string): RedisCommand<string[]> {
  return { name: 'hkeys', args: [text('hkeys', 'key', key)], decode: strings };
}

export function hlen(key: string): RedisCommand<number> {
  return { name: 'hlen', args: [text('hlen', 'key', key)], decode: integer };
}

export function hexists(key: string, field: string): RedisCommand<boolean> {
  const args = [text('hexists', 'key', key), text('hexists', 'field', field)];
  return { name: 'hexists', args, decode: flag };
}

export function hdel(key: string, ...names: string[]): RedisCommand<number> {
  const args = [text('hdel', 'key', key), ...texts('hdel', 'field', names)];
  return { name: 'hdel', args, decode: integer, queued: 0 };
}

export function hincrby(key: string, field: string, amount: number): RedisCommand<number> {
  const args = [
    text('hincrby', 'key', key),
    text('hincrby', 'field', field),
    whole('hincrby', 'amount', amount),
  ];
  return { name: 'hincrby', args, decode: integer, queued: 0 };
}
