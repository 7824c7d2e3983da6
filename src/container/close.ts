import { timedOut } from './create.js';
import { before, late } from './deadline.js';
import { type ReleaseFailure, StopError } from './lifecycle-errors.js';
import type { OpenScope } from './open-scope.js';
import { type ReleaseLimits, releaseAll, releaseAllSync, releaseOnly, unlimited } from './release.js';
import { asynchronousCloseError, closedError, leftClosingError } from './scope-errors.js';
import type { ScopeState } from './scope-state.js';

/** The end of a scope that holds nothing. */
export const done = Promise.resolve();

/** Is there anything to release, to close or to wait for? */
export function isUsed({ extras }: ScopeState): boolean {
  return (
    extras !== undefined && (extras.releases !== undefined || extras.inner !== undefined || isBusy(extras))
  );
}

function isBusy({ builds }: NonNullable<ScopeState['extras']>): boolean {
  return builds !== undefined && builds.size > 0;
}

/** Closes what is inside, waits for what is being built, releases everything. */
export function closeAll(scope: OpenScope, limits: ReleaseLimits, error: unknown): Promise<void> {
  const extras = scope.more();
  const isUsual =
    extras.releases?.length === 1 &&
    extras.releases[0]?.step.node.stopTimeoutMs === undefined &&
    limits === unlimited &&
    extras.inner === undefined &&
    !isBusy(extras) &&
    scope.outer?.shape.implied !== true;
  if (!isUsual) return closeInOrder(scope, limits, error);
  abortSignal(scope);
  extras.refuses = true;
  return releaseOnly(scope, outcomeOf(error), (failure) => {
    scope.leave();
    if (failure !== undefined) throw new StopError(`Scope ${scope.name}`, [failure], error);
  });
}

async function closeInOrder(scope: OpenScope, limits: ReleaseLimits, error: unknown): Promise<void> {
  const failures: ReleaseFailure[] = [];
  const add = (reason: unknown): void => {
    if (reason instanceof StopError) failures.push(...reason.failures);
    else failures.push({ token: scope.name, error: reason });
  };
  abortSignal(scope);
  await Promise.all(scope.innerScopes().map((inner) => closeInTime(inner, limits, error).catch(add)));
  scope.more().refuses = true;
  await endBuilds(scope, limits, failures);
  failures.push(...(await releaseAll(scope, outcomeOf(error), limits)));
  scope.leave();
  if (scope.outer?.shape.implied === true) await scope.outer.closeWithin(limits, error).catch(add);
  if (failures.length > 0) throw new StopError(`Scope ${scope.name}`, failures, error);
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
    const error = timedOut(build.step, Math.round(performance.now() - startedAt));
    failures.push({ token: build.step.node.name, error });
    build.abandon(error);
  }
}

/** Closes without waiting. @throws SlipwayError SLIPWAY_CONTAINER_ASYNC if something has to be waited for. */
export function disposeAll(scope: OpenScope): void {
  const extras = scope.more();
  const inBackground = (work: Promise<void>): void => {
    scope.closing = work;
    work.catch((error: unknown) => process.emitWarning(error as Error));
  };
  if (extras.inner !== undefined || isBusy(extras)) {
    inBackground(closeInOrder(scope, unlimited, undefined));
    throw asynchronousCloseError(scope, 'has open scopes or unfinished builds inside it');
  }
  abortSignal(scope);
  extras.refuses = true;
  const { failures, asynchronous, rest } = releaseAllSync(scope, {});
  const report = (): void => {
    if (failures.length > 0) throw new StopError(`Scope ${scope.name}`, failures);
  };
  if (asynchronous.length > 0) {
    inBackground(
      rest.then(async () => {
        scope.leave();
        if (scope.outer?.shape.implied === true) await scope.outer.close();
        report();
      }),
    );
    throw asynchronousCloseError(scope, `holds ${asynchronous.join(', ')}, whose release is asynchronous`);
  }
  scope.leave();
  report();
}

/** Tells the work in the scope that it ends. */
export function abortSignal(scope: ScopeState): void {
  const controller = scope.extras?.controller;
  if (controller !== undefined) controller.abort(closedError(scope));
}

function outcomeOf(error: unknown): { readonly error?: unknown } {
  return error === undefined ? {} : { error };
}
