import { RedisError } from '../../errors/redis-error.js';

/** Readers of replies: each gives the reply its type, or says that the server answered what the command cannot have. */

export function ok(reply: unknown): true {
  if (reply === 'OK') return true;
  throw unexpected(reply, 'OK');
}

/** `true` for OK, `false` for nil: the replies of a conditional SET. */
export function okOrNil(reply: unknown): boolean {
  return reply === null ? false : ok(reply);
}

export function stringOrNil(reply: unknown): string | null {
  if (reply === null || typeof reply === 'string') return reply;
  throw unexpected(reply, 'a string or nil');
}

export function integer(reply: unknown): number {
  if (typeof reply === 'number') return reply;
  throw unexpected(reply, 'a number');
}

export function unexpected(reply: unknown, wanted: string): RedisError {
  const got = Array.isArray(reply) ? 'an array' : reply === null ? 'nil' : `a ${typeof reply}`;
  return new RedisError('SLIPWAY_REDIS_COMMAND', {
    message: `The server answered ${got} where the command has ${wanted}. Is this a Redis server?`,
    maybeApplied: true,
  });
}
