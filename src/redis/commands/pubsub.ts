import { RedisError } from '../../errors/redis-error.js';
import type { RedisCommand } from '../pending-command.js';
import type { SubscriptionKind } from '../subscription.js';
import { text } from './arguments.js';
import { integer } from './replies.js';

export function publish(channel: string, message: string): RedisCommand<number> {
  const args = [text('publish', 'channel', channel), text('publish', 'message', message)];
  return { name: 'publish', args, decode: integer };
}

export function spublish(channel: string, message: string): RedisCommand<number> {
  const args = [text('spublish', 'channel', channel), text('spublish', 'message', message)];
  return { name: 'spublish', args, decode: integer };
}

const words = {
  channel: { subscribe: 'subscribe', unsubscribe: 'unsubscribe' },
  pattern: { subscribe: 'psubscribe', unsubscribe: 'punsubscribe' },
  shard: { subscribe: 'ssubscribe', unsubscribe: 'sunsubscribe' },
} as const;

export function subscribe(kind: SubscriptionKind, names: readonly string[]): RedisCommand<unknown> {
  return { name: words[kind].subscribe, args: names, decode: (reply) => reply };
}

export function unsubscribe(kind: SubscriptionKind, names: readonly string[]): RedisCommand<unknown> {
  return { name: words[kind].unsubscribe, args: names, decode: (reply) => reply };
}

/**
 * The name of a channel that messages will come back under.
 * @throws RedisError SLIPWAY_REDIS_ARGUMENT for text that has no UTF-8 (half of a surrogate pair): the server would know
 * the channel by another name.
 */
export function channelName(kind: SubscriptionKind, value: unknown): string {
  const command = words[kind].subscribe;
  const name = text(command, kind === 'pattern' ? 'pattern' : 'channel', value);
  if (!/[\ud800-\udfff]/.test(name) || Buffer.from(name).toString() === name) return name;
  throw new RedisError('SLIPWAY_REDIS_ARGUMENT', {
    message: `${command}: the name holds half of a surrogate pair, which no channel can be called by. Correct the text.`,
    context: { command },
  });
}
