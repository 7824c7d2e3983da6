import { derivationOf } from '../../tokens/derived.js';
import { type Token, tokenName } from '../../tokens/token.js';
import type { Graph, GraphNode } from '../graph.js';

export type DraftKind = Exclude<GraphNode['kind'], 'lazy'> | 'missing';

/** A thing of the graph as a picture shows it: lazy injections are lines, and what is missing has its place. */
export interface Draft {
  readonly node: GraphNode;
  readonly name: string;
  readonly kind: DraftKind;
  /** The index of its scope; what nothing makes stands where it is needed. */
  level: number;
  readonly aliases: readonly string[];
  readonly needs: Set<Draft>;
  readonly holds: Set<Draft>;
}

/** The graph may have been made anew since a start: what stays is the factory, or the token where there is none. */
export function identity(node: GraphNode): unknown {
  return node.provider === '' ? node.token : node.make;
}

/** Everything worth showing, in the order the factories were provided; what is missing comes last. */
export function draftsOf(graph: Graph): readonly Draft[] {
  const aliases = aliasesOf(graph);
  const drafts = new Map<GraphNode, Draft>();
  for (const node of graph.nodes) {
    if (node.kind !== 'lazy') drafts.set(node, draft(node, node.kind, aliases.get(node)));
  }
  const missing = missingOf(graph, drafts);
  for (const [node, { needs, holds }] of drafts) {
    for (const needed of [...node.dependencies, ...(missing.get(node) ?? [])]) {
      if (needed.kind !== 'lazy') add(needs, drafts.get(needed));
      else for (const held of [...needed.later, ...(missing.get(needed) ?? [])]) add(holds, drafts.get(held));
    }
  }
  const needed = new Set(Array.from(drafts.values(), ({ needs, holds }) => [...needs, ...holds]).flat());
  const shown = [...drafts.values()].filter((each) => each.node.provider !== 'slipway' || needed.has(each));
  for (const each of shown) if (isNowhere(each)) each.level = Infinity;
  placeWhereNeeded(shown);
  return shown;
}

function draft(node: GraphNode, kind: DraftKind, aliases: readonly string[] = []): Draft {
  return { node, name: node.name, kind, level: node.level, aliases, needs: new Set(), holds: new Set() };
}

function add(set: Set<Draft>, each: Draft | undefined): void {
  if (each !== undefined) set.add(each);
}

function aliasesOf(graph: Graph): Map<GraphNode, string[]> {
  const aliases = new Map<GraphNode, string[]>();
  for (const [key, node] of graph.entries()) {
    if (key === node.token || derivationOf(key) !== undefined) continue;
    aliases.set(node, [...(aliases.get(node) ?? []), tokenName(key)]);
  }
  return aliases;
}

/** By whom what is missed; adds a draft for each. An alias of something missing is itself no node of the graph. */
function missingOf(graph: Graph, drafts: Map<GraphNode, Draft>): Map<GraphNode, GraphNode[]> {
  const byToken = new Map<Token<unknown>, GraphNode>();
  for (const { by } of graph.missing) {
    if (by.kind !== 'alias' || drafts.has(by)) continue;
    byToken.set(by.token, by);
    drafts.set(by, draft(by, 'alias'));
  }
  const missing = new Map<GraphNode, GraphNode[]>();
  for (const { by, key } of graph.missing) {
    let node = byToken.get(key);
    if (node === undefined) {
      node = { ...by, token: key, name: tokenName(key), provider: '', dependencies: [], later: [] };
      byToken.set(key, node);
      drafts.set(node, draft(node, 'missing'));
    }
    missing.set(by, [...(missing.get(by) ?? []), node]);
  }
  return missing;
}

function isNowhere({ kind, node }: Draft): boolean {
  return (
    kind === 'absent' ||
    kind === 'missing' ||
    kind === 'alias' ||
    (kind === 'all' && node.dependencies.length === 0)
  );
}

/** What has no scope of its own stands in the longest-lived of those that need it. */
function placeWhereNeeded(drafts: readonly Draft[]): void {
  const lowest = Math.min(...drafts.map(({ level }) => level));
  for (let changed = true; changed;) {
    changed = false;
    for (const { level, needs, holds } of drafts) {
      for (const needed of [...needs, ...holds]) {
        if (!isNowhere(needed) || needed.level <= level) continue;
        needed.level = level;
        changed = true;
      }
    }
  }
  for (const each of drafts) if (each.level === Infinity) each.level = Number.isFinite(lowest) ? lowest : 0;
}
