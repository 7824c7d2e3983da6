import type { ReleaseEntry } from './release.js';
import type { ScopeExtras } from './scope-state.js';

type Uses = NonNullable<ScopeExtras['uses']>;

interface Ordered {
  readonly entry: ReleaseEntry;
  /** What must have been released before. All of them come earlier in the order. */
  readonly after: readonly ReleaseEntry[];
}

/** Every entry once, each after those that depend on it. */
export function inOrder(entries: readonly ReleaseEntry[], uses: Uses | undefined): readonly Ordered[] {
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) return [{ entry: only, after: [] }];
  const lazily = reachable(entries, uses, true);
  const withLazy = sorted(entries, lazily);
  if (withLazy.length === entries.length) return withLazy;
  // What is held lazily may lead back to its holder: among the members of such a circle that wish is dropped, and only
  // what was built later can be a dependant.
  const strictly = reachable(entries, uses, false);
  const needs = entries.map((_entry, index) => {
    const isApart = (other: number): boolean => lazily[other]?.has(index) !== true;
    const isOlder = (other: number): boolean => other < index && strictly[index]?.has(other) === true;
    return new Set([...(lazily[index] ?? [])].filter((other) => isApart(other) || isOlder(other)));
  });
  return sorted(entries, needs);
}

/** Dependants first; members of a cycle are left out. `needs[i]` has the positions of what entry i needs. */
function sorted(entries: readonly ReleaseEntry[], needs: readonly ReadonlySet<number>[]): readonly Ordered[] {
  const result: Ordered[] = [];
  const left = new Set(entries.keys());
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const index of [...left].toReversed()) {
      const dependants = [...entries.keys()].filter((other) => needs[other]?.has(index) === true);
      const entry = entries[index];
      if (entry === undefined || dependants.some((other) => left.has(other))) continue;
      result.push({ entry, after: dependants.flatMap((other) => entries[other] ?? []) });
      left.delete(index);
    }
  }
  return result;
}

/**
 * For each entry the positions of those it needs, directly or not: by injection, by what its factory asked for, and
 * by what it holds lazily. Slots are compared, not steps: those are made anew when bindings change.
 */
function reachable(
  entries: readonly ReleaseEntry[],
  uses: Uses | undefined,
  lazily: boolean,
): readonly ReadonlySet<number>[] {
  const positions = new Map<number, number[]>();
  for (const [position, { step }] of entries.entries()) {
    const known = positions.get(step.index);
    if (known === undefined) positions.set(step.index, [position]);
    else known.push(position);
  }
  return entries.map(({ step: start }) => {
    const found = new Set<number>();
    const seen = new Set([start]);
    for (const step of seen) {
      if (step.level !== start.level) continue;
      if (step.index !== start.index)
        for (const position of positions.get(step.index) ?? []) found.add(position);
      for (const next of step.dependencies) seen.add(next);
      for (const next of uses?.get(step.index) ?? []) seen.add(next);
      if (lazily) for (const next of step.later) seen.add(next);
    }
    return found;
  });
}
