import { describeError } from '../../errors/describe.js';
import type { RedisError } from '../../errors/redis-error.js';
import { client, failure, sessionState, shownKeys, waitedInVain, type Where } from '../failures.js';

/** What goes wrong with connections of the pool and the transactions on them. */

/** A call that got no connection of the pool, for none could be made. */
export function notPooled(
  where: Where,
  purpose: string,
  deadlineMs: number,
  lastError: RedisError | undefined,
): RedisError {
  const message = `${purpose} of ${client(where)} was not begun: no connection to ${where.address} within ${deadlineMs} ms.`;
  return waitedInVain('SLIPWAY_REDIS_UNREACHABLE', where, purpose, message, lastError);
}

/** What the holders of a pool's connections have them for. */
interface PoolHolder {
  readonly purpose: string;
  readonly forMs: number;
}

interface PoolState {
  readonly purpose: string;
  readonly deadlineMs: number;
  readonly size: number;
  readonly holders: readonly PoolHolder[];
}

/** Nobody gave back one of the pool's connections in time. */
export function poolExhausted(where: Where, { purpose, deadlineMs, size, holders }: PoolState): RedisError {
  const longest = new Map<string, { count: number; forMs: number }>();
  for (const holder of holders) {
    const { count = 0, forMs = 0 } = longest.get(holder.purpose) ?? {};
    longest.set(holder.purpose, { count: count + 1, forMs: Math.max(forMs, Math.round(holder.forMs)) });
  }
  const shown = [...longest].map(([name, { count, forMs }]) => `${count} by ${name} for up to ${forMs} ms`);
  return failure(
    'SLIPWAY_REDIS_POOL_EXHAUSTED',
    where,
    `${client(where)} waited ${deadlineMs} ms for a connection for ${purpose}: all ${size} of its pool are in use, ${shown.join(', ')}. Hold them for shorter, or raise poolSize.`,
    { command: purpose },
  );
}

/** A call on a connection that was given back. */
export function leaseEnded(where: Where, purpose: string): RedisError {
  return sessionState(where, purpose, 'it has ended, and its connection was given back');
}

/** A transaction that never had its keys to itself. */
export function conflict(
  where: Where,
  purpose: string,
  keys: readonly string[],
  attempts: number,
  cause?: RedisError,
): RedisError {
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  const why = cause === undefined ? 'others changed a watched key meanwhile' : describeError(cause);
  return failure(
    'SLIPWAY_REDIS_CONFLICT',
    where,
    `${purpose} of ${client(where)} on ${shownKeys(keys)} was tried ${times} and not applied: ${why}. Try it again later, or have fewer write to these keys.`,
    { command: purpose, ...(cause === undefined ? {} : { cause }) },
  );
}

/** A transaction that was not over at its deadline, and whose EXEC was not sent. */
export function transactionTimedOut(
  where: Where,
  keys: readonly string[],
  deadlineMs: number,
  cause: unknown,
): RedisError {
  return failure(
    'SLIPWAY_REDIS_TIMEOUT',
    where,
    `transaction of ${client(where)} on ${shownKeys(keys)} did not come to its EXEC within ${deadlineMs} ms: nothing was applied. Do slow work before the transaction, not in it.`,
    { command: 'transaction', ...(cause === undefined ? {} : { cause }) },
  );
}
