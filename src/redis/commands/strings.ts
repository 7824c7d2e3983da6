import type { RedisCommand } from '../pending-command.js';
import { text, ttl } from './arguments.js';
import { ok, okOrNil, stringOrNil } from './replies.js';

export function get(key: string): RedisCommand<string | null> {
  return { name: 'get', args: [text('get', 'key', key)], decode: stringOrNil };
}

export function setex(key: string, ttlSeconds: number, value: string): RedisCommand<boolean> {
  const args = [text('setex', 'key', key), ttl('setex', ttlSeconds), text('setex', 'value', value)];
  return { name: 'setex', args, decode: ok };
}

export function setIfNotExists(key: string, value: string, ttlSeconds?: number): RedisCommand<boolean> {
  const args = [text('setIfNotExists', 'key', key), text('setIfNotExists', 'value', value), 'NX'];
  // NULL too: a caller without types passes on what a missing setting gave it.
  if (ttlSeconds != null) args.push('EX', ttl('setIfNotExists', ttlSeconds));
  return { name: 'set', args, decode: okOrNil };
}
