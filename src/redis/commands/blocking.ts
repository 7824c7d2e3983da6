import type { RedisCommand } from '../pending-command.js';
import { texts } from './arguments.js';
import { integer, unexpected } from './replies.js';

/** @param seconds more than 0: for the server 0 is for ever. */
export function blpop(keys: readonly string[], seconds: number): RedisCommand<[string, string] | null> {
  return { name: 'blpop', args: [...texts('blpop', 'key', keys), seconds.toFixed(3)], decode: decodeItem };
}

/** The number by which CLIENT UNBLOCK knows a connection. */
export const clientId: RedisCommand<number> = { name: 'client', args: ['ID'], decode: integer };

/** Ends another connection's waiting as if its time had passed. */
export function unblock(id: number): RedisCommand<number> {
  return { name: 'client', args: ['UNBLOCK', String(id)], decode: integer };
}

function decodeItem(reply: unknown): [string, string] | null {
  if (reply === null) return null;
  if (Array.isArray(reply) && reply.length === 2) return reply as [string, string];
  throw unexpected(reply, 'a key and an item, or nil');
}
