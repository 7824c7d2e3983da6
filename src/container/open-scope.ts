import type { ContextValues, Resolver } from '../protocols/scope-runner.js';
import type { Token } from '../tokens/token.js';
import { type Build, askingBuild, buildOf, isQuiet } from './build.js';
import { cycleError } from './build-errors.js';
import { abortSignal, closeAll, closeImplied, disposeAll, done, isUsed } from './close.js';
import type { Step } from './plan.js';
import { type ReleaseLimits, unlimited } from './release.js';
import { closedError, missingError, shorterLivedError, undeclaredError } from './scope-errors.js';
import { resolve, resolveSync } from './resolve.js';
import { Mark, ScopeState, nothing, ownerOf } from './scope-state.js';

type Key = Token<unknown>;

/**
 * An open scope: it builds each of its tokens once, and its end releases them, each after all that depends on it. Made
 * by `enter`.
 */
export class OpenScope extends ScopeState implements Resolver, AsyncDisposable, Disposable {
  declare readonly outer: OpenScope | undefined;

  /** The scope's name: `APP`, `REQUEST`, ... */
  get name(): string {
    return this.shape.name;
  }

  /** Aborted when the scope begins to close, and when the application waits no longer for it. */
  get signal(): AbortSignal {
    const extras = this.more();
    if (extras.controller === undefined) {
      extras.controller = new AbortController();
      if (this.closing !== undefined) extras.controller.abort(closedError(this));
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
    const step = find(this, key);
    const asker = askingBuild();
    if (asker === undefined) return resolve(this, step);
    noteUse(asker, this, step);
    const owner = ownerOf(this, step.level);
    if (asker.isNeededBy(owner, step)) throw cycleError([asker.step.node.name, step.node.name]);
    const value = resolve(this, step);
    if (!(value instanceof Promise)) return value;
    const build = buildOf(owner, step, value);
    if (build === undefined || asker.waitFor(build)) return value;
    // Nobody else may be listening: that build fails with what is thrown here.
    value.catch(() => undefined);
    throw cycleError([asker.step.node.name, step.node.name]);
  }

  /**
   * The value of `key` in this scope, without waiting.
   * @throws BuildError SLIPWAY_CONTAINER_ASYNC if something on the way is asynchronous and not built yet; else as
   * {@link get}.
   */
  getSync<T>(key: Token<T>): T {
    const step = find(this, key);
    if (isQuiet()) {
      // Most calls are for what is there: they are spared the way through the scopes.
      const value = step.level === this.shape.level ? this.slots[step.index] : undefined;
      return (value === undefined || value instanceof Mark ? resolveSync(this, step) : value) as T;
    }
    const asker = askingBuild();
    if (asker !== undefined) noteUse(asker, this, step);
    return resolveSync(this, step) as T;
  }

  /** @internal What is built of `key` here already. */
  peek(key: Key): unknown {
    const { plan, level } = this.shape;
    const step = plan.find(key);
    if (step === undefined || step.level > level) return undefined;
    const value = ownerOf(this, step.level).slots[step.index];
    return value instanceof Mark ? undefined : value;
  }

  /**
   * Opens a scope inside this one: the next that is not skipped, or the one named.
   * @param context a value for each context token of the scope that is needed.
   * @throws SlipwayError SLIPWAY_CONTAINER_SCOPE, _CONTEXT, _CLOSED.
   */
  enter<const T extends readonly unknown[] = []>(scope?: string, context?: ContextValues<T>): OpenScope {
    if (this.closing !== undefined) throw closedError(this);
    const { level, runtime } = this.shape;
    const { implied, entered } = runtime.path(level, scope);
    const outer = implied.reduce<OpenScope>((around, shape) => new OpenScope(shape, around), this);
    const opened = new OpenScope(entered, outer);
    if (context !== undefined) opened.setContext(context, level);
    return opened;
  }

  /** @internal Puts in the values that were handed in on entering from the scope of level `within`. */
  setContext(values: ContextValues, within: number): void {
    const { plan, level } = this.shape;
    for (const [key, value] of values) {
      const step = plan.find(key);
      if (step?.node.kind !== 'context' || step.level <= within || step.level > level) {
        if (plan.graph.selection.isReplacedContext(key)) continue;
        void this.close();
        throw undeclaredError(this, key);
      }
      ownerOf(this, step.level).slots[step.index] = value === undefined ? nothing : value;
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
    if (this.closing !== undefined) return this.closing;
    // Set before anything of the user's runs: a release, or a listener of the signal, may close the scope again.
    this.closing = done;
    if (isUsed(this)) return (this.closing = closeAll(this, limits, error));
    endUnused(this);
    return closeImplied(this, limits, error);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * For `using`: closes a scope that holds nothing asynchronous.
   * @throws SlipwayError SLIPWAY_CONTAINER_ASYNC if it does; it is closed all the same, in the background.
   */
  [Symbol.dispose](): void {
    if (this.closing !== undefined) return;
    this.closing = done;
    try {
      if (isUsed(this)) disposeAll(this);
      else endUnused(this);
    } finally {
      // What closes in the background closes it too, when its turn has come.
      if (this.outer?.shape.implied === true && this.closing === done) this.outer[Symbol.dispose]();
    }
  }

  /** @internal The scopes open directly inside this one. */
  innerScopes(): readonly OpenScope[] {
    const { extras } = this;
    if (extras === undefined) return [];
    // Most often the one entered last is first.
    return (extras.inner.slice(0, extras.innerCount) as OpenScope[]).toReversed();
  }

  /** @internal Asks the work in this scope, and in those inside it, to end. */
  abort(reason: unknown): void {
    for (const inner of this.innerScopes()) inner.abort(reason);
    this.extras?.controller?.abort(reason);
    for (const build of this.activeBuilds()) build.askToEnd(reason);
  }
}

// Functions and not private methods: those would cost every scope a slot.

function endUnused(scope: OpenScope): void {
  if (scope.extras !== undefined) abortSignal(scope);
  scope.leave();
}

function find(scope: OpenScope, key: Key): Step {
  const { plan, level } = scope.shape;
  if (scope.closing !== undefined) throw closedError(scope, key);
  const step = plan.find(key);
  if (step === undefined) throw missingError(key, plan.graph);
  if (step.level > level) throw shorterLivedError(scope, step);
  return step;
}

/** A factory asked for `step` while it ran: what it makes is released before that. */
function noteUse(asker: Build, scope: ScopeState, step: Step): void {
  const owner = ownerOf(scope, step.level);
  if (owner !== asker.scope) return;
  const extras = owner.more();
  const uses = (extras.uses ??= new Map<number, Set<Step>>());
  const known = uses.get(asker.step.index);
  if (known === undefined) uses.set(asker.step.index, new Set([step]));
  else known.add(step);
}
