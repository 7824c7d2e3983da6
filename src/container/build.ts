import { AsyncLocalStorage } from 'node:async_hooks';
import type { NodeContext } from './graph.js';
import type { Step } from './plan.js';
import { Mark, type ScopeState, ownerOf } from './scope-state.js';

/** Carries the build that a factory runs in, so that a call back into the container knows who asks. */
const running = new AsyncLocalStorage<Build>();
/** The build whose factory is on the stack. */
let onStack: Build | undefined;
/** How many builds wait for something: while none does, the asynchronous context need not be read. */
let waiting = 0;

/** Puts `build` on the stack and gives what was there. */
function enterStack(build: Build): Build | undefined {
  const previous = onStack;
  onStack = build;
  return previous;
}

/** One value while it is built. */
export class Build extends Mark implements NodeContext {
  readonly scope: ScopeState;
  readonly step: Step;
  readonly owner: NodeContext['owner'];
  /** Undefined until it waits for something. */
  promise: Promise<unknown> | undefined = undefined;
  settled = false;
  /** Given up: what it still gives is released at once. */
  abandoned = false;
  /** Ends {@link promise} at once when the build is given up. */
  onAbandoned: ((reason: unknown) => void) | undefined = undefined;
  /** Must the value be had without waiting? */
  readonly sync: boolean;
  /** The arguments it waits for, promises where they are still being built. */
  args: readonly unknown[] | undefined = undefined;
  #ending: { readonly reason: unknown } | undefined = undefined;
  #waitsFor: Build[] | undefined = undefined;
  #controller: AbortController | undefined = undefined;

  constructor(scope: ScopeState, step: Step, sync: boolean) {
    super();
    this.scope = scope;
    this.step = step;
    this.sync = sync;
    this.owner = scope as unknown as NodeContext['owner'];
  }

  /** Made at the first look: few factories ask for it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#ending !== undefined) this.#controller.abort(this.#ending.reason);
    }
    return this.#controller.signal;
  }

  /** Why the factory was asked to end, if it was. */
  get endReason(): unknown {
    return this.#ending?.reason;
  }

  /** Asks the factory to end. */
  askToEnd(reason: unknown): void {
    this.#ending ??= { reason };
    this.#controller?.abort(reason);
  }

  /** Asks the factory to end and waits no longer for it. */
  abandon(reason: unknown): void {
    if (this.settled || this.abandoned) return;
    this.abandoned = true;
    this.askToEnd(reason);
    this.settle();
    this.onAbandoned?.(reason);
  }

  /** Runs a part of the factory so that calls back into the container, also after an await, find this build. */
  run<A>(work: (argument: A, build: NodeContext) => unknown, argument: A): unknown {
    const previous = enterStack(this);
    try {
      // What must be had without waiting has no await after which it could call back.
      return this.sync ? work(argument, this) : running.run(this, work, argument, this);
    } finally {
      onStack = previous;
    }
  }

  /** Counts as being built in its scope until {@link settle}. */
  wait(promise: Promise<unknown>): Promise<unknown> {
    if (this.promise === undefined) {
      waiting += 1;
      const { scope, step } = this;
      scope.building += 1;
      if (step.node.cached) scope.slots[step.index] = this;
      else (scope.more().unkept ??= new Set<Build>()).add(this);
      this.promise = promise;
    }
    return promise;
  }

  settle(): void {
    if (this.settled) return;
    this.settled = true;
    this.args = undefined;
    this.#waitsFor = undefined;
    if (this.promise === undefined) return;
    waiting -= 1;
    const { scope, step } = this;
    scope.building -= 1;
    if (step.node.cached) {
      if (scope.slots[step.index] === this) scope.slots[step.index] = undefined;
    } else scope.more().unkept?.delete(this);
  }

  /** Notes that this build's factory waits for `other`; false if `other` already waits for this one. */
  waitFor(other: Build): boolean {
    if (other.#reaches(this, new Set())) return false;
    (this.#waitsFor ??= []).push(other);
    return true;
  }

  #reaches(target: Build, seen: Set<Build>): boolean {
    if (this === target) return true;
    if (this.settled || seen.has(this)) return false;
    seen.add(this);
    if (this.#waitsFor?.some((next) => next.#reaches(target, seen)) === true) return true;
    return this.step.dependencies.some((step, index) => {
      const build = buildOf(ownerOf(this.scope, step.level), step, this.args?.[index]);
      return build !== undefined && build.#reaches(target, seen);
    });
  }

  /** Of what is made anew for each who asks: does one that is being made wait for this build? It would never end. */
  isNeededBy(scope: ScopeState, step: Step): boolean {
    if (step.node.cached) return false;
    return scope.activeBuilds().some((build) => build.step === step && build.#reaches(this, new Set()));
  }
}

/** Does no factory run or wait that could be asking? */
export function isQuiet(): boolean {
  return onStack === undefined && waiting === 0;
}

/** The build of `step` that goes on in `scope` and gives `promise`. */
export function buildOf(scope: ScopeState, step: Step, promise: unknown): Build | undefined {
  if (step.node.cached) {
    const held = scope.slots[step.index];
    return held instanceof Build ? held : undefined;
  }
  return scope.activeBuilds().find((build) => build.promise === promise);
}

/** Runs `work` as if no factory were running: what it asks for is nobody's dependency. */
export function outsideOfBuilds<T>(work: () => T): T {
  const previous = onStack;
  onStack = undefined;
  try {
    return running.exit(work);
  } finally {
    onStack = previous;
  }
}

/** The build in whose factory this call is made, if it still goes on. */
export function askingBuild(): Build | undefined {
  const asker = onStack ?? (waiting > 0 ? running.getStore() : undefined);
  return asker === undefined || asker.settled ? undefined : asker;
}

/**
 * Resolves with all values in order once every promise among `values` has settled: when one fails, nothing that was
 * begun is still running. Rejects with `failure` or else with the first that failed.
 */
export function settleAll(
  values: unknown[],
  failure: { readonly error: unknown } | undefined,
): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    let left = 0;
    let failed = failure;
    const end = (): void => {
      left -= 1;
      if (left > 0) return;
      if (failed === undefined) resolve(values);
      else reject(failed.error);
    };
    for (const [index, value] of values.entries()) {
      if (!(value instanceof Promise)) continue;
      left += 1;
      value.then(
        (result: unknown) => {
          values[index] = result;
          end();
        },
        (error: unknown) => {
          failed ??= { error };
          end();
        },
      );
    }
  });
}
