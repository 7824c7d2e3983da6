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

/** What the health page of the original shows of a server; what it does not tell is left out. */
export const serverInfo: RedisCommand<Readonly<Record<string, string | number>>> = {
  name: 'info',
  args: [],
  decode: (reply) => {
    const told = new Map(
      Array.from(String(reply).matchAll(/^(\w+):(.*?)\r?$/gm), ([, key = '', value = '']) => [key, value]),
    );
    const version = told.get('redis_version');
    const clients = Number(told.get('connected_clients') ?? Number.NaN);
    const memory = told.get('used_memory_human');
    return {
      ...(version !== undefined && { version }),
      ...(Number.isSafeInteger(clients) && { connected_clients: clients }),
      ...(memory !== undefined && { used_memory_human: memory }),
    };
  },
};

function decodePong(reply: unknown): true {
  // A RESP2 connection with subscriptions answers as an array.
  const pong: unknown = Array.isArray(reply) ? reply[0] : reply;
  if (typeof pong === 'string' && pong.toUpperCase() === 'PONG') return true;
  throw unexpected(reply, 'PONG');
}
