import { stoppedError } from './application-errors.js';
import { before } from './deadline.js';
import { publishState } from './events.js';
import type { IntakeGroup } from './intake-group.js';
import type { ReleaseFailure } from './lifecycle-errors.js';
import type { OpenScope } from './open-scope.js';
import type { StopLimits } from './release.js';
import { drain } from './scope-work.js';
import type { TaskGroup } from './task-group.js';

/** What work has that was asked to end, to tell its client so before its intake cuts the connection. */
const lastWordMs = 1_000;

export interface Quiescence {
  readonly scope: OpenScope;
  readonly intakes: IntakeGroup;
  readonly tasks: TaskGroup;
  readonly limits: StopLimits;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
  /** How long what was taken may go on, in milliseconds. */
  readonly drainTimeoutMs: number;
  /** No scope is entered from now on. */
  readonly refuse: () => void;
  /** May background tasks be begun again afterwards? */
  readonly forGood: boolean;
}

/**
 * Brings an application to rest before anything of it is released. Intakes take no more at once, while what they took
 * may still enter scopes; then scopes are refused and those that are open drain; what is left at the limit is told to
 * end by its signal, and has a moment to answer before intakes cut it; background tasks end last, for requests may wait
 * for them. Gives what failed.
 */
export async function quiesce(parts: Quiescence): Promise<readonly ReleaseFailure[]> {
  const { scope, intakes, tasks, limits, startedAt, forGood } = parts;
  const until = Math.min(performance.now() + parts.drainTimeoutMs, limits.deadline);
  if (intakes.isOpen) {
    publishState('closing', startedAt);
    await before(until, intakes.close());
  }
  parts.refuse();
  const lastWordUntil = intakes.isClosing ? Math.min(until + lastWordMs, limits.deadline) : until;
  await drain(scope, startedAt, { until, lastWordUntil }, stoppedError());
  const failures = [...(await intakes.end(limits))];
  failures.push(...(await tasks.end(limits, forGood)));
  return failures;
}
