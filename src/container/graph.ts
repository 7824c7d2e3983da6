import { derivationOf } from '../tokens/derived.js';
import { type Token, token, tokenName } from '../tokens/token.js';
import type { BuildContext, Factory, Release } from './factory.js';
import type { GraphProblem } from './problem.js';
import { type ExternalBindings, Selection } from './selection.js';

type Key = Token<unknown>;

/** What makes a node whose value depends on who asks: the scope it is built in. */
export interface NodeContext extends BuildContext {
  readonly owner: { get(key: Key): Promise<unknown> };
  /** Must the value be had without waiting? */
  readonly sync: boolean;
}

/** One thing of the graph: a token with all that is decided about how it is made. */
export interface GraphNode {
  readonly token: Key;
  readonly name: string;
  readonly kind: Factory['kind'] | 'opaque' | 'all' | 'lazy' | 'absent';
  /** The index of its scope in the list of scopes. */
  readonly level: number;
  /** Built before it, released after it. */
  dependencies: readonly GraphNode[];
  /** Injected lazily: released after it where that is possible. */
  later: readonly GraphNode[];
  readonly make: (args: readonly unknown[], context: NodeContext) => unknown;
  /** Does `make` need no context, and is its result the value itself, never a promise? */
  readonly plain: boolean;
  /** What `make` constructs, where it only does that. */
  readonly Class: Factory['Class'];
  readonly release: Release | undefined;
  readonly eager: boolean | 'if-used';
  readonly cached: boolean;
  readonly startTimeoutMs: number | undefined;
  readonly stopTimeoutMs: number | undefined;
  /** The name of the provider, for messages and pictures. */
  readonly provider: string;
}

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

  constructor(input: GraphInput) {
    this.#input = input;
    this.selection = new Selection(input.factories, input.replacements, input.scopes, input.external);
    this.problems = this.selection.problems;
    for (const key of this.selection.tokens()) {
      this.node(key);
      for (const factory of this.selection.collected(key)) this.#collectedNode(factory);
    }
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
    if (this.#nodes.has(key)) return this.#nodes.get(key);
    // An alias that leads back to itself finds this entry and is missing instead of endless.
    this.#nodes.set(key, undefined);
    const found = this.#make(key);
    this.#nodes.set(key, found);
    return found;
  }

  #make(key: Key): GraphNode | undefined {
    if (this.#input.external.isForeign(key)) return this.#opaque(key);
    const factory = this.selection.factory(key);
    if (factory !== undefined) return this.#decorated(key, factory);
    const derivation = derivationOf(key);
    if (derivation === undefined) return undefined;
    if (derivation.kind === 'optional') return this.node(derivation.of) ?? this.#absent(key);
    if (derivation.kind === 'all') return this.#list(key, derivation.of);
    return this.#lazy(key, derivation.of);
  }

  #decorated(key: Key, factory: Factory): GraphNode | undefined {
    if (factory.kind === 'alias') {
      const [target] = factory.dependencies;
      const node = target === undefined ? undefined : this.node(target);
      if (node === undefined && target !== undefined)
        this.missing.push({ by: this.#placeholder(key), key: target });
      return node;
    }
    let node = this.#fromFactory(key, factory, undefined);
    for (const decorator of this.selection.decorators(key)) node = this.#fromFactory(key, decorator, node);
    return node;
  }

  #fromFactory(key: Key, factory: Factory, inner: GraphNode | undefined): GraphNode {
    const level = factory.scope === undefined ? -1 : this.#input.scopes.indexOf(factory.scope);
    const node: GraphNode = {
      ...blank(key, factory.kind),
      level: level >= 0 ? level : (inner?.level ?? this.#input.appLevel),
      make: factory.make,
      plain: factory.plain,
      Class: factory.Class,
      release: factory.release,
      eager: factory.kind !== 'context' && factory.eager,
      cached: factory.cached,
      startTimeoutMs: factory.startTimeoutMs,
      stopTimeoutMs: factory.stopTimeoutMs,
      provider: factory.provider,
    };
    this.#all.push(node);
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
    // Each member has a key of its own: the token itself stands for none of them.
    const key = collectedKey(factory);
    return this.#nodes.get(key) ?? this.#fromFactory(key, factory, undefined);
  }

  #connect(node: GraphNode, keys: readonly Key[]): void {
    const dependencies: GraphNode[] = [];
    const later: GraphNode[] = [];
    for (const key of keys) {
      const dependency = this.node(key);
      if (dependency === undefined) this.missing.push({ by: node, key });
      else {
        dependencies.push(dependency);
        if (dependency.kind === 'lazy') later.push(...dependency.later);
      }
    }
    node.dependencies = dependencies;
    node.later = later;
  }

  #opaque(key: Key): GraphNode {
    const { resolveForeign, appLevel } = this.#input;
    return this.#added({
      ...blank(key, 'opaque'),
      level: appLevel,
      make: (_args, { sync }) => resolveForeign(key, sync),
      plain: false,
      // inversify keeps what it should; asking it again keeps its own scopes true.
      cached: false,
    });
  }

  #list(key: Key, of: Key): GraphNode {
    const members = this.selection.collected(of).map((factory) => this.#collectedNode(factory));
    return this.#added({
      ...blank(key, 'all'),
      level: Math.max(0, ...members.map(({ level }) => level)),
      dependencies: members,
      make: (args) => Object.freeze([...args]),
    });
  }

  #lazy(key: Key, of: Key): GraphNode {
    const node: GraphNode = {
      ...blank(key, 'lazy'),
      level: 0,
      make:
        (_args, { owner }) =>
        () =>
          owner.get(of),
      plain: false,
    };
    this.#nodes.set(key, node);
    const target = this.node(of);
    if (target === undefined) this.missing.push({ by: node, key: of });
    else Object.assign(node, { level: target.level, later: [target] });
    return this.#added(node);
  }

  #absent(key: Key): GraphNode {
    return this.#added({ ...blank(key, 'absent'), make: () => undefined });
  }

  #placeholder(key: Key): GraphNode {
    return blank(key, 'alias');
  }

  #added(node: GraphNode): GraphNode {
    this.#all.push(node);
    return node;
  }
}

const collectedKeys = new WeakMap<Factory, Key>();

function collectedKey(factory: Factory): Key {
  let key = collectedKeys.get(factory);
  if (key === undefined) {
    key = token<unknown>()(tokenName(factory.token));
    collectedKeys.set(factory, key);
  }
  return key;
}

function blank(key: Key, kind: GraphNode['kind']): GraphNode {
  return {
    token: key,
    name: tokenName(key),
    kind,
    level: 0,
    dependencies: [],
    later: [],
    make: () => undefined,
    plain: true,
    Class: undefined,
    release: undefined,
    eager: false,
    cached: true,
    startTimeoutMs: undefined,
    stopTimeoutMs: undefined,
    provider: '',
  };
}
