import type { ReleaseEntry } from './release.js';
import type { ScopeExtras } from './scope-state.js';

type Uses = NonNullable<ScopeExtras['uses']>;

interface Ordered {
  readonly entry: ReleaseEntry;
  /** What must have been released before. All of them come earlier in the order. */
  readonly after: readonly ReleaseEntry[];
}

interface Node {
  readonly entry: ReleaseEntry;
  readonly position: number;
  /** What it needs and what it holds lazily, directly or not. */
  lazily: ReadonlySet<Node>;
}

/** Every entry once, each after those that depend on it. */
export function inOrder(entries: readonly ReleaseEntry[], uses: Uses | undefined): readonly Ordered[] {
  if (entries.length === 1) return entries.map((entry) => ({ entry, after: [] }));
  const nodes = entries.map((entry, position): Node => ({ entry, position, lazily: new Set() }));
  const bySlot = new Map<number, Node[]>();
  for (const node of nodes) {
    const { index } = node.entry.step;
    const same = bySlot.get(index);
    if (same === undefined) bySlot.set(index, [node]);
    else same.push(node);
  }
  for (const node of nodes) node.lazily = reachable(node, bySlot, uses, true);
  const withLazy = sorted(nodes, ({ lazily }) => lazily);
  if (withLazy.length === nodes.length) return withLazy;
  // What is held lazily may lead back to its holder: among the members of such a circle that wish is dropped, and only
  // what was built later can be a dependant.
  const needs = new Map(
    nodes.map((node) => {
      const strictly = reachable(node, bySlot, uses, false);
      const isApart = (other: Node): boolean => !other.lazily.has(node);
      const isOlder = (other: Node): boolean => other.position < node.position && strictly.has(other);
      return [node, new Set([...node.lazily].filter((other) => isApart(other) || isOlder(other)))];
    }),
  );
  return sorted(nodes, (node) => needs.get(node) as ReadonlySet<Node>);
}

/** Dependants first, of equals the one built last; members of a cycle are left out. */
function sorted(nodes: readonly Node[], needsOf: (node: Node) => ReadonlySet<Node>): readonly Ordered[] {
  const result: Ordered[] = [];
  const left = new Set(nodes.toReversed());
  let before: number;
  do {
    before = left.size;
    for (const node of left) {
      const dependants = nodes.filter((other) => needsOf(other).has(node));
      if (dependants.some((other) => left.has(other))) continue;
      result.push({ entry: node.entry, after: dependants.map(({ entry }) => entry) });
      left.delete(node);
    }
  } while (left.size < before);
  return result;
}

/**
 * What `node` needs, directly or not: by injection, by what its factory asked for, and by what it holds lazily. Slots
 * are compared, not steps: those are made anew when bindings change.
 */
function reachable(
  { entry: { step: start } }: Node,
  bySlot: ReadonlyMap<number, readonly Node[]>,
  uses: Uses | undefined,
  lazily: boolean,
): ReadonlySet<Node> {
  const found = new Set<Node>();
  const seen = new Set([start]);
  for (const step of seen) {
    if (step.level !== start.level) continue;
    const nodes = step.index === start.index ? undefined : bySlot.get(step.index);
    if (nodes !== undefined) for (const node of nodes) found.add(node);
    for (const next of step.dependencies) seen.add(next);
    const asked = uses?.get(step.index);
    if (asked !== undefined) for (const next of asked) seen.add(next);
    if (lazily) for (const next of step.later) seen.add(next);
  }
  return found;
}
