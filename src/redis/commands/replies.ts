import { RedisError } from '../../errors/redis-error.js';
import type { ScoredMember } from '../../protocols/redis/sorted-set-commands.js';

/** Readers of replies: each gives the reply its type, or says that the server answered what the command cannot have. */

export function ok(reply: unknown): true {
  if (reply === 'OK') return true;
  throw unexpected(reply, 'OK');
}

/** `true` for OK, `false` for nil: the replies of a conditional SET. */
export function okOrNil(reply: unknown): boolean {
  return reply === null ? false : ok(reply);
}

export function string(reply: unknown): string {
  if (typeof reply === 'string') return reply;
  throw unexpected(reply, 'a string');
}

export function stringOrNil(reply: unknown): string | null {
  if (reply === null || typeof reply === 'string') return reply;
  throw unexpected(reply, 'a string or nil');
}

export function integer(reply: unknown): number {
  if (typeof reply !== 'number') throw unexpected(reply, 'a number');
  if (Number.isSafeInteger(reply)) return reply;
  throw new RedisError('SLIPWAY_REDIS_COMMAND', {
    message:
      'The server did what it was asked, and answered a number that JavaScript cannot hold exactly. Keep counters below 2^53.',
    maybeApplied: true,
  });
}

/** `true` for 1. */
export function flag(reply: unknown): boolean {
  if (reply === 0 || reply === 1) return reply === 1;
  throw unexpected(reply, '0 or 1');
}

export function strings(reply: unknown): string[] {
  if (Array.isArray(reply)) return reply as string[];
  throw unexpected(reply, 'an array');
}

export function stringsOrNils(reply: unknown): (string | null)[] {
  if (Array.isArray(reply)) return reply as (string | null)[];
  throw unexpected(reply, 'an array');
}

export function stringSet(reply: unknown): Set<string> {
  return new Set(strings(reply));
}

/** Field and value in turns, or, as the driver gives it outside of a transaction, an object of them. */
export function fields(reply: unknown): Record<string, string> {
  if (!Array.isArray(reply)) {
    if (typeof reply === 'object' && reply !== null) return reply as Record<string, string>;
    throw unexpected(reply, 'fields and values');
  }
  const list = reply as string[];
  const entries: [string, string][] = [];
  for (let index = 0; index + 1 < list.length; index += 2) entries.push([list[index]!, list[index + 1]!]);
  return Object.fromEntries(entries);
}

/** A number written as text, the infinities as the server spells them. */
export function double(reply: unknown): number {
  if (reply === 'inf' || reply === '+inf') return Infinity;
  if (reply === '-inf') return -Infinity;
  const number = typeof reply === 'string' && reply !== '' ? Number(reply) : reply;
  if (typeof number === 'number' && !Number.isNaN(number)) return number;
  throw unexpected(reply, 'a number');
}

export function doubleOrNil(reply: unknown): number | null {
  return reply === null ? null : double(reply);
}

/** Member and score in turns. */
export function scoredMembers(reply: unknown): ScoredMember[] {
  const list = strings(reply);
  const members: ScoredMember[] = [];
  for (let index = 0; index + 1 < list.length; index += 2)
    members.push([list[index]!, double(list[index + 1])]);
  return members;
}

export function unexpected(reply: unknown, wanted: string): RedisError {
  const got = Array.isArray(reply) ? 'an array' : reply === null ? 'nil' : `a ${typeof reply}`;
  return new RedisError('SLIPWAY_REDIS_COMMAND', {
    message: `The server answered ${got} where the command has ${wanted}. Is this a Redis server?`,
    maybeApplied: true,
  });
}
