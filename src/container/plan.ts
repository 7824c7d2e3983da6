import { nearest } from '../errors/nearest.js';
import { SlipwayError } from '../errors/slipway-error.js';
import type { Token } from '../tokens/token.js';
import type { Graph, GraphNode } from './graph.js';
import type { Runtime } from './scope-state.js';
import type { ScopeDefinition } from './scopes.js';

/** Where a node's value stands: the slot of its scope, and the steps that give its arguments. */
export interface Step {
  readonly node: GraphNode;
  readonly level: number;
  readonly index: number;
  readonly dependencies: readonly Step[];
  /** What a lazy one gives: released after all that hold it, where that is possible. */
  readonly later: readonly Step[];
}

/** What all scopes opened in one place have in common. */
export interface Shape {
  readonly runtime: Runtime;
  readonly plan: Plan;
  readonly name: string;
  readonly level: number;
  /** The longest-lived level the scope stands for: levels without any factory get no scope of their own. */
  readonly from: number;
  /** Was it skipped, so that it opens and closes with the scope inside it? */
  readonly implied: boolean;
  /** How many values it may hold. */
  readonly size: number;
}

/** The scopes that open together. */
export interface Path {
  /** Skipped ones, the outermost first. */
  readonly implied: readonly Shape[];
  readonly entered: Shape;
}

/**
 * Gives every node the same slot in every plan made for one application, so that scopes that are still open when a
 * token is rebound keep finding what they hold.
 */
export class SlotNumbers {
  readonly #numbers: Map<unknown, number>[] = [];
  readonly #used = new Set<number>();
  readonly #appLevel: number;

  constructor(appLevel: number) {
    this.#appLevel = appLevel;
  }

  of(node: GraphNode): number {
    this.#used.add(node.level);
    // A token derived on a running application may be the first of its level: the scope that is open for that level
    // is the application's own, so the levels up to it share one row of numbers.
    const numbers = (this.#numbers[this.#row(node.level)] ??= new Map<unknown, number>());
    // Nodes that no factory made are made anew with each graph; their token stays.
    const identity = node.provider === '' ? node.token : node.make;
    let number = numbers.get(identity);
    if (number === undefined) numbers.set(identity, (number = numbers.size));
    return number;
  }

  /** Does anything live there? */
  isUsed(level: number): boolean {
    return this.#used.has(level);
  }

  /** How many slots a scope of `level` needs. */
  count(level: number): number {
    return this.#numbers[this.#row(level)]?.size ?? 0;
  }

  #row(level: number): number {
    return Math.max(level, this.#appLevel);
  }
}

/** A graph made ready for building: every token with its step. Shared by all scopes entered while it is current. */
export class Plan {
  readonly graph: Graph;
  readonly #runtime: Runtime;
  readonly #scopes: readonly ScopeDefinition[];
  readonly #slots: SlotNumbers;
  readonly #steps = new Map<Token<unknown>, Step>();
  readonly #byNode = new Map<GraphNode, Step>();
  readonly #paths: Map<string | undefined, Path>[] = [];

  constructor(graph: Graph, runtime: Runtime, scopes: readonly ScopeDefinition[], slots: SlotNumbers) {
    this.graph = graph;
    this.#runtime = runtime;
    this.#scopes = scopes;
    this.#slots = slots;
    for (const node of graph.nodes) this.#step(node);
    for (const [key, node] of graph.entries()) this.#steps.set(key, this.#step(node));
  }

  /** Every step, in the order the factories were provided. */
  get steps(): Iterable<Step> {
    return this.#byNode.values();
  }

  /** What `start()` builds in the scopes up to `level`, in the order the factories were provided. */
  eagerSteps(level: number): readonly Step[] {
    const steps = [...this.steps];
    const used = new Set(steps.filter(({ node }) => node.eager === true));
    for (const step of used) for (const dependency of step.dependencies) used.add(dependency);
    // Of what is not kept, start() would only make one for nobody.
    return steps.filter(
      (step) => step.level <= level && step.node.cached && step.node.eager !== false && used.has(step),
    );
  }

  /** The step of a token, also of one derived only now; undefined if nothing provides it. */
  find(key: Token<unknown>): Step | undefined {
    return this.#steps.get(key) ?? this.#late(key);
  }

  /**
   * The scopes that open when `target` is entered from a scope of `level`. -1 stands for outside of all scopes; no
   * target for the next scope that is not skipped.
   */
  path(level: number, target: string | undefined): Path {
    const paths = (this.#paths[level + 1] ??= new Map<string | undefined, Path>());
    let path = paths.get(target);
    if (path === undefined) paths.set(target, (path = this.#findPath(level, target)));
    return path;
  }

  #findPath(level: number, target: string | undefined): Path {
    const targetLevel = this.#scopes.findIndex(({ name, skip }, index) =>
      target === undefined ? index > level && !skip : name === target,
    );
    if (targetLevel <= level) throw this.#cannotEnter(level, target);
    const implied: Shape[] = [];
    let from = level + 1;
    for (let between = from; between < targetLevel; between += 1) {
      if (!this.#slots.isUsed(between)) continue;
      implied.push(this.#shape(between, from, true));
      from = between + 1;
    }
    return { implied, entered: this.#shape(targetLevel, from, false) };
  }

  #shape(level: number, from: number, implied: boolean): Shape {
    const name = this.#scopes[level]?.name ?? '';
    return { runtime: this.#runtime, plan: this, name, level, from, implied, size: this.#slots.count(level) };
  }

  #cannotEnter(level: number, target: string | undefined): SlipwayError {
    const current = this.#scopes[level]?.name ?? 'outside';
    const inner = this.#scopes.slice(level + 1).map(({ name }) => name);
    const [closest] = target === undefined ? [] : nearest(target, inner);
    const advice = inner.length === 0 ? 'It is the innermost.' : `Inside it are ${inner.join(', ')}.`;
    return new SlipwayError('SLIPWAY_CONTAINER_SCOPE', {
      message:
        target === undefined
          ? `No scope can be entered from ${current}. ${advice}`
          : `The scope '${target}' cannot be entered from ${current}. ${advice}${closest === undefined ? '' : ` Did you mean '${closest}'?`}`,
      context: { scope: target, from: current },
    });
  }

  #late(key: Token<unknown>): Step | undefined {
    const node = this.graph.node(key);
    if (node === undefined) return undefined;
    const step = this.#step(node);
    this.#steps.set(key, step);
    return step;
  }

  #step(node: GraphNode): Step {
    const known = this.#byNode.get(node);
    if (known !== undefined) return known;
    const dependencies: Step[] = [];
    const later: Step[] = [];
    const step: Step = { node, level: node.level, index: this.#slots.of(node), dependencies, later };
    this.#byNode.set(node, step);
    for (const dependency of node.dependencies) dependencies.push(this.#step(dependency));
    for (const held of node.later) later.push(this.#step(held));
    return step;
  }
}
