import type { Build } from './build.js';
import type { Path, Shape, Step } from './plan.js';
import type { ReleaseEntry } from './release.js';

/** Stands in a slot where there is no value to be had just so: one check tells it from all values. */
// eslint-disable-next-line typescript/no-extraneous-class -- told from values by instanceof
export class Mark {}

/** Stands in a slot whose value is `undefined`. */
export const nothing = new Mark();
/** Stands in a slot while its factory is on the stack. */
export const building = new Mark();

/** What all scopes of one application share. */
export interface Runtime {
  /** What opens when `target` is entered from a scope of `level`, by the bindings as they stand now. */
  path(level: number, target: string | undefined): Path;
  /** Scopes of this level and longer-lived ones belong to the application itself: their builds have time limits. */
  readonly appLevel: number;
  /** Hears of every value built in the application's own scopes. */
  onBuilt(step: Step, durationMs: number): void;
}

/** What many scopes never need: kept apart, because opening a scope costs by its size. */
export class ScopeExtras {
  /** What is being built and will not be kept, and so stands in no slot. */
  unkept: Set<Build> | undefined = undefined;
  /** What factories asked for while they ran, which their dependencies do not tell: by the asker's slot. */
  uses: Map<number, Set<Step>> | undefined = undefined;
  /** The scopes open inside, in the first {@link innerCount} places. */
  inner: (ScopeState | undefined)[] = [];
  innerCount = 0;
  /** Behind the scope's signal. */
  controller: AbortController | undefined = undefined;
  /** Called when the last scope inside has closed. */
  onEmpty: (() => void) | undefined = undefined;
  /** Is nothing built here any more? */
  refuses = false;

  /** Gives the place of the scope. */
  add(scope: ScopeState): number {
    const place = this.innerCount++;
    this.inner[place] = scope;
    return place;
  }

  /**
   * The last one takes the place that becomes free. Most scopes are the last one when they close: then no other scope is
   * written to, which a list of linked scopes would need and which costs more where many are open.
   */
  remove(scope: ScopeState): void {
    const { place } = scope;
    const last = --this.innerCount;
    const moved = this.inner[last] as ScopeState;
    this.inner[last] = undefined;
    if (place !== last) {
      this.inner[place] = moved;
      moved.place = place;
    }
    if (last > 0) return;
    // Not kept at the size of the busiest moment.
    if (this.inner.length > 1000) this.inner = [];
    if (this.onEmpty !== undefined) this.onEmpty();
  }
}

/** What a scope holds. The functions that build and release work on it; {@link OpenScope} is what users see. */
export abstract class ScopeState {
  // Only declared: the constructor writes each once, and a definition would be a second write.
  /** @internal */ declare readonly shape: Shape;
  /** @internal */ declare readonly outer: ScopeState | undefined;
  /** @internal By slot the value, or a {@link Mark}: a {@link Build} while it is being built. */
  declare readonly slots: unknown[];
  /** @internal What has to be released: the one built last, linked to those before it. */
  declare held: ReleaseEntry | undefined;
  /** @internal How many values are being built. */
  declare building: number;
  /** @internal Set once the scope begins to close. */
  declare closing: Promise<void> | undefined;
  /** @internal */ declare extras: ScopeExtras | undefined;
  /** @internal Where it stands in the scope outside of it. */
  declare place: number;

  /** @internal */
  constructor(shape: Shape, outer: ScopeState | undefined) {
    this.shape = shape;
    this.outer = outer;
    // Sized at once: an array that grows from empty reserves room for many more values than most scopes hold.
    // eslint-disable-next-line unicorn/no-new-array -- Array.from is much dearer, and this runs for every request
    this.slots = new Array<unknown>(shape.size);
    this.held = undefined;
    this.building = 0;
    this.closing = undefined;
    this.extras = undefined;
    this.place = outer === undefined ? 0 : outer.more().add(this);
  }

  /** @internal */
  more(): ScopeExtras {
    return (this.extras ??= new ScopeExtras());
  }

  /** @internal What is being built here now. */
  activeBuilds(): readonly Build[] {
    if (this.building === 0) return [];
    const kept = this.slots.filter(
      (value) => value instanceof Mark && value !== nothing && value !== building,
    );
    return [...(kept as Build[]), ...(this.extras?.unkept ?? [])];
  }

  /** @internal Takes the scope out of the one outside it. */
  leave(): void {
    if (this.outer !== undefined) this.outer.more().remove(this);
  }
}

/** The scope in the chain of `scope` that holds the values of `level`. */
export function ownerOf(scope: ScopeState, level: number): ScopeState {
  let owner = scope;
  while (level < owner.shape.from && owner.outer !== undefined) owner = owner.outer;
  return owner;
}
