import type { RedisCommand } from '../pending-command.js';
import { text, texts, whole } from './arguments.js';
import { integer, stringOrNil, strings } from './replies.js';

export function rpush(key: string, ...values: string[]): RedisCommand<number> {
  const args = [text('rpush', 'key', key), ...texts('rpush', 'value', values)];
  return { name: 'rpush', args, decode: integer, queued: 0 };
}

export function lpush(key: string, ...values: string[]): RedisCommand<number> {
  const args = [text('lpush', 'key', key), ...texts('lpush', 'value', values)];
  return { name: 'lpush', args, decode: integer, queued: 0 };
}

export function lpop(key: string): RedisCommand<string | null> {
  return { name: 'lpop', args: [text('lpop', 'key', key)], decode: stringOrNil, queued: null };
}

export function rpop(key: string): RedisCommand<string | null> {
  return { name: 'rpop', args: [text('rpop', 'key', key)], decode: stringOrNil, queued: null };
}

export function lrange(key: string, start: number, stop: number): RedisCommand<string[]> {
  const args = [text('lrange', 'key', key), whole('lrange', 'start', start), whole('lrange', 'stop', stop)];
  return { name: 'lrange', args, decode: strings };
}

export function llen(key: string): RedisCommand<number> {
  return { name: 'llen', args: [text('llen', 'key', key)], decode: integer };
}
