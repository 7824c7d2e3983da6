import { type Token, token, tokenName } from '../tokens/token.js';
import type { BuildContext, Factory, Release } from './factory.js';

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
  /** What a lazy node gives: released after all that hold it, where that is possible. */
  readonly later: readonly GraphNode[];
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

const collectedKeys = new WeakMap<Factory, Key>();

/** Each factory provided with `collect: true` has a key of its own: the token itself stands for none of them. */
export function collectedKey(factory: Factory): Key {
  let key = collectedKeys.get(factory);
  if (key === undefined) {
    key = token<unknown>()(tokenName(factory.token));
    collectedKeys.set(factory, key);
  }
  return key;
}

/** A node that is made of nothing and needs nothing. */
export function blank(key: Key, kind: GraphNode['kind']): GraphNode {
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

/** What a factory makes, in the scope of `level`. */
export function factoryNode(key: Key, factory: Factory, level: number): GraphNode {
  return {
    ...blank(key, factory.kind),
    level,
    make: factory.make,
    plain: factory.plain,
    Class: factory.Class,
    release: factory.release,
    eager: factory.eager,
    cached: factory.cached,
    startTimeoutMs: factory.startTimeoutMs,
    stopTimeoutMs: factory.stopTimeoutMs,
    provider: factory.provider,
  };
}

/** What somebody else bound on the inversify container. */
export function opaqueNode(
  key: Key,
  level: number,
  resolve: (key: Key, sync: boolean) => unknown,
): GraphNode {
  return {
    ...blank(key, 'opaque'),
    level,
    make: (_args, { sync }) => resolve(key, sync),
    plain: false,
    // inversify keeps what it should; asking it again keeps its own scopes true.
    cached: false,
  };
}

/** All that are provided with `collect: true`, in a list. */
export function listNode(key: Key): GraphNode {
  return { ...blank(key, 'all'), make: (args) => Object.freeze([...args]) };
}

/** A function that gives `of` when it is called. */
export function lazyNode(key: Key, of: Key): GraphNode {
  return {
    ...blank(key, 'lazy'),
    make:
      (_args, { owner }) =>
      () =>
        owner.get(of),
    plain: false,
  };
}
