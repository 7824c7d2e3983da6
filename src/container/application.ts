import { setTimeout as sleep } from 'node:timers/promises';
import { BackgroundTasks } from '../protocols/background-tasks.js';
import { Intake } from '../protocols/intake.js';
import { type ApplicationPhase, Lifecycle } from '../protocols/lifecycle.js';
import { type ContextValues, type Resolver, ScopeRunner } from '../protocols/scope-runner.js';
import { all } from '../tokens/derived.js';
import type { Scope } from '../tokens/scope.js';
import { type Token, tokenName } from '../tokens/token.js';
import {
  type ApplicationState,
  canEnter,
  notRunningError,
  phaseOf,
  stoppedError,
} from './application-errors.js';
import type { ApplicationOptions, Complete, StopOptions } from './application-options.js';
import { Bindings } from './bindings.js';
import { Blueprint } from './blueprint.js';
import type { CountingContainer } from './counting-container.js';
import { type GraphDescription, describeGraph } from './drawing/description.js';
import { publishState } from './events.js';
import type { Factory } from './factory.js';
import { IntakeGroup } from './intake-group.js';
import {
  type BuildError,
  type ReleaseFailure,
  StartError,
  StopError,
  failuresOf,
} from './lifecycle-errors.js';
import type { OpenScope } from './open-scope.js';
import type { Step } from './plan.js';
import { GraphError, type GraphProblem } from './problem.js';
import { type AnyProvider, Provider } from './provider.js';
import { quiesce } from './quiesce.js';
import { type StopLimits, hold, stopLimits } from './release.js';
import { BuildLog, type StartReport } from './report.js';
import { runIn } from './scope-work.js';
import { defaultScopes } from './scopes.js';
import { Start, endStart } from './start.js';
import { TaskGroup } from './task-group.js';
import { validateGraph } from './validate.js';

type Key = Token<unknown>;

/**
 * The application's scope: the graph of its providers on an inversify container. Nothing is opened before
 * {@link start}.
 */
export class Application<
  const P extends readonly AnyProvider[] = readonly AnyProvider[],
  S extends string = Scope,
  const O extends readonly unknown[] = readonly unknown[],
  const C extends readonly unknown[] = readonly unknown[],
