import type { Build } from './build.js';
import type { Plan, Shape, Step } from './plan.js';
import type { ReleaseEntry } from './release.js';

/** Stands in a slot whose value is `undefined`. */
export const nothing = Symbol('undefined');
/** Stands in a slot while its factory is on the stack. */
export const building = Symbol('building');

/** What all scopes of one application share. */
export interface Runtime {
  /** The plan for the next scope: made anew when bindings have changed. */
  plan(): Plan;
  /** Scopes of this level and longer-lived ones belong to the application itself: their builds have time limits. */
  readonly appLevel: number;
  /** Hears of every value built in the application's own scopes. */
  onBuilt(step: Step, durationMs: number): void;
}

/** What few scopes ever need: kept apart, so that opening a scope stays cheap. */
export class ScopeExtras {
  /** What is being built: by its step where one build serves all who ask. */
  readonly builds = new Map<Step | Build, Build>();
  /** What factories asked for while they ran, which their dependencies do not tell: by the asker's slot. */
  readonly uses = new Map<number, Set<Step>>();
  /** Behind the scope's signal. */
  controller: AbortController | undefined = undefined;
  /** Called when the last scope inside has closed. */
  onEmpty: (() => void) | undefined = undefined;
}

/** What a scope holds. The functions that build and release work on it; {@link OpenScope} is what users see. */
export class ScopeState {
  /** @internal */ readonly shape: Shape;
  /** @internal */ readonly outer: ScopeState | undefined;
  /** @internal The values built so far, by slot. */
  readonly slots: unknown[];
  /** @internal What has to be released, in the order it was built. */
  releases: ReleaseEntry[] | undefined = undefined;
  /** @internal Is nothing built here any more? */
  refuses = false;
  /** @internal */
  extras: ScopeExtras | undefined = undefined;

  /** @internal */
  constructor(shape: Shape, outer: ScopeState | undefined) {
    this.shape = shape;
    this.outer = outer;
    // Sized at once: an array that grows from empty reserves room for many more values than most scopes hold.
    // eslint-disable-next-line unicorn/no-new-array -- Array.from costs as much as the rest of opening a scope
    this.slots = new Array<unknown>(shape.size);
  }

  /** @internal */
  get builds(): ReadonlyMap<Step | Build, Build> {
    return this.extras?.builds ?? noBuilds;
  }

  /** @internal */
  more(): ScopeExtras {
    return (this.extras ??= new ScopeExtras());
  }
}

const noBuilds: ReadonlyMap<Step | Build, Build> = new Map();

/** The scope in the chain of `scope` that holds the values of `level`. */
export function ownerOf(scope: ScopeState, level: number): ScopeState {
  let owner = scope;
  while (level < owner.shape.from && owner.outer !== undefined) owner = owner.outer;
  return owner;
}
