import type { Graph } from '../graph.js';
import type { GraphProblem } from '../problem.js';
import type { BuildTime } from '../report.js';
import { validateGraph } from '../validate.js';
import { type Draft, type DraftKind, draftsOf, identity } from './draft.js';

/** One thing of an application's graph, as data. */
export interface DescribedToken {
  /** Its name within this description: `t1`, `t2`, ... in the order the factories were provided. */
  readonly id: string;
  readonly name: string;
  /**
   * How it is made. `opaque`: by a binding made on the inversify container; `all`: a list of what was collected;
   * `absent`: what `optional` asks for and nothing provides; `missing`: what nothing provides and has to be provided.
   */
  readonly kind: DraftKind;
  readonly scope: string;
  /** The name of its provider; empty where no factory makes it. */
  readonly provider: string;
  /** The other tokens that give the same value. */
  readonly aliases: readonly string[];
  readonly eager: boolean | 'if-used';
  readonly cached: boolean;
  /** The ids of what it needs, in order, each once. */
  readonly dependencies: readonly string[];
  /** The ids of what it holds by `lazy`. */
  readonly lazyDependencies: readonly string[];
  /** The messages of the problems it has a part in. */
  readonly problems: readonly string[];
  /** Milliseconds from the begin of the last start to the begin of its factory; absent if that did not build it. */
  readonly startedAtMs?: number;
  /** Milliseconds its factory took. */
  readonly durationMs?: number;
  /** Is it in the chain of builds that the last start had to wait for? */
  readonly onCriticalPath: boolean;
}

/** The graph of an application, as data. */
export interface GraphDescription {
  /** The scopes that something lives in, the longest-lived first. */
  readonly scopes: readonly string[];
  readonly tokens: readonly DescribedToken[];
  readonly problems: readonly GraphProblem[];
  /** Ids, in the order they were built; empty before a start. */
  readonly criticalPath: readonly string[];
}

/** `graph` with its problems, and with the times of the last start. */
export function describeGraph(graph: Graph, built: readonly BuildTime[]): GraphDescription {
  const drafts = draftsOf(graph);
  const ids = new Map(drafts.map((draft, index) => [draft, `t${index + 1}`]));
  const idsOf = (many: Iterable<Draft>): string[] => Array.from(many, (draft) => ids.get(draft) ?? []).flat();
  const problems = validateGraph(graph);
  const times = new Map(built.map((time) => [identity(time.node), time]));

  const tokens = drafts.map((draft): DescribedToken => {
    const { node } = draft;
    const time = times.get(identity(node));
    return {
      id: ids.get(draft) ?? '',
      name: draft.name,
      kind: draft.kind,
      scope: graph.scopes[draft.level] ?? '',
      provider: node.provider,
      aliases: draft.aliases,
      eager: node.eager,
      cached: node.cached,
      dependencies: idsOf(draft.needs),
      lazyDependencies: idsOf(draft.holds),
      problems: problems.filter((problem) => concerns(problem, draft.name)).map(({ message }) => message),
      ...(time === undefined ? {} : { startedAtMs: time.startedAtMs, durationMs: time.durationMs }),
      onCriticalPath: time?.onCriticalPath ?? false,
    };
  });
  const byIdentity = new Map(drafts.map((draft) => [identity(draft.node), draft]));
  const critical = built.filter(({ onCriticalPath }) => onCriticalPath);
  return {
    scopes: graph.scopes.filter((scope) => tokens.some((token) => token.scope === scope)),
    tokens,
    problems,
    criticalPath: idsOf(critical.flatMap(({ node }) => byIdentity.get(identity(node)) ?? [])),
  };
}

/** Of a path that leads to a fault, only its end is at fault; of a cycle all. */
function concerns({ kind, token, path }: GraphProblem, name: string): boolean {
  if (kind === 'cycle') return path.includes(name);
  return name === token || (path.length > 1 && name === path.at(-2));
}
