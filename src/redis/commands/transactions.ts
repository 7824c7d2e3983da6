import type { RedisCommand } from '../pending-command.js';
import { texts } from './arguments.js';
import { ok, unexpected } from './replies.js';

export function watch(watched: readonly string[]): RedisCommand<true> {
  return { name: 'watch', args: texts('watch', 'key', watched), decode: ok };
}

export const unwatch: RedisCommand<true> = { name: 'unwatch', args: [], decode: ok };
export const multi: RedisCommand<true> = { name: 'multi', args: [], decode: ok };

/** The replies of the queued commands, or null if a watched key had changed. */
export const exec: RedisCommand<unknown[] | null> = {
  name: 'exec',
  args: [],
  decode: (reply) => {
    if (reply === null || Array.isArray(reply)) return reply;
    throw unexpected(reply, 'an array or nil');
  },
};
