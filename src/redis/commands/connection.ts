import type { RedisCommand } from '../pending-command.js';
import { ok, unexpected } from './replies.js';

export const ping: RedisCommand<true> = { name: 'ping', args: [], decode: decodePong };

export function select(db: number): RedisCommand<true> {
  return { name: 'select', args: [String(db)], decode: ok };
}

function decodePong(reply: unknown): true {
  // A RESP2 connection with subscriptions answers as an array.
  const pong: unknown = Array.isArray(reply) ? reply[0] : reply;
  if (typeof pong === 'string' && pong.toUpperCase() === 'PONG') return true;
  throw unexpected(reply, 'PONG');
}
