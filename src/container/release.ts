import { SlipwayError } from '../errors/slipway-error.js';
import { containerEvents } from './events.js';
import { type Outcome, isThenable } from './factory.js';
import type { ReleaseFailure } from './lifecycle-errors.js';
import type { Step } from './plan.js';
import { inOrder } from './release-order.js';
import type { ScopeState } from './scope-state.js';

/** Something that a scope has to release. */
export interface ReleaseEntry {
  readonly step: Step;
  readonly value: unknown;
  readonly release: (value: unknown, outcome: Outcome) => void | PromiseLike<void>;
  /** What was built before it. */
  readonly before: ReleaseEntry | undefined;
}

/** How long releases may take. */
export interface ReleaseLimits {
  /** For a factory without a limit of its own, in milliseconds; none if undefined. */
  readonly eachMs: number | undefined;
  /** When everything must have ended, on the clock of `performance.now()`; never if undefined. */
  readonly deadline: number | undefined;
}

/** How long a stop of the application may take. */
export type StopLimits = { readonly [K in keyof ReleaseLimits]: number };

/** The longest a single release takes unless its factory says otherwise, in milliseconds. */
const releaseTimeoutMs = 10_000;

/** The limits of a stop that begins now. */
export function stopLimits(stopTimeoutMs: number): StopLimits {
  return { eachMs: releaseTimeoutMs, deadline: performance.now() + stopTimeoutMs };
}

export const unlimited: ReleaseLimits = { eachMs: undefined, deadline: undefined };

/** The outcome of work that did not fail. */
export const success: Outcome = Object.freeze({});

/** What a release still gets when the total limit has passed before its turn, in milliseconds. */
const leastMs = 50;

/**
 * Releases everything a scope holds: each value after all that depend on it, independent ones in parallel. One that
 * fails or hangs does not keep the others. Never rejects.
 */
export async function releaseAll(
  scope: ScopeState,
  outcome: Outcome,
  limits: ReleaseLimits,
): Promise<readonly ReleaseFailure[]> {
  const failures: ReleaseFailure[] = [];
  for (let entries = take(scope); entries.length > 0; entries = take(scope)) {
    const ended = new Map<ReleaseEntry, Promise<void>>();
    for (const { entry, after } of inOrder(entries, scope.more().uses)) {
      const before = after.map((dependant) => ended.get(dependant) as Promise<void>);
      const run = (): Promise<void> => releaseOne(scope, entry, outcome, limits, failures);
      ended.set(entry, before.length === 0 ? run() : Promise.all(before).then(run));
    }
    await Promise.all(ended.values());
  }
  return failures;
}

/**
 * Releases the one value of a scope, without a limit and without the machinery for several.
 * @param end called with the failure, if any; what it throws is what the promise rejects with.
 */
export async function releaseOnly(
  scope: ScopeState,
  entry: ReleaseEntry,
  outcome: Outcome,
  end: (failure?: ReleaseFailure) => void,
): Promise<void> {
  scope.held = undefined;
  const startedAt = containerEvents.release.hasSubscribers ? performance.now() : 0;
  try {
    const released = entry.release(entry.value, outcome);
    if (isThenable(released)) await released;
  } catch (error) {
    publishRelease(scope, entry, startedAt, { error });
    return end({ token: entry.step.node.name, error });
  }
  publishRelease(scope, entry, startedAt, undefined);
  return end();
}

/** Notes something to be released when the scope ends. */
export function hold(scope: ScopeState, step: Step, value: unknown, release: ReleaseEntry['release']): void {
  scope.held = { step, value, release, before: scope.held };
}

/** Takes what has to be released, in the order it was built. */
function take(scope: ScopeState): readonly ReleaseEntry[] {
  const entries: ReleaseEntry[] = [];
  for (let entry = scope.held; entry !== undefined; entry = entry.before) entries.push(entry);
  scope.held = undefined;
  return entries.toReversed();
}

async function releaseOne(
  scope: ScopeState,
  entry: ReleaseEntry,
  outcome: Outcome,
  limits: ReleaseLimits,
  failures: ReleaseFailure[],
): Promise<void> {
  const startedAt = performance.now();
  let failure: { readonly error: unknown } | undefined;
  try {
    const released = entry.release(entry.value, outcome);
    if (isThenable(released)) {
      const { name, stopTimeoutMs } = entry.step.node;
      await withinLimit(name, released, limits, startedAt, stopTimeoutMs);
    }
  } catch (error) {
    failure = { error };
    failures.push({ token: entry.step.node.name, error });
  }
  publishRelease(scope, entry, startedAt, failure);
}

