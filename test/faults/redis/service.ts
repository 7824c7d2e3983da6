import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../suite.js';
import type { ProcessWatch } from './watch-process.js';
import type { Workload } from './workload.js';

export const callers = 4;
export const everyMs = 10;
export const warmUpMs = 300;
/** The longest that service may take to return. */
const recoveryMs = 5000;
/** How long all has to be well before it counts as well. */
export const settledMs = 800;

export interface Limits {
  readonly deadlineMs: number;
  /** docs/redis.md: no operation takes longer than its deadline; this much for timers and a busy machine. */
  readonly slackMs: number;
}

/** Resolves when all is well again: for half a second everything succeeded, and messages arrive; or when it is too late. */
export async function untilServed(load: Workload, endedAt: number): Promise<void> {
  const limit = endedAt + recoveryMs + 1500;
  while (performance.now() < limit) {
    const now = performance.now();
    const from = Math.max(endedAt, now - settledMs);
    const well = now - from >= settledMs - 1 && load.operations.allSucceeded(from, now - 300);
    if (well && load.firstMessageAfter(endedAt) !== undefined) return;
    await sleep(50);
  }
}

/**
 * How callers were served around a fault, once all of them have ended.
 * @param possibleAt when service could return, on the clock of `performance.now()`.
 * @param wrong answers that count.
 */
export async function serviceResult(
  load: Workload,
  process: ProcessWatch,
  { deadlineMs, slackMs }: Limits,
  possibleAt: number,
  wrong = load.operations.wrong,
): Promise<{ readonly ok: boolean; readonly figures: Omit<Result, 'id' | 'ok'> }> {
  const { operations } = load;
  const leftOpen = await process.leftOpen();
  const served = operations.firstSuccessAfter(possibleAt) ?? Infinity;
  const recoveredMs = Math.max(operations.lastFailedStart, served) - possibleAt;
  const heardMs = (load.firstMessageAfter(possibleAt) ?? Infinity) - possibleAt;
  const late = operations.slowerThan(deadlineMs + slackMs);
  return {
    ok:
      late === 0 &&
      operations.pending === 0 &&
      wrong === 0 &&
      recoveredMs <= recoveryMs &&
      heardMs <= recoveryMs &&
      process.unhandled === 0 &&
      leftOpen.length === 0,
    figures: {
      deadline_ms: deadlineMs,
      operations: operations.count,
      slowest_ms: Math.round(operations.slowestMs),
      late,
      errors: operations.errors,
      wrong_answers: operations.wrong,
      first_wrong: operations.firstWrong,
      recovered_ms: Math.round(recoveredMs),
      subscription_back_ms: Math.round(heardMs),
      unhandled_rejections: process.unhandled,
      left_open: leftOpen.join(' ') || 0,
    },
  };
}
