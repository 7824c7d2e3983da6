import { describeError } from '../../errors/describe.js';
import { RedisError } from '../../errors/redis-error.js';

/** @throws RedisError SLIPWAY_REDIS_ARGUMENT unless `value` is a string: callers without types may pass anything. */
export function text(command: string, name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new RedisError('SLIPWAY_REDIS_ARGUMENT', {
    message: `${command}: ${name} must be a string, not ${value === null ? 'null' : typeof value}.`,
    context: { command, argument: name },
  });
}

/** @throws RedisError SLIPWAY_REDIS_ARGUMENT unless `value` is a whole number of at least 1. */
export function ttl(command: string, value: unknown): string {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return String(value);
  throw new RedisError('SLIPWAY_REDIS_ARGUMENT', {
    message: `${command}: ttlSeconds must be a whole number of at least 1, not ${describeError(value)}.`,
    context: { command, argument: 'ttlSeconds' },
  });
}

/** @throws RedisError SLIPWAY_REDIS_ARGUMENT if there are no keys. */
export function keys(command: string, values: readonly unknown[]): readonly string[] {
  if (values.length > 0) return values.map((value) => text(command, 'key', value));
  throw new RedisError('SLIPWAY_REDIS_ARGUMENT', {
    message: `${command}: give at least one key.`,
    context: { command, argument: 'keys' },
  });
}
