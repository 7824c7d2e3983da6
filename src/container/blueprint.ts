import type { ContextValues } from '../protocols/scope-runner.js';
import type { Token } from '../tokens/token.js';
import type { Bindings } from './bindings.js';
import { type Factory, toFactory } from './factory.js';
import { Graph } from './graph.js';
import { OpenScope } from './open-scope.js';
import { type Path, Plan, SlotNumbers, type Step } from './plan.js';
import type { AnyProvider } from './provider.js';
import { type ScopeDefinition, type ScopeList, scopeDefinitions } from './scopes.js';
import type { Runtime } from './scope-state.js';

type Key = Token<unknown>;

/** What an application hears of its own scopes. */
export interface BlueprintEvents {
  onBuilt(step: Step, durationMs: number): void;
  /** A foreign binding is used for the first time since the application's scopes were opened. */
  onForeign(step: Step, key: Key): void;
}

/** What an application is made of: its factories and bindings, and the plan they give as they stand. */
export class Blueprint implements Runtime {
  readonly scopes: readonly ScopeDefinition[];
  readonly appLevel: number;
  /** As they were provided. */
  readonly factories: readonly Factory[];
  readonly #replacements: readonly Factory[];
  readonly #bindings: Bindings;
  readonly #events: BlueprintEvents;
  readonly #slots: SlotNumbers;
  readonly #foreign = new Set<Key>();
  #plan: Plan | undefined;
  #changes = -1;
  #last: { readonly level: number; readonly target: string | undefined; readonly path: Path } | undefined;

  constructor(
    providers: readonly AnyProvider[],
    overrides: readonly (readonly [Key, unknown])[],
    scopes: ScopeList<string>,
    bindings: Bindings,
    events: BlueprintEvents,
  ) {
    this.scopes = scopeDefinitions(scopes);
    this.appLevel = this.scopes.findIndex(({ skip }) => !skip);
    this.#slots = new SlotNumbers(this.appLevel);
    // A provider that two others include is there once.
    this.factories = [...new Set(providers.flatMap(({ factories }) => factories))];
    this.#replacements = overrides.map(([key, value]) => toFactory(key, { value }, 'overrides'));
    this.#bindings = bindings;
    this.#events = events;
  }

  /** The tokens that have a factory of their own. */
  get tokens(): Iterable<Key> {
    const own = this.factories.filter(({ collect, kind }) => !collect && kind !== 'decorate');
    return new Set(own.map((factory) => factory.token));
  }

  /** Is there any factory that is collected under `key`? */
  collects(key: Key): boolean {
    return this.plan().graph.selection.collected(key).length > 0;
  }

  /** The graph as it stands now. */
  graph(): Graph {
    return new Graph({
      factories: this.factories,
      replacements: this.#replacements,
      scopes: this.scopes.map(({ name }) => name),
      appLevel: this.appLevel,
      external: this.#bindings,
      resolveForeign: (key, sync) => this.#resolveForeign(key, sync),
    });
  }

  /** The plan by the bindings as they stand now, and by conditions as they are decided now. */
  renewedPlan(): Plan {
    this.#changes = this.#bindings.container.changes;
    this.#plan = new Plan(this.graph(), this, this.scopes, this.#slots);
    return this.#plan;
  }

  /** The plan by the bindings as they stand now. */
  plan(): Plan {
    if (this.#plan === undefined || this.#bindings.container.changes !== this.#changes)
      return this.renewedPlan();
    return this.#plan;
  }

  path(level: number, target: string | undefined): Path {
    // Most applications enter the same scope from the same place, request after request.
    const last = this.#last;
    if (
      last?.level === level &&
      last.target === target &&
      this.#changes === this.#bindings.container.changes
    ) {
      return last.path;
    }
    const path = this.plan().path(level, target);
    this.#last = { level, target, path };
    return path;
  }

  onBuilt(step: Step, durationMs: number): void {
    this.#events.onBuilt(step, durationMs);
  }

  /** Opens the application's own scopes. */
  open(context: ContextValues): OpenScope {
    this.#foreign.clear();
    const { implied, entered } = this.path(-1, undefined);
    let outer: OpenScope | undefined;
    for (const shape of implied) outer = new OpenScope(shape, outer);
    const opened = new OpenScope(entered, outer);
    opened.setContext(context, -1);
    return opened;
  }

  #resolveForeign(key: Key, sync: boolean): unknown {
    const instance = this.#bindings.resolve(key, sync);
    if (!this.#foreign.has(key)) {
      this.#foreign.add(key);
      const step = this.plan().find(key);
      if (step !== undefined) this.#events.onForeign(step, key);
    }
    return instance;
  }
}
