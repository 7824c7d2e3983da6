import { stoppedStartError } from './application-errors.js';
import { openTimeoutError, timeoutError } from './build-errors.js';
import { before, late } from './deadline.js';
import { BuildError } from './lifecycle-errors.js';
import type { OpenScope } from './open-scope.js';
import type { Step } from './plan.js';
import { resolve } from './resolve.js';
import type { ScopeState } from './scope-state.js';
import { wayTo } from './validate.js';

/** How long builds that go on after a failure may take to end, in milliseconds. */
const graceMs = 10_000;

/** Opens the intakes; each failure is told at once. */
export type Open = (signal: AbortSignal, fail: (failure: BuildError) => void) => Promise<void>;

/** Everything eager in the application's scopes, built in parallel along the graph. */
export class Start {
  readonly #app: OpenScope;
  readonly #failures: BuildError[] = [];
  readonly #startedAt = performance.now();
  #timer: NodeJS.Timeout;
  #ended = false;
  readonly #opening = new AbortController();

  /** @param timeoutMs after which all that is still being built counts as failed. */
  constructor(app: OpenScope, timeoutMs: number) {
    this.#app = app;
    this.#timer = setTimeout(() => this.giveUp(), timeoutMs);
  }

  /**
   * Builds, and opens the intakes. Gives the failures, the earliest first; after one nothing more is begun, and what was
   * begun has ended.
   */
  async run(open: Open): Promise<readonly BuildError[]> {
    const begun: Promise<unknown>[] = [];
    const { plan, level } = this.#app.shape;
    for (const step of plan.eagerSteps(level)) {
      if (this.#failures.length > 0) break;
      try {
        const value = resolve(this.#app, step);
        if (value instanceof Promise) begun.push(value.catch((error: unknown) => this.#fail(step, error)));
      } catch (error) {
        this.#fail(step, error);
      }
    }
    await Promise.all(begun);
    if (this.#failures.length === 0) {
      await open(this.#opening.signal, (failure) => this.abort(failure)).catch((error: unknown) => {
        this.abort(error instanceof BuildError ? error : BuildError.of('Intake', error));
      });
    }
    clearTimeout(this.#timer);
    this.#ended = true;
    return this.#failures;
  }

  /** Notes a failure: nothing more is begun, and what is being built is asked to end. */
  abort(failure: BuildError): void {
    // All is built already: whoever stops the application finds it started.
    if (this.#ended) return;
    if (this.#failures.some((known) => isConsequence(failure, known))) return;
    this.#failures.push(failure);
    if (this.#failures.length > 1) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.giveUp(), graceMs);
    this.#opening.abort(failure);
    for (const scope of this.#scopes()) {
      scope.more().refuses = true;
      for (const build of scope.activeBuilds()) build.askToEnd(failure);
    }
  }

  /** Draws the path from a thing that nothing else needs: the failed one alone says little. */
  #fail(step: Step, error: unknown): void {
    const failure = error instanceof BuildError ? error : BuildError.of(step.node.name, error);
    const dependants = wayTo(this.#app.shape.plan.graph, step.node).slice(0, -1);
    this.abort(dependants.reduceRight((path, name) => path.from(name), failure));
  }

  /** Waits no longer for what is being built. */
  giveUp(): void {
    const elapsedMs = Math.round(performance.now() - this.#startedAt);
    for (const scope of this.#scopes()) {
      scope.more().refuses = true;
      for (const build of scope.activeBuilds()) build.abandon(timeoutError(build.step, elapsedMs));
    }
    this.#opening.abort(openTimeoutError(elapsedMs));
  }

  *#scopes(): Iterable<ScopeState> {
    for (let scope: ScopeState | undefined = this.#app; scope !== undefined; scope = scope.outer) yield scope;
  }
}

/**
 * Ends a start for a stop(). At `deadline` what is still being built is given up.
 * @param start undefined where nothing is built yet, or nothing any more.
 * @param ended resolves when the start has ended.
 */
export async function endStart(
  start: Start | undefined,
  ended: Promise<unknown>,
  deadline: number,
): Promise<void> {
  start?.abort(stoppedStartError());
  if ((await before(deadline, ended)) !== late) return;
  start?.giveUp();
  await ended;
}

/** Did `failure` happen only because of `known`: the same cause further up, or refused after it? */
function isConsequence(failure: BuildError, known: BuildError): boolean {
  if (failure.code === 'SLIPWAY_CONTAINER_CLOSED') return true;
  if (failure.cause !== undefined) return failure.cause === known.cause;
  return failure.code === known.code && failure.path.at(-1) === known.path.at(-1);
}