/** Tells of a release that has ended. */
function publishRelease(
  scope: ScopeState,
  { step }: ReleaseEntry,
  startedAt: number,
  failure: { readonly error: unknown } | undefined,
): void {
  if (!containerEvents.release.hasSubscribers) return;
  const durationMs = performance.now() - startedAt;
  containerEvents.release.publish({
    token: step.node.name,
    scope: scope.shape.name,
    durationMs,
    ...failure,
  });
}

/**
 * Waits for a release of `name` that began at `startedAt`, but no longer than it may take.
 * @throws SlipwayError SLIPWAY_CONTAINER_TIMEOUT that names what was left hanging.
 */
export async function withinLimit(
  name: string,
  released: PromiseLike<void>,
  { eachMs, deadline }: ReleaseLimits,
  startedAt: number,
  stopTimeoutMs?: number,
): Promise<void> {
  const own = stopTimeoutMs ?? eachMs ?? Infinity;
  const left = deadline === undefined ? Infinity : Math.max(leastMs, deadline - startedAt);
  const limitMs = Math.min(own, left);
  if (limitMs === Infinity) return released;
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(hung(name, limitMs)), limitMs);
  });
  try {
    return await Promise.race([released, expired]);
  } finally {
    clearTimeout(timer);
  }
}

function hung(name: string, limitMs: number): SlipwayError {
  return new SlipwayError('SLIPWAY_CONTAINER_TIMEOUT', {
    message: `The release of ${name} did not end within ${Math.round(limitMs)} ms and was left. Bound what it waits for, or raise its stopTimeoutMs.`,
    context: { key: name, limitMs },
  });
}

/** What {@link releaseAllSync} could not end: it goes on in the background. */
export interface Unfinished {
  readonly tokens: readonly string[];
  readonly ended: Promise<void>;
}

/**
 * Releases without waiting, in the same order as {@link releaseAll}. Gives what turned out to be asynchronous, if anything
 * did; failures are added to `failures`, also those that come later.
 */
export function releaseAllSync(scope: ScopeState, failures: ReleaseFailure[]): Unfinished | undefined {
  const { held } = scope;
  if (held !== undefined && held.before === undefined) {
    scope.held = undefined;
    const ended = releaseSync(scope, held, failures);
    return ended === undefined ? undefined : { tokens: [held.step.node.name], ended };
  }
  const tokens: string[] = [];
  const unfinished = new Map<ReleaseEntry, Promise<void>>();
  for (const { entry, after } of inOrder(take(scope), scope.extras?.uses)) {
    const before = after.flatMap((dependant) => unfinished.get(dependant) ?? []);
    if (before.length > 0) {
      unfinished.set(
        entry,
        Promise.all(before).then(() => releaseSync(scope, entry, failures)),
      );
      continue;
    }
    const ended = releaseSync(scope, entry, failures);
    if (ended === undefined) continue;
    tokens.push(entry.step.node.name);
    unfinished.set(entry, ended);
  }
  if (tokens.length === 0) return undefined;
  return { tokens, ended: Promise.all(unfinished.values()).then(() => undefined) };
}

function releaseSync(
  scope: ScopeState,
  entry: ReleaseEntry,
  failures: ReleaseFailure[],
): Promise<void> | undefined {
  const startedAt = containerEvents.release.hasSubscribers ? performance.now() : 0;
  let failure: { readonly error: unknown } | undefined;
  try {
    const released = entry.release(entry.value, success);
    if (isThenable(released)) return releaseLater(scope, entry, released, startedAt, failures);
  } catch (error) {
    failure = { error };
    failures.push({ token: entry.step.node.name, error });
  }
  publishRelease(scope, entry, startedAt, failure);
  return undefined;
}

async function releaseLater(
  scope: ScopeState,
  entry: ReleaseEntry,
  released: PromiseLike<void>,
  startedAt: number,
  failures: ReleaseFailure[],
): Promise<void> {
  let failure: { readonly error: unknown } | undefined;
  try {
    await released;
  } catch (error) {
    failure = { error };
    failures.push({ token: entry.step.node.name, error });
  }
  publishRelease(scope, entry, startedAt, failure);
}
