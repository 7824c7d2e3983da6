import { derivationOf } from '../tokens/derived.js';
import { type Token, tokenName } from '../tokens/token.js';
import type { Factory } from './factory.js';
import {
  blank,
  collectedKey,
  factoryNode,
  type GraphNode,
  lazyNode,
  listNode,
  opaqueNode,
} from './graph-node.js';
import { aliasLoop, type GraphProblem, nothingToDecorate } from './problem.js';
import { type ExternalBindings, Selection } from './selection.js';

export type { GraphNode, NodeContext } from './graph-node.js';

type Key = Token<unknown>;

export interface GraphInput {
  readonly factories: readonly Factory[];
  readonly replacements: readonly Factory[];
  /** The names of all scopes, longest-lived first. */
  readonly scopes: readonly string[];
  /** The index of the application's own scope. */
  readonly appLevel: number;
  readonly external: ExternalBindings;
  /** Gets an instance from the inversify container. */
  readonly resolveForeign: (key: Key, sync: boolean) => unknown;
}

interface Missing {
  readonly by: GraphNode;
  readonly key: Key;
}

/** The graph of all factories that take part. Made whole before anything is built; {@link node} adds derived tokens. */
export class Graph {
  readonly selection: Selection;
  /** Dependencies that nothing provides. */
  readonly missing: Missing[] = [];
  readonly problems: GraphProblem[];
  readonly #input: GraphInput;
  readonly #nodes = new Map<Key, GraphNode | undefined>();
  readonly #all: GraphNode[] = [];
  /** Lazy nodes whose target is still to be found. */
  readonly #lazies: { readonly node: GraphNode; readonly of: Key }[] = [];
  /** Aliases that lead back to themselves. */
  readonly #loops = new Set<Key>();
  #depth = 0;