>
  implements Resolver, ScopeRunner, Lifecycle, AsyncDisposable
{
  readonly #options: ApplicationOptions<readonly unknown[], readonly unknown[], string>;
  readonly #bindings = new Bindings();
  readonly #blueprint: Blueprint;
  readonly #log = new BuildLog();
  readonly #tasks = new TaskGroup();
  readonly #intakes = new IntakeGroup();
  #scope: OpenScope | undefined;
  #state: ApplicationState = 'new';
  #start: Start | undefined;
  #starting: Promise<this> | undefined;
  #stopping: Promise<void> | undefined;
  #stopLimits: StopLimits | undefined;

  constructor(providers: Complete<P>, options: ApplicationOptions<O, C, S> = {}) {
    this.#options = options;
    const own = new Provider('slipway')
      .provide(ScopeRunner, { value: this })
      .provide(Lifecycle, { value: this })
      .provide(BackgroundTasks, { value: this.#tasks });
    this.#blueprint = new Blueprint(
      [own, ...(providers as readonly AnyProvider[])],
      this.#options.overrides ?? [],
      this.#options.scopes ?? defaultScopes,
      this.#bindings,
      {
        onBuilt: (step, durationMs) => {
          if (this.#state === 'starting') this.#log.add(step, durationMs);
        },
        onForeign: (step, key) => this.#holdForeign(step, key),
      },
    );
    for (const key of this.#blueprint.tokens)
      this.#bindings.bind(key, (asked) => this.#running(asked).ask(asked));
  }

  /** Makes an application and starts it. */
  static start<
    const P extends readonly AnyProvider[],
    S extends string = Scope,
    const O extends readonly unknown[] = readonly unknown[],
    const C extends readonly unknown[] = readonly unknown[],
  >(providers: Complete<P>, options: ApplicationOptions<O, C, S> = {}): Promise<Application<P, S, O, C>> {
    return new Application<P, S, O, C>(providers, options).start();
  }

  /**
   * The inversify container that every token is bound on. Rebind on it before `start()` and the real factory never
   * runs; on a running application the next scope sees it.
   */
  get container(): CountingContainer {
    return this.#bindings.container;
  }

  get phase(): ApplicationPhase {
    return phaseOf(this.#state);
  }

  built<T>(key: Token<T>): T | undefined {
    return this.#scope?.peek(key) as T | undefined;
  }

  /** @internal What it is made of, as it was provided. */
  get factories(): readonly Factory[] {
    return this.#blueprint.factories;
  }

  /** Every problem of the graph, as it would be started now; none if it is sound. Nothing is built. */
  validate(): readonly GraphProblem[] {
    return validateGraph(this.#blueprint.graph());
  }

  /**
   * Builds all eager factories of the application's scopes, in parallel along the graph, then opens its intakes.
   * Concurrent calls share one start; after a failed one everything opened is released, and it may be called again.
   * @throws GraphError if the graph has problems; nothing was opened.
   * @throws StartError if a factory or an intake failed, or the start took longer than `startTimeoutMs`.
   */
  start(): Promise<this> {
    // Not by its state: a stop() that still ends a start must not be followed by the next.
    if (this.#stopping !== undefined) return Promise.reject(stoppedError());
    this.#starting ??= this.#startOnce().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  /**
   * Stops in order: intakes take no more, what they took and open scopes have `drainTimeoutMs` to end, background tasks
   * end, each value is released after all that depend on it. Idempotent; a start that goes on is ended first.
   * @throws StopError with all that failed or hung; everything else was closed and released.
   */
  stop(options: StopOptions = {}): Promise<void> {
    this.#stopping ??= this.#stopOnce(options.unreadyMs ?? 0);
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** @see OpenScope.get */
  get<T>(key: Token<T>): Promise<T> {
    try {
      return this.#running(key).get(key);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @see OpenScope.getSync */
  getSync<T>(key: Token<T>): T {
    return this.#running(key).getSync(key);
  }

  /**
   * Opens the next scope that is not skipped, or the one named.
   * @see OpenScope.enter
   */
  enter<const T extends readonly unknown[] = []>(scope?: S, context?: ContextValues<T>): OpenScope {
    if (!canEnter(this.#state) || this.#scope === undefined) throw notRunningError(this.#state);
    return this.#scope.enter(scope, context);
  }

  /** @internal The scopes that were entered from the application's own and are open. */
  get openScopes(): readonly OpenScope[] {
    return this.#scope?.innerScopes() ?? [];
  }

  async runInScope<R, const T extends readonly unknown[]>(
    scope: string,
    context: ContextValues<T>,
    work: (scope: OpenScope) => R | Promise<R>,
  ): Promise<R> {
    return runIn(this.enter(scope as S, context), work);
  }

  /** What the last start built, when, and what it waited for. */
  report(): StartReport {
    return this.#log.report(this.#blueprint.scopes.map(({ name }) => name));
  }

  /** The graph as it would be started now, with the times of the last start; what {@link graph} draws. */
  describe(): GraphDescription {
    return describeGraph(this.#blueprint.graph(), this.#log.times());
  }

  async #startOnce(): Promise<this> {
    const startedAt = performance.now();
    this.#state = 'starting';
    publishState('starting', startedAt);
    try {
      const problems = validateGraph(this.#blueprint.renewedPlan().graph);
      if (problems.length > 0) throw new GraphError(problems);
      await this.#build();
    } catch (error) {
      this.#state = 'new';
      publishState('start-failed', startedAt, error);
      throw error;
    }
    this.#state = 'started';
    publishState('started', startedAt);
    return this;
  }

  async #build(): Promise<void> {
    this.#log.begin();
    const scope = this.#blueprint.open(this.#options.context ?? []);
    this.#scope = scope;
    this.#start = new Start(scope, this.#options.startTimeoutMs ?? 60_000);
    const [first, ...others] = await this.#start.run((signal, fail) => this.#open(scope, signal, fail));
    this.#start = undefined;
    if (first === undefined) return;
    const limits = this.#limits();
    const left = await this.#quiesce(scope, limits, performance.now(), 'starting');
    this.#scope = undefined;
    const released = await scope.closeWithin(limits, first).then(
      () => [],
      (error: unknown) => failuresOf(error, scope.name),
    );
    throw new StartError(first, others, [...left, ...released]);
  }

  async #open(scope: OpenScope, signal: AbortSignal, fail: (failure: BuildError) => void): Promise<void> {
    this.#state = 'opening';
    if (!this.#blueprint.collects(Intake)) return;
    await this.#intakes.open(await scope.get(all(Intake)), signal, fail);
  }

  #quiesce(scope: OpenScope, limits: StopLimits, startedAt: number, next: 'starting' | 'stopping') {
    return quiesce({
      scope,
      intakes: this.#intakes,
      tasks: this.#tasks,
      limits,
      startedAt,
      drainTimeoutMs: this.#options.drainTimeoutMs ?? 10_000,
      refuse: () => {
        this.#state = next;
      },
      forGood: next === 'stopping',
    });
  }

  async #stopOnce(unreadyMs: number): Promise<void> {
    const startedAt = performance.now();
    const limits = this.#limits();
    this.#stopLimits = limits;
    if (this.phase === 'starting') {
      // Only then: a factory may call stop() before start() has given its promise. Whoever called start() has its error.
      const ended = Promise.resolve().then(() => this.#starting?.catch(() => undefined));
      await endStart(this.#start, ended, limits.deadline);
    }
    const scope = this.#scope;
    this.#state = scope === undefined ? 'stopping' : 'leaving';
    publishState('stopping', startedAt);
    const failures: ReleaseFailure[] = [];
    if (scope !== undefined) {
      if (unreadyMs > 0) await this.#tellUnready(Math.min(unreadyMs, limits.deadline - startedAt), startedAt);
      failures.push(...(await this.#quiesce(scope, limits, startedAt, 'stopping')));
      await scope
        .closeWithin(limits)
        .catch((error: unknown) => failures.push(...failuresOf(error, scope.name)));
    }
    failures.push(...(await this.#bindings.releaseForeign(limits)));
    this.#state = 'stopped';
    this.#scope = undefined;
    const error = failures.length === 0 ? undefined : new StopError('The application', failures);
    publishState('stopped', startedAt, error);
    if (error !== undefined) throw error;
  }

  async #tellUnready(forMs: number, startedAt: number): Promise<void> {
    publishState('unready', startedAt);
    await sleep(forMs);
  }

  /** A stop() that ends a failed start has its time, not twice as much. */
  #limits(): StopLimits {
    return this.#stopLimits ?? stopLimits(this.#options.stopTimeoutMs ?? 25_000);
  }

  #running(key: Key): OpenScope {
    const scope = this.#scope;
    if (scope === undefined) throw notRunningError(this.#state, tokenName(key));
    return scope;
  }

  /** What others bound ends with the application, in its place; a failed start leaves it for the next. */
  #holdForeign(step: Step, key: Key): void {
    const release = (): Promise<void> | undefined =>
      this.#state === 'stopping' ? this.#bindings.release(key) : undefined;
    if (this.#scope !== undefined) hold(this.#scope, step, undefined, release);
  }
}
