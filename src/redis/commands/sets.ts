import type { RedisCommand } from '../pending-command.js';
import { text, texts } from './arguments.js';
import { flag, integer, stringOrNil, stringSet } from './replies.js';

export function sadd(key: string, ...members: string[]): RedisCommand<number> {
  const args = [text('sadd', 'key', key), ...texts('sadd', 'member', members)];
  return { name: 'sadd', args, decode: integer, queued: 0 };
}

export function srem(key: string, ...members: string[]): RedisCommand<number> {
  const args = [text('srem', 'key', key), ...texts('srem', 'member', members)];
  return { name: 'srem', args, decode: integer, queued: 0 };
}

export function spop(key: string): RedisCommand<string | null> {
  return { name: 'spop', args: [text('spop', 'key', key)], decode: stringOrNil, queued: null };
}

export function scard(key: string): RedisCommand<number> {
  return { name: 'scard', args: [text('scard', 'key', key)], decode: integer };
}

export function smembers(key: string): RedisCommand<Set<string>> {
  return { name: 'smembers', args: [text('smembers', 'key', key)], decode: stringSet };
}

export function sismember(key: string, member: string): RedisCommand<boolean> {
  const args = [text('sismember', 'key', key), text('sismember', 'member', member)];
  return { name: 'sismember', args, decode: flag };
}
