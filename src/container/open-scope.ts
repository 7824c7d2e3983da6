import { SlipwayError } from '../errors/slipway-error.js';
import type { ContextValues, Resolver } from '../protocols/scope-runner.js';
import { type Token, tokenName } from '../tokens/token.js';
import { type Build, askingBuild, buildOf } from './build.js';
import { timedOut } from './create.js';
import { before, late } from './deadline.js';
import type { Graph } from './graph.js';
import { BuildError, type ReleaseFailure, StopError } from './lifecycle-errors.js';
import type { Shape, Step } from './plan.js';
import { type ReleaseLimits, releaseAll, releaseAllSync, releaseOnly, unlimited } from './release.js';
import { cycle, resolve, resolveSync } from './resolve.js';
import { ScopeState, nothing, ownerOf } from './scope-state.js';
import { suggestion } from './validate.js';

type Key = Token<unknown>;

const done = Promise.resolve();

/**
 * An open scope: it builds each of its tokens once, and its end releases them, each after all that depends on it. Made
 * by `enter`.
 */
export class OpenScope extends ScopeState implements Resolver, AsyncDisposable, Disposable {
  #closing: Promise<void> | undefined = undefined;
  #inner: OpenScope | undefined = undefined;
  #previous: OpenScope | undefined = undefined;
  #next: OpenScope | undefined = undefined;
  declare readonly outer: OpenScope | undefined;

  /** @internal */
  constructor(shape: Shape, outer: OpenScope | undefined) {
    super(shape, outer);
    if (outer === undefined) return;
    const next = outer.#inner;
    this.#next = next;
    if (next !== undefined) next.#previous = this;
    outer.#inner = this;
  }

  /** The scope's name: `APP`, `REQUEST`, ... */
  get name(): string {
    return this.shape.name;
  }

