import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisError } from '../../errors/redis-error.js';
import type { RedisTransaction, TransactionOptions } from '../../protocols/redis/transactions.js';
import { isMoved } from '../cluster/redirect.js';
import { count, texts } from '../commands/arguments.js';
import { watch } from '../commands/transactions.js';
import type { RedisEndpoint } from '../endpoint.js';
import { sessionLost } from '../failures.js';
import { conflict, transactionTimedOut } from '../pool/failures.js';
import type { LeaseSource } from '../pool/lease-source.js';
import type { Contention } from './contention.js';
import { sendTransaction } from './exec.js';
import { isOrWraps } from './leased-reads.js';
import { LeasedTransaction } from './leased-transaction.js';

/** Where two of three attempts meet a conflict, 32 more leave one transaction in 600 000 undone. */
const defaultRetries = 32;
const longestPauseMs = 50;
/** The map of the slots is asked for meanwhile. */
const movedPauseMs = 150;

export interface TransactionPlace {
  readonly endpoint: RedisEndpoint;
  readonly pool: LeaseSource;
  readonly contention: Contention;
}

type Work = (tx: RedisTransaction) => unknown;

/** How an attempt ended: with a result, or by a conflict, of which the cause tells if it was the loss of the link. */
type Outcome = { readonly value: unknown } | { readonly conflict: RedisError | undefined };

/** Runs `AtomicRedisClientProtocol.transaction`. */
export async function runTransaction(
  place: TransactionPlace,
  keys: readonly string[],
  work: Work,
  options: TransactionOptions = {},
): Promise<unknown> {
  const none = Array.isArray(keys) && keys.length === 0;
  const watched = none ? [] : texts('transaction', 'key', keys);
  const retries = options.retries ?? defaultRetries;
  count('transaction', 'retries', retries, 0);
  const { endpoint } = place;
  const expiresAt = performance.now() + endpoint.deadlineMs;
  for (let attempts = 1; ; attempts += 1) {
    const leave = await place.contention.enter(watched, attempts > 1, expiresAt);
    let outcome: Outcome;
    try {
      outcome = await attempt(place, watched, work, expiresAt);
    } finally {
      leave();
    }
    if ('value' in outcome) return outcome.value;
    // At first almost at once: most conflicts are over when they are noticed.
    const cause = outcome.conflict;
    const pauseMs = isMoved(cause)
      ? movedPauseMs
      : Math.random() * Math.min(longestPauseMs, 2 ** (attempts - 1));
    if (performance.now() + pauseMs >= expiresAt && cause !== undefined) {
      throw transactionTimedOut(endpoint, watched, endpoint.deadlineMs, cause);
    }
    if (attempts > retries || performance.now() + pauseMs >= expiresAt) {
      throw conflict(endpoint, 'transaction', watched, attempts, cause);
    }
    await sleep(pauseMs);
  }
}

async function attempt(
  { endpoint, pool }: TransactionPlace,
  keys: readonly string[],
  work: Work,
  expiresAt: number,
): Promise<Outcome> {
  const lease = await pool.acquire('transaction', expiresAt, undefined, keys);
  const tx = new LeasedTransaction(endpoint, lease, expiresAt);
  let sent = false;
  try {
    if (keys.length > 0) await tx.watch(watch(keys));
    const value = await beforeDeadline(
      () => work(tx),
      expiresAt,
      () => transactionTimedOut(endpoint, keys, endpoint.deadlineMs, undefined),
    );
    tx.end();
    // Nothing of it was sent yet, so it is as surely not applied as after a conflict.
    if (lease.lost) return { conflict: tx.loss ?? sessionLost(endpoint, 'exec', undefined) };
    sent = true;
    const replies = await sendTransaction(endpoint, lease, tx.queue.commands, expiresAt);
    if (replies === null) return { conflict: undefined };
    const results = tx.queue.decode(replies);
    return { value: value === tx.queue ? results : value };
  } catch (error) {
    if (!sent && isOrWraps(error, tx.loss)) return { conflict: tx.loss };
    // The server refused it, also if it was sent: its slot is elsewhere.
    if (isMoved(error)) return { conflict: error };
    throw error;
  } finally {
    tx.end();
    lease.release();
  }
}

/** The caller gets its answer in time also if its own function does not end. */
async function beforeDeadline(
  work: () => unknown,
  expiresAt: number,
  timedOut: () => RedisError,
): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut()), Math.max(0, Math.ceil(expiresAt - performance.now())));
  });
  try {
    return await Promise.race([(async () => work())(), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
