import { RedisError } from '../../errors/redis-error.js';

/**
 * Readers of arguments: each gives what is sent, or throws RedisError SLIPWAY_REDIS_ARGUMENT. Callers without types may
 * pass anything, and a TypeScript caller NaN.
 */

export function text(command: string, name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalid(command, name, 'must be a string', value);
}

/** A time to live: a whole number of at least 1. */
export function ttl(command: string, value: unknown): string {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return String(value);
  throw invalid(command, 'ttlSeconds', 'must be a whole number of at least 1', value);
}

export function whole(command: string, name: string, value: unknown): string {
  if (Number.isSafeInteger(value)) return String(value);
  throw invalid(command, name, 'must be a whole number', value);
}

/** The number of at least `min` that a count or an offset is. */
export function count(command: string, name: string, value: unknown, min: number): string {
  if (Number.isSafeInteger(value) && (value as number) >= min) return String(value);
  throw invalid(command, name, `must be a whole number of at least ${min}`, value);
}

/** Any number but NaN; the infinities as the server spells them. */
export function score(command: string, name: string, value: unknown): string {
  if (typeof value !== 'number' || Number.isNaN(value))
    throw invalid(command, name, 'must be a number', value);
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+inf' : '-inf';
}

/** A score, or `(` and a score: up to it and without it. */
export function scoreBound(command: string, name: string, value: unknown): string {
  if (typeof value !== 'string') return score(command, name, value);
  const number = value.slice(1);
  if (value.startsWith('(') && number.trim() !== '' && !Number.isNaN(Number(number))) {
    return `(${score(command, name, Number(number))}`;
  }
  throw invalid(command, name, "must be a number, or one after a parenthesis such as '(5'", value);
}

/** At least one of several `what`. */
export function texts(command: string, what: string, values: readonly unknown[]): readonly string[] {
  if (!Array.isArray(values)) throw invalid(command, `${what}s`, 'must be an array', values);
  if (values.length > 0) {
    for (const value of values) text(command, what, value);
    return values as readonly string[];
  }
  throw new RedisError('SLIPWAY_REDIS_ARGUMENT', {
    message: `${command}: give at least one ${what}.`,
    context: { command, argument: `${what}s` },
  });
}

/** Any number of several `what`, none included. */
export function textList(command: string, what: string, values: readonly unknown[]): readonly string[] {
  return Array.isArray(values) && values.length === 0 ? [] : texts(command, what, values);
}

/** The pairs of an object or a map, at least one. */
export function pairs<V>(
  command: string,
  name: string,
  values: Readonly<Record<string, V>> | ReadonlyMap<string, V>,
): readonly (readonly [string, V])[] {
  if (typeof values !== 'object' || values === null)
    throw invalid(command, name, 'must be an object or a map', values);
  const list = values instanceof Map ? [...(values as ReadonlyMap<string, V>)] : Object.entries(values);
  if (list.length > 0) return list;
  throw invalid(command, name, 'must not be empty', values);
}

function invalid(command: string, argument: string, must: string, value: unknown): RedisError {
  return new RedisError('SLIPWAY_REDIS_ARGUMENT', {
    message: `${command}: ${argument} ${must}, not ${shown(value)}.`,
    context: { command, argument },
  });
}

/** A value may be a secret: of anything but a number no more than its type is shown. */
function shown(value: unknown): string {
  if (typeof value === 'number' || value === null) return String(value);
  return typeof value === 'object' ? 'an object' : `a value of type ${typeof value}`;
}
