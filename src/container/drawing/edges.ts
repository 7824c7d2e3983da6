import type { DescribedToken, GraphDescription } from './description.js';

/** A line of the picture: `from` needs `to`. */
export interface Edge {
  readonly from: DescribedToken;
  readonly to: DescribedToken;
  readonly lazy: boolean;
  /** Is it what a problem is about? */
  readonly faulty: boolean;
  /** Did the start wait for `to` and then for `from`? */
  readonly critical: boolean;
}

/** Every dependency once, injected and lazy ones apart, in the order of the tokens. */
export function edgesOf({ tokens, scopes, problems, criticalPath }: GraphDescription): readonly Edge[] {
  const byId = new Map(tokens.map((token) => [token.id, token]));
  const cycles = problems.filter(({ kind }) => kind === 'cycle').map(({ path }) => path);
  const isFaulty = (from: DescribedToken, to: DescribedToken): boolean =>
    to.kind === 'missing' || scopes.indexOf(to.scope) > scopes.indexOf(from.scope);
  const isInCycle = (from: DescribedToken, to: DescribedToken): boolean =>
    cycles.some((path) => path.some((name, at) => name === from.name && next(path, at) === to.name));
  const isCritical = (from: DescribedToken, to: DescribedToken): boolean => {
    const at = criticalPath.indexOf(to.id);
    return at >= 0 && criticalPath[at + 1] === from.id;
  };
  const edge = (from: DescribedToken, id: string, lazy: boolean): Edge[] => {
    const to = byId.get(id);
    if (to === undefined) return [];
    const faulty = isFaulty(from, to) || (!lazy && isInCycle(from, to));
    return [{ from, to, lazy, faulty, critical: !lazy && isCritical(from, to) }];
  };
  return tokens.flatMap((from) => [
    ...from.dependencies.flatMap((id) => edge(from, id, false)),
    ...from.lazyDependencies.flatMap((id) => edge(from, id, true)),
  ]);
}

function next(path: readonly string[], at: number): string | undefined {
  return path[(at + 1) % path.length];
}
