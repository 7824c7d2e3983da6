import type { RedisCommand } from '../pending-command.js';
import { ok, unexpected } from './replies.js';

export const ping: RedisCommand<true> = { name: 'ping', args: [], decode: decodePong };

/** A PING that only its own answer can answer; false is the answer to another command. */
export function echo(text: string): RedisCommand<boolean> {
  return {
    name: 'ping',
    args: [text],
    decode: (reply) => {
      const [first, second] = Array.isArray(reply) ? (reply as unknown[]) : [reply, reply];
      if (second === text) return true;
      // Some servers that are not Redis know no PING with a text.
      return typeof first === 'string' && first.toUpperCase() === 'PONG' && !Array.isArray(reply);
    },
  };
}

export function select(db: number): RedisCommand<true> {
  return { name: 'select', args: [String(db)], decode: ok };
}

/** What the running server process calls itself by; another after each of its starts. Undefined if it does not tell. */
export const runId: RedisCommand<string | undefined> = {
  name: 'info',
  args: ['server'],
  decode: (reply) => /^run_id:(\w+)/m.exec(String(reply))?.[1],
};

function decodePong(reply: unknown): true {
  // A RESP2 connection with subscriptions answers as an array.
  const pong: unknown = Array.isArray(reply) ? reply[0] : reply;
  if (typeof pong === 'string' && pong.toUpperCase() === 'PONG') return true;
  throw unexpected(reply, 'PONG');
}
