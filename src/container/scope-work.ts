import { before, late } from './deadline.js';
import { publishState } from './events.js';
import type { OpenScope } from './open-scope.js';

/** Runs `work` in a scope that ends with it. */
export async function runIn<R>(scope: OpenScope, work: (scope: OpenScope) => R | Promise<R>): Promise<R> {
  let result: R;
  try {
    result = await work(scope);
  } catch (error) {
    await scope.close(error).catch((failure: unknown) => process.emitWarning(failure as Error));
    throw error;
  }
  await scope.close();
  return result;
}

interface DrainLimits {
  /** The work in scopes that are left is asked to end then, on the clock of `performance.now()`. */
  readonly until: number;
  /** How much longer that work is waited for, on the same clock. */
  readonly lastWordUntil: number;
}

/** Waits until every scope inside `scope` has been closed by its user. At the limit the work in those that are left is asked to end. */
export async function drain(
  scope: OpenScope,
  startedAt: number,
  { until, lastWordUntil }: DrainLimits,
  reason: unknown,
): Promise<void> {
  if (scope.innerScopes().length === 0) return;
  publishState('draining', startedAt);
  const drained = new Promise<void>((resolve) => {
    scope.more().onEmpty = resolve;
  });
  if ((await before(until, drained)) === late) {
    for (const inner of scope.innerScopes()) inner.abort(reason);
    if (lastWordUntil > until) await before(lastWordUntil, drained);
  }
  publishState('drained', startedAt);
}