  constructor(input: GraphInput) {
    this.#input = input;
    this.selection = new Selection(input.factories, input.replacements, input.scopes, input.external);
    this.problems = this.selection.problems;
    this.#whole(() => {
      for (const key of this.selection.tokens()) {
        this.node(key);
        for (const factory of this.selection.collected(key)) this.#collectedNode(factory);
      }
    });
  }

  /** Every node, in the order the factories were provided. */
  get nodes(): readonly GraphNode[] {
    return this.#all;
  }

  /** The names of all scopes, longest-lived first. */
  get scopes(): readonly string[] {
    return this.#input.scopes;
  }

  /** Every token that can be asked for, with its node; aliases have their target's. */
  *entries(): Iterable<readonly [Key, GraphNode]> {
    for (const [key, node] of this.#nodes) if (node !== undefined) yield [key, node];
  }

  /** What stands for `key`; undefined if nothing provides it. */
  node(key: Key): GraphNode | undefined {
    if (this.#nodes.has(key)) return this.#nodes.get(key) ?? this.#unfinished(key);
    this.#nodes.set(key, undefined);
    return this.#whole(() => {
      const found = this.#make(key);
      this.#nodes.set(key, found);
      return found;
    });
  }

  /** The targets of lazy nodes are found last: by then whatever leads back to them is made, decorators included. */
  #whole<T>(work: () => T): T {
    this.#depth += 1;
    const result = work();
    this.#depth -= 1;
    if (this.#depth === 0) this.#finishLazies();
    return result;
  }

  #finishLazies(): void {
    for (let lazy = this.#lazies.pop(); lazy !== undefined; lazy = this.#lazies.pop()) {
      const target = this.node(lazy.of);
      if (target !== undefined) Object.assign(lazy.node, { level: target.level, later: [target] });
      else this.#miss(lazy.node, lazy.of);
    }
  }

  /** What a token stands for that is met again while its own node is being made: that makes a cycle visible. */
  #unfinished(key: Key): GraphNode | undefined {
    const seen = new Set<Key>();
    for (let each: Key | undefined = key; each !== undefined && !seen.has(each); each = this.#target(each)) {
      const node = this.#nodes.get(each);
      if (node !== undefined) return node;
      seen.add(each);
    }
    return undefined;
  }

  /** The token whose node `key` has: that of an alias or an optional. */
  #target(key: Key): Key | undefined {
    const factory = this.selection.factory(key);
    if (factory !== undefined) return factory.kind === 'alias' ? factory.dependencies[0] : undefined;
    const derivation = derivationOf(key);
    return derivation?.kind === 'optional' ? derivation.of : undefined;
  }

  #make(key: Key): GraphNode | undefined {
    const factory = this.selection.factory(key);
    const foreign = this.#input.external.isForeign(key);
    let node = foreign ? this.#opaque(key) : this.#undecorated(key, factory);
    // What was rebound stands in for the whole, as an override does.
    const decorators = foreign && factory !== undefined ? [] : this.selection.decorators(key);
    for (const decorator of decorators) {
      if (node !== undefined) node = this.#fromFactory(key, decorator, node);
      else if (!this.selection.isInactive(key)) {
        this.problems.push(nothingToDecorate(tokenName(key), decorator.provider));
      }
    }
    return node;
  }

  #undecorated(key: Key, factory: Factory | undefined): GraphNode | undefined {
    if (factory?.kind === 'alias') return this.#aliased(key, factory);
    if (factory !== undefined) return this.#fromFactory(key, factory, undefined);
    const derivation = derivationOf(key);
    if (derivation === undefined) return undefined;
    if (derivation.kind === 'optional') return this.node(derivation.of) ?? this.#added(blank(key, 'absent'));
    if (derivation.kind === 'all') return this.#list(key, derivation.of);
    return this.#lazy(key, derivation.of);
  }

  #aliased(key: Key, { dependencies: [target] }: Factory): GraphNode | undefined {
    const node = target === undefined ? undefined : this.node(target);
    if (node === undefined && target !== undefined) {
      this.#findLoop(key);
      this.#miss(blank(key, 'alias'), target);
    }
    return node;
  }

  /** An alias that leads back to itself is a problem, told once for all members of the loop. */
  #findLoop(key: Key): void {
    if (this.#loops.has(key)) return;
    const members: Key[] = [];
    let each: Key | undefined = key;
    while (each !== undefined && !members.includes(each)) {
      members.push(each);
      each = this.#target(each);
    }
    if (each !== key) return;
    for (const member of members) this.#loops.add(member);
    this.problems.push(aliasLoop(members.map(tokenName)));
  }

  /** What is missing is told once: a loop is a problem already. */
  #miss(by: GraphNode, key: Key): void {
    if (!this.#loops.has(key)) this.missing.push({ by, key });
  }

  #fromFactory(key: Key, factory: Factory, inner: GraphNode | undefined): GraphNode {
    const level = factory.scope === undefined ? -1 : this.#input.scopes.indexOf(factory.scope);
    const node = this.#added(
      factoryNode(key, factory, level >= 0 ? level : (inner?.level ?? this.#input.appLevel)),
    );
    // Known before its dependencies are looked up, so that a cycle finds it.
    this.#nodes.set(key, node);
    if (inner === undefined) this.#connect(node, factory.dependencies);
    else {
      this.#connect(node, factory.dependencies.slice(1));
      node.dependencies = [inner, ...node.dependencies];
    }
    return node;
  }

  #collectedNode(factory: Factory): GraphNode {
    const key = collectedKey(factory);
    return this.#nodes.get(key) ?? this.#fromFactory(key, factory, undefined);
  }

  #connect(node: GraphNode, keys: readonly Key[]): void {
    const dependencies: GraphNode[] = [];
    for (const key of keys) {
      const dependency = this.node(key);
      if (dependency === undefined) this.#miss(node, key);
      else dependencies.push(dependency);
    }
    node.dependencies = dependencies;
  }

  #opaque(key: Key): GraphNode {
    const { resolveForeign, appLevel } = this.#input;
    return this.#added(opaqueNode(key, appLevel, resolveForeign));
  }

  #list(key: Key, of: Key): GraphNode {
    const node = this.#added(listNode(key));
    // Known before its members are looked up, so that a cycle finds it.
    this.#nodes.set(key, node);
    const members = this.selection.collected(of).map((factory) => this.#collectedNode(factory));
    const level = Math.max(0, ...members.map((member) => member.level));
    return Object.assign(node, { level, dependencies: members });
  }

  #lazy(key: Key, of: Key): GraphNode {
    const node = this.#added(lazyNode(key, of));
    this.#lazies.push({ node, of });
    return node;
  }

  #added(node: GraphNode): GraphNode {
    this.#all.push(node);
    return node;
  }
}