  /** Aborted when the scope begins to close, and when the application waits no longer for it. */
  get signal(): AbortSignal {
    const extras = this.more();
    if (extras.controller === undefined) {
      extras.controller = new AbortController();
      if (this.#closing !== undefined) extras.controller.abort(this.#closedError());
    }
    return extras.controller.signal;
  }

  /**
   * The value of `key` in this scope. Concurrent callers share one build; a failed one is not kept, so that a later
   * call tries again.
   * @throws BuildError if a factory fails or waits for itself, or if `key` cannot be had here.
   */
  get<T>(key: Token<T>): Promise<T> {
    try {
      const value = this.ask(key);
      return Promise.resolve(value as T);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @internal The value, or a promise where something on the way is asynchronous. */
  ask(key: Key): unknown {
    const step = this.#find(key);
    const asker = askingBuild();
    if (asker === undefined) return resolve(this, step);
    noteUse(asker, this, step);
    const owner = ownerOf(this, step.level);
    if (asker.isNeededBy(owner, step)) throw cycle([asker.step.node.name, step.node.name]);
    const value = resolve(this, step);
    if (!(value instanceof Promise)) return value;
    const build = buildOf(owner, step, value);
    if (build === undefined || asker.waitFor(build)) return value;
    // Nobody else may be listening: that build fails with what is thrown here.
    value.catch(() => undefined);
    throw cycle([asker.step.node.name, step.node.name]);
  }

  /**
   * The value of `key` in this scope, without waiting.
   * @throws BuildError SLIPWAY_CONTAINER_ASYNC if something on the way is asynchronous and not built yet; else as
   * {@link get}.
   */
  getSync<T>(key: Token<T>): T {
    const step = this.#find(key);
    const asker = askingBuild();
    if (asker !== undefined) noteUse(asker, this, step);
    return resolveSync(this, step) as T;
  }

  /**
   * Opens a scope inside this one: the next that is not skipped, or the one named.
   * @param context a value for each context token of the scope that is needed.
   * @throws SlipwayError SLIPWAY_CONTAINER_SCOPE, _CONTEXT, _CLOSED.
   */
  enter<const T extends readonly unknown[] = []>(scope?: string, context?: ContextValues<T>): OpenScope {
    if (this.#closing !== undefined) throw this.#closedError();
    const path = this.shape.runtime.plan().path(this.shape.level, scope);
    const opened = path.reduce((outer, shape) => new OpenScope(shape, outer), this as OpenScope);
    if (context !== undefined) opened.setContext(context, this);
    return opened;
  }

  /** @internal Puts in the values that were handed in on entering from `within`. */
  setContext(values: ContextValues, within: OpenScope | undefined): void {
    for (const [key, value] of values) {
      const step = this.shape.plan.find(key);
      const owner = step === undefined ? undefined : ownerOf(this, step.level);
      if (
        step?.node.kind !== 'context' ||
        owner === undefined ||
        step.level > this.shape.level ||
        owner === within
      ) {
        if (this.shape.plan.graph.selection.isReplacedContext(key)) continue;
        void this.close();
        const name = tokenName(key);
        throw new SlipwayError('SLIPWAY_CONTAINER_CONTEXT', {
          message: `${name} was handed in on entering ${this.name}, but no provider declares it there. Declare it: provider.context(${name}, { scope: '${this.name}' }).`,
          context: { token: name, scope: this.name },
        });
      }
      owner.slots[step.index] = value === undefined ? nothing : value;
    }
  }

  /**
   * Closes the scope: the scopes inside it first, then its values, each after all that depends on it. Idempotent.
   * @param error what the work in the scope failed with; releases get it as `outcome.error`.
   * @throws StopError if a release failed; all others were run.
   */
  close(error?: unknown): Promise<void> {
    return this.closeWithin(unlimited, error);
  }

  /** @internal */
  closeWithin(limits: ReleaseLimits, error?: unknown): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    const isEmpty = this.#isEmpty();
    // Set before anything of the user's runs: a release, or a listener of the signal, may close the scope again.
    this.#closing = done;
    if (!isEmpty) return (this.#closing = this.#closeBusy(limits, error));
    this.#abortSignal();
    this.#leave();
    return this.shape.implied || this.outer?.shape.implied !== true
      ? done
      : this.outer.closeWithin(limits, error);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * For `using`: closes a scope that holds nothing asynchronous.
   * @throws SlipwayError SLIPWAY_CONTAINER_ASYNC if it does; it is closed all the same, in the background.
   */
  [Symbol.dispose](): void {
    if (this.#closing !== undefined) return;
    try {
      if (this.#isEmpty()) {
        this.#closing = done;
        this.#abortSignal();
        this.#leave();
      } else this.#disposeAll();
    } finally {
      // What closes in the background closes it too, when its turn has come.
      if (this.outer?.shape.implied === true && this.#closing === done) this.outer[Symbol.dispose]();
    }
  }

  /** @internal Calls `work` for each scope open directly inside this one. */
  innerScopes(): readonly OpenScope[] {
    const scopes: OpenScope[] = [];
    for (let scope = this.#inner; scope !== undefined; scope = scope.#next) scopes.push(scope);
    return scopes;
  }

  /** @internal Asks the work in this scope, and in those inside it, to end. */
  abort(reason: unknown): void {
    for (const inner of this.innerScopes()) inner.abort(reason);
    this.extras?.controller?.abort(reason);
    for (const build of this.builds.values()) build.askToEnd(reason);
  }

  #abortSignal(): void {
    const controller = this.extras?.controller;
    if (controller !== undefined) controller.abort(this.#closedError());
  }

  #isEmpty(): boolean {
    return this.releases === undefined && this.#inner === undefined && this.#isIdle();
  }

  /** Is nothing being built? */
  #isIdle(): boolean {
    return this.extras === undefined || this.extras.builds.size === 0;
  }

  #closeBusy(limits: ReleaseLimits, error: unknown): Promise<void> {
    const { releases } = this;
    const isUsual =
      releases?.length === 1 &&
      releases[0]?.step.node.stopTimeoutMs === undefined &&
      limits === unlimited &&
      this.#inner === undefined &&
      this.#isIdle() &&
      this.outer?.shape.implied !== true;
    if (!isUsual) return this.#closeAll(limits, error);
    this.#abortSignal();
    this.refuses = true;
    return releaseOnly(this, error === undefined ? {} : { error }, (failure) => {
      this.#leave();
      if (failure !== undefined) throw new StopError(`Scope ${this.name}`, [failure], error);
    });
  }

  async #closeAll(limits: ReleaseLimits, error: unknown): Promise<void> {
    const failures: ReleaseFailure[] = [];
    const add = (reason: unknown): void => {
      if (reason instanceof StopError) failures.push(...reason.failures);
      else failures.push({ token: this.name, error: reason });
    };
    this.#abortSignal();
    await Promise.all(this.innerScopes().map((inner) => inner.#closeInTime(limits, error).catch(add)));
    this.refuses = true;
    await this.#endBuilds(limits, failures);
    failures.push(...(await releaseAll(this, error === undefined ? {} : { error }, limits)));
    this.#leave();
    if (this.outer?.shape.implied === true) await this.outer.closeWithin(limits, error).catch(add);
    if (failures.length > 0) throw new StopError(`Scope ${this.name}`, failures, error);
  }

  /** As {@link closeWithin}, also where the scope's user closes it already, without a limit. */
  async #closeInTime(limits: ReleaseLimits, error: unknown): Promise<void> {
    const { deadline } = limits;
    if (this.#closing === undefined || deadline === undefined) return this.closeWithin(limits, error);
    if ((await before(deadline, this.#closing)) !== late) return;
    const hung = new SlipwayError('SLIPWAY_CONTAINER_TIMEOUT', {
      message: `The scope ${this.name} was being closed already, did not end in time and was left. Bound what its releases wait for.`,
      context: { scope: this.name },
    });
    throw new StopError(`Scope ${this.name}`, [{ token: this.name, error: hung }]);
  }

  /** Waits for what is being built, so that it can be released; gives up what takes too long. */
  async #endBuilds({ deadline }: ReleaseLimits, failures: ReleaseFailure[]): Promise<void> {
    if (this.#isIdle()) return;
    const { builds } = this;
    const startedAt = performance.now();
    const allEnded = async (): Promise<void> => {
      while (builds.size > 0) await Promise.allSettled(Array.from(builds.values(), waitedFor));
    };
    const inTime = deadline === undefined ? await allEnded() : await before(deadline, allEnded());
    if (inTime !== late) return;
    for (const build of Array.from(builds.values())) {
      const error = timedOut(build.step, Math.round(performance.now() - startedAt));
      failures.push({ token: build.step.node.name, error });
      build.abandon(error);
    }
  }

  #disposeAll(): void {
    const background = (work: Promise<void>): void => {
      this.#closing = work;
      work.catch((error: unknown) => process.emitWarning(error as Error));
    };
    if (this.#inner !== undefined || !this.#isIdle()) {
      background(this.#closeAll(unlimited, undefined));
      throw this.#asynchronousError('has open scopes or unfinished builds inside it');
    }
    this.#closing = done;
    this.refuses = true;
    this.#abortSignal();
    const { failures, asynchronous, rest } = releaseAllSync(this, {});
    if (asynchronous.length > 0) {
      background(
        rest.then(async () => {
          this.#leave();
          if (this.outer?.shape.implied === true) await this.outer.close();
          if (failures.length > 0) throw new StopError(`Scope ${this.name}`, failures);
        }),
      );
      throw this.#asynchronousError(`holds ${asynchronous.join(', ')}, whose release is asynchronous`);
    }
    this.#leave();
    if (failures.length > 0) throw new StopError(`Scope ${this.name}`, failures);
  }

  #asynchronousError(why: string): SlipwayError {
    return new SlipwayError('SLIPWAY_CONTAINER_ASYNC', {
      message: `Scope ${this.name} ${why}, so \`using\` cannot close it. Use \`await using\`. It is being closed in the background.`,
      context: { scope: this.name },
    });
  }

  #leave(): void {
    this.refuses = true;
    const { outer } = this;
    if (outer === undefined) return;
    if (this.#previous === undefined) outer.#inner = this.#next;
    else this.#previous.#next = this.#next;
    if (this.#next !== undefined) this.#next.#previous = this.#previous;
    if (outer.#inner === undefined) outer.extras?.onEmpty?.();
  }

  #find(key: Key): Step {
    if (this.#closing !== undefined) throw this.#closedError(tokenName(key));
    const { plan, level } = this.shape;
    const step = plan.find(key);
    if (step === undefined) throw missing(key, plan.graph);
    if (step.level <= level) return step;
    const lives = plan.graph.scopes[step.level] ?? '';
    throw new BuildError('SLIPWAY_CONTAINER_SCOPE', {
      path: [step.node.name],
      sentence: `${step.node.name} lives in the scope ${lives}, and this is ${this.name}. Enter ${lives} and ask there.`,
    });
  }

  #closedError(name?: string): SlipwayError {
    return new SlipwayError('SLIPWAY_CONTAINER_CLOSED', {
      message: `${name === undefined ? `The scope ${this.name}` : `${name} cannot be had: the scope ${this.name}`} is closing or closed. Enter a new one.`,
      context: { scope: this.name, ...(name === undefined ? {} : { token: name }) },
    });
  }
}

async function waitedFor(build: Build): Promise<void> {
  await build.promise;
}

/** What nothing provides. */
function missing(key: Key, graph: Graph): BuildError {
  const known = [...graph.entries()].map(([each]) => each);
  return new BuildError('SLIPWAY_CONTAINER_MISSING', {
    path: [tokenName(key)],
    sentence: `Nothing provides ${tokenName(key)}. ${suggestion(key, known)}`,
  });
}

/** A factory asked for `step` while it ran: what it makes is released before that. */
function noteUse(asker: Build, scope: ScopeState, step: Step): void {
  const owner = ownerOf(scope, step.level);
  if (owner !== asker.scope || step.index === asker.step.index) return;
  const { uses } = owner.more();
  const known = uses.get(asker.step.index);
  if (known === undefined) uses.set(asker.step.index, new Set([step]));
  else known.add(step);
}
