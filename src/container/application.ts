import { BackgroundTasks } from '../protocols/background-tasks.js';
import { type ApplicationPhase, Lifecycle } from '../protocols/lifecycle.js';
import { type ContextValues, type Resolver, ScopeRunner } from '../protocols/scope-runner.js';
import type { Scope } from '../tokens/scope.js';
import { type Token, tokenName } from '../tokens/token.js';
import { canEnter, notRunningError, phaseOf, stoppedError } from './application-errors.js';
import { ApplicationLifecycle } from './application-lifecycle.js';
import type { ApplicationOptions, Complete, StopOptions } from './application-options.js';
import { Bindings } from './bindings.js';
import { Blueprint } from './blueprint.js';
import type { CountingContainer } from './counting-container.js';
import { type GraphDescription, describeGraph } from './drawing/description.js';
import type { Factory } from './factory.js';
import type { OpenScope } from './open-scope.js';
import type { GraphProblem } from './problem.js';
import { type AnyProvider, Provider } from './provider.js';
import { BuildLog, type StartReport } from './report.js';
import { runIn } from './scope-work.js';
import { defaultScopes } from './scopes.js';
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
  readonly #bindings = new Bindings();
  readonly #blueprint: Blueprint;
  readonly #log = new BuildLog();
  readonly #lifecycle: ApplicationLifecycle;
  #starting: Promise<this> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(providers: Complete<P>, options: ApplicationOptions<O, C, S> = {}) {
    const tasks = new TaskGroup();
    const own = new Provider('slipway')
      .provide(ScopeRunner, { value: this })
      .provide(Lifecycle, { value: this })
      .provide(BackgroundTasks, { value: tasks });
    this.#blueprint = new Blueprint(
      [own, ...(providers as readonly AnyProvider[])],
      options.overrides ?? [],
      options.scopes ?? defaultScopes,
      this.#bindings,
      {
        onBuilt: (step, durationMs) => {
          if (this.#lifecycle.state === 'starting') this.#log.add(step, durationMs);
        },
        onForeign: (step, key) => this.#lifecycle.holdForeign(step, key),
      },
    );
    this.#lifecycle = new ApplicationLifecycle({
      blueprint: this.#blueprint,
      bindings: this.#bindings,
      log: this.#log,
      tasks,
      options,
    });
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
    return phaseOf(this.#lifecycle.state);
  }

  built<T>(key: Token<T>): T | undefined {
    return this.#lifecycle.scope?.peek(key) as T | undefined;
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
    this.#starting ??= this.#lifecycle.start().then(
      () => this,
      (error: unknown) => {
        this.#starting = undefined;
        throw error;
      },
    );
    return this.#starting;
  }

  /**
   * Stops in order: intakes take no more, what they took and open scopes have `drainTimeoutMs` to end, background tasks
   * end, each value is released after all that depend on it. Idempotent; a start that goes on is ended first.
   * @throws StopError with all that failed or hung; everything else was closed and released.
   */
  stop(options: StopOptions = {}): Promise<void> {
    this.#stopping ??= this.#lifecycle.stop(options.unreadyMs ?? 0);
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
    const { state, scope: own } = this.#lifecycle;
    if (!canEnter(state) || own === undefined) throw notRunningError(state);
    return own.enter(scope, context);
  }

  /** @internal The scopes that were entered from the application's own and are open. */
  get openScopes(): readonly OpenScope[] {
    return this.#lifecycle.scope?.innerScopes() ?? [];
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

  #running(key: Key): OpenScope {
    const { scope } = this.#lifecycle;
    if (scope === undefined) throw notRunningError(this.#lifecycle.state, tokenName(key));
    return scope;
  }
}
