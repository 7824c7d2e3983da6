import { timeoutError } from './build-errors.js';
import { before, late } from './deadline.js';
import type { Outcome } from './factory.js';
import { type ReleaseFailure, StopError, failuresOf } from './lifecycle-errors.js';
import type { OpenScope } from './open-scope.js';
import {
  type ReleaseLimits,
  releaseAll,
  releaseAllSync,
  releaseOnly,
  success,
  unlimited,
} from './release.js';
import { asynchronousCloseError, closedError, leftClosingError } from './scope-errors.js';
import type { ScopeState } from './scope-state.js';

/** The end of a scope that holds nothing. */
export const done = Promise.resolve();

/** Is there anything to release, to close or to wait for? */
export function isUsed({ held, building, extras }: ScopeState): boolean {
  return held !== undefined || building > 0 || (extras !== undefined && extras.innerCount > 0);
}

/** Closes what is inside, waits for what is being built, releases everything. */
export function closeAll(scope: OpenScope, limits: ReleaseLimits, error: unknown): Promise<void> {
  const { held, extras } = scope;
  const isUsual =
    held !== undefined &&
    held.before === undefined &&
    held.step.node.stopTimeoutMs === undefined &&
    limits === unlimited &&
    scope.building === 0 &&
    (extras === undefined || extras.innerCount === 0) &&
    scope.outer?.shape.implied !== true;
  if (!isUsual) return closeInOrder(scope, limits, error);
  if (extras !== undefined) abortSignal(scope);
  return releaseOnly(scope, held, outcomeOf(error), (failure) => {
    scope.leave();
    if (failure !== undefined) throw new StopError(`Scope ${scope.name}`, [failure], error);
  });
}

async function closeInOrder(scope: OpenScope, limits: ReleaseLimits, error: unknown): Promise<void> {
  const failures: ReleaseFailure[] = [];
  const add = (reason: unknown): void => {
    failures.push(...failuresOf(reason, scope.name));
  };
  abortSignal(scope);
  await Promise.all(scope.innerScopes().map((inner) => closeInTime(inner, limits, error).catch(add)));
  scope.more().refuses = true;
  await endBuilds(scope, limits, failures);
  failures.push(...(await releaseAll(scope, outcomeOf(error), limits)));
  scope.leave();
  await closeImplied(scope, limits, error).catch(add);
  if (failures.length > 0) throw new StopError(`Scope ${scope.name}`, failures, error);
}

/** Closes the scope that opened with this one, unless it is closing already: then it waits for this one. */
export function closeImplied({ outer }: OpenScope, limits: ReleaseLimits, error: unknown): Promise<void> {
  return outer?.shape.implied === true && outer.closing === undefined
    ? outer.closeWithin(limits, error)
    : done;
}

/** As `closeWithin`, also where the scope's user closes it already, without a limit. */
async function closeInTime(scope: OpenScope, limits: ReleaseLimits, error: unknown): Promise<void> {
  const { deadline } = limits;
  if (scope.closing === undefined || deadline === undefined) return scope.closeWithin(limits, error);
  if ((await before(deadline, scope.closing)) !== late) return;
  const failure = { token: scope.name, error: leftClosingError(scope) };
  throw new StopError(`Scope ${scope.name}`, [failure]);
}

/** Waits for what is being built, so that it can be released; gives up what takes too long. */
async function endBuilds(
  scope: OpenScope,
  { deadline }: ReleaseLimits,
  failures: ReleaseFailure[],
): Promise<void> {
  const startedAt = performance.now();
  const allEnded = async (): Promise<void> => {
    for (let builds = scope.activeBuilds(); builds.length > 0; builds = scope.activeBuilds()) {
      await Promise.allSettled(builds.map((build) => build.promise ?? done));
    }
  };
  if ((deadline === undefined ? await allEnded() : await before(deadline, allEnded())) !== late) return;
  for (const build of scope.activeBuilds()) {
    const error = timeoutError(build.step, Math.round(performance.now() - startedAt));
    failures.push({ token: build.step.node.name, error });
    build.abandon(error);
  }
}

/** Closes without waiting. @throws SlipwayError SLIPWAY_CONTAINER_ASYNC if something has to be waited for. */
export function disposeAll(scope: OpenScope): void {
  const inBackground = (work: Promise<void>): void => {
    scope.closing = work;
    work.catch((error: unknown) => process.emitWarning(error as Error));
  };
  if (scope.building > 0 || (scope.extras?.innerCount ?? 0) > 0) {
    inBackground(closeInOrder(scope, unlimited, undefined));
    throw asynchronousCloseError(scope, 'has open scopes or unfinished builds inside it');
  }
  if (scope.extras !== undefined) abortSignal(scope);
  const failures: ReleaseFailure[] = [];
  const unfinished = releaseAllSync(scope, failures);
  if (unfinished === undefined) {
    scope.leave();
    if (failures.length > 0) throw new StopError(`Scope ${scope.name}`, failures);
    return;
  }
  const end = async (): Promise<void> => {
    await unfinished.ended;
    scope.leave();
    await closeImplied(scope, unlimited, undefined);
    if (failures.length > 0) throw new StopError(`Scope ${scope.name}`, failures);
  };
  inBackground(end());
  throw asynchronousCloseError(scope, `holds ${unfinished.tokens.join(', ')}, whose release is asynchronous`);
}

/** Tells the work in the scope that it ends. */
export function abortSignal(scope: ScopeState): void {
  const controller = scope.extras?.controller;
  if (controller !== undefined) controller.abort(closedError(scope));
}

function outcomeOf(error: unknown): Outcome {
  return error === undefined ? success : { error };
}
