import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisError } from '../errors/redis-error.js';
import type { RedisEndpoint } from './endpoint.js';
import { stopped } from './failures.js';
import { Link } from './link.js';
import { patientSignal } from './patient-timeout.js';
import type { RedisCommand } from './pending-command.js';

/** One that has not answered for so long is not waited for alone. */
const patienceMs = 250;

export interface AskOptions {
  /** Shown by CLIENT LIST. */
  readonly name: string;
  /** Limit from the first packet to the answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Runs one command on a connection that is made for it and closed with it. */
export async function askOnce<T>(
  endpoint: RedisEndpoint,
  command: RedisCommand<T>,
  { name, timeoutMs, signal }: AskOptions,
): Promise<T> {
  const { limit, end } = patientSignal(signal, timeoutMs);
  try {
    const link = await Link.open(endpoint, { name, timeoutMs, signal: limit });
    const cut = (): void => link.destroy(stopped(endpoint));
    limit.addEventListener('abort', cut);
    try {
      return await link.request(command);
    } finally {
      limit.removeEventListener('abort', cut);
      cut();
      await link.closed;
    }
  } finally {
    end();
  }
}

/**
 * The first answer that comes. They are asked one after the other, the next where the last has failed or is slow: one that
 * is frozen holds up nobody.
 * @throws AggregateError with the error of each if none answers, or the signal's reason.
 */
export async function firstAnswer<Asked, Answer>(
  all: readonly Asked[],
  signal: AbortSignal,
  ask: (one: Asked, signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const end = new AbortController();
  const asking = AbortSignal.any([signal, end.signal]);
  const answers: Promise<{ readonly answer: Answer }>[] = [];
  try {
    for (const one of all) {
      answers.push(ask(one, asking).then((answer) => ({ answer })));
      const first = await Promise.race([
        Promise.any(answers).catch(() => undefined), // all asked so far have failed: on to the next
        sleep(patienceMs, undefined, { signal: asking }).catch(() => undefined),
      ]);
      if (first !== undefined) return first.answer;
      if (signal.aborted) throw signal.reason;
    }
    return (await Promise.any(answers)).answer;
  } catch (error) {
    throw signal.aborted ? (signal.reason as RedisError) : error;
  } finally {
    end.abort();
    await Promise.allSettled(answers);
  }
}

/** Another first each time: one whose knowledge is old leads astray no more than its share of attempts. */
export function rotated<T>(all: readonly T[], turn: number): readonly T[] {
  const first = turn % Math.max(1, all.length);
  return [...all.slice(first), ...all.slice(0, first)];
}
