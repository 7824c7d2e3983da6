import type { RedisCommand } from '../pending-command.js';
import { text } from './arguments.js';
import { integer } from './replies.js';

export function publish(channel: string, message: string): RedisCommand<number> {
  const args = [text('publish', 'channel', channel), text('publish', 'message', message)];
  return { name: 'publish', args, decode: integer };
}

export function subscribe(channel: string): RedisCommand<unknown> {
  return { name: 'subscribe', args: [channel], decode: (reply) => reply };
}

export function unsubscribe(channel: string): RedisCommand<unknown> {
  return { name: 'unsubscribe', args: [channel], decode: (reply) => reply };
}
