import { setTimeout as sleep } from 'node:timers/promises';
import { Intake } from '../protocols/intake.js';
import { all } from '../tokens/derived.js';
import type { Token } from '../tokens/token.js';
import { type ApplicationState, phaseOf } from './application-errors.js';
import type { ApplicationOptions } from './application-options.js';
import type { Bindings } from './bindings.js';
import type { Blueprint } from './blueprint.js';
import { publishState } from './events.js';
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
import { GraphError } from './problem.js';
import { quiesce } from './quiesce.js';
import { type StopLimits, hold, stopLimits } from './release.js';
import type { BuildLog } from './report.js';
import { Start, endStart } from './start.js';
import type { TaskGroup } from './task-group.js';
import { validateGraph } from './validate.js';

export interface LifecycleParts {
  readonly blueprint: Blueprint;
  readonly bindings: Bindings;
  readonly log: BuildLog;
  readonly tasks: TaskGroup;
  readonly options: Pick<
    ApplicationOptions<readonly unknown[], readonly unknown[], string>,
    'context' | 'startTimeoutMs' | 'stopTimeoutMs' | 'drainTimeoutMs'
  >;
}

/** The rest of the stop is for what the application has to finish and to release: without it, all would be cut. */
const unreadyShare = 0.5;

/** An application's way from `new` to `stopped`: what is opened and closed on it, in which order, and in which time. */
export class ApplicationLifecycle {
  readonly #parts: LifecycleParts;
  readonly #intakes = new IntakeGroup();
  #scope: OpenScope | undefined;
  #state: ApplicationState = 'new';
  #start: Start | undefined;
  #starting: Promise<void> | undefined;
  #stopLimits: StopLimits | undefined;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
  }

  get state(): ApplicationState {
    return this.#state;
  }

  /** The application's own, from the beginning of a start to its failure, or to the end of the stop. */
  get scope(): OpenScope | undefined {
    return this.#scope;
  }

  /** Not while another start or the stop goes on. @throws GraphError, StartError. It may be called again then. */
  start(): Promise<void> {
    this.#starting = this.#startOnce();
    return this.#starting;
  }

  /** Once. Ends a start that goes on. @throws StopError */
  async stop(unreadyMs: number): Promise<void> {
    const startedAt = performance.now();
    const limits = this.#limits();
    this.#stopLimits = limits;
    if (phaseOf(this.#state) === 'starting') {
      // Only then: a factory may call stop() before start() has given its promise. Whoever called start() has its error.
      const ended = Promise.resolve().then(() => this.#starting?.catch(() => undefined));
      await endStart(this.#start, ended, limits.deadline);
    }
    const scope = this.#scope;
    this.#state = scope === undefined ? 'stopping' : 'leaving';
    publishState('stopping', startedAt);
    const failures: ReleaseFailure[] = [];
    if (scope !== undefined) {
      if (unreadyMs > 0) {
        const leftMs = Math.max(0, limits.deadline - performance.now());
        await this.#tellUnready(Math.min(unreadyMs, leftMs * unreadyShare), startedAt);
      }
      failures.push(...(await this.#quiesce(scope, limits, startedAt, 'stopping')));
      await scope
        .closeWithin(limits)
        .catch((error: unknown) => failures.push(...failuresOf(error, scope.name)));
    }
    failures.push(...(await this.#parts.bindings.releaseForeign(limits)));
    this.#state = 'stopped';
    this.#scope = undefined;
    const error = failures.length === 0 ? undefined : new StopError('The application', failures);
    publishState('stopped', startedAt, error);
    if (error !== undefined) throw error;
  }

  /** What others bound ends with the application, in its place; a failed start leaves it for the next. */
  holdForeign(step: Step, key: Token<unknown>): void {
    const release = (): Promise<void> | undefined =>
      this.#state === 'stopping' ? this.#parts.bindings.release(key) : undefined;
    if (this.#scope !== undefined) hold(this.#scope, step, undefined, release);
  }

  async #startOnce(): Promise<void> {
    const startedAt = performance.now();
    this.#state = 'starting';
    publishState('starting', startedAt);
    try {
      const problems = validateGraph(this.#parts.blueprint.renewedPlan().graph);
      if (problems.length > 0) throw new GraphError(problems);
      await this.#build();
    } catch (error) {
      this.#state = 'new';
      publishState('start-failed', startedAt, error);
      throw error;
    }
    this.#state = 'started';
    publishState('started', startedAt);
  }

  async #build(): Promise<void> {
    this.#parts.log.begin();
    const scope = this.#parts.blueprint.open(this.#parts.options.context ?? []);
    this.#scope = scope;
    this.#start = new Start(scope, this.#parts.options.startTimeoutMs ?? 60_000);
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
    if (!this.#parts.blueprint.collects(Intake)) return;
    await this.#intakes.open(await scope.get(all(Intake)), signal, fail);
  }

  #quiesce(scope: OpenScope, limits: StopLimits, startedAt: number, next: 'starting' | 'stopping') {
    return quiesce({
      scope,
      intakes: this.#intakes,
      tasks: this.#parts.tasks,
      limits,
      startedAt,
      drainTimeoutMs: this.#parts.options.drainTimeoutMs ?? 10_000,
      refuse: () => {
        this.#state = next;
      },
      forGood: next === 'stopping',
    });
  }

  async #tellUnready(forMs: number, startedAt: number): Promise<void> {
    publishState('unready', startedAt);
    await sleep(forMs);
  }

  /** A stop() that ends a failed start has its time, not twice as much. */
  #limits(): StopLimits {
    return this.#stopLimits ?? stopLimits(this.#parts.options.stopTimeoutMs ?? 25_000);
  }
}
