import { nearest } from '../errors/nearest.js';
import { type Token, tokenName } from '../tokens/token.js';
import type { Graph, GraphNode } from './graph.js';
import type { GraphProblem } from './problem.js';

/** Every fault of `graph`, without building anything. */
export function validateGraph(graph: Graph): readonly GraphProblem[] {
  const paths = new Paths(graph);
  return [...graph.problems, ...missing(graph, paths), ...cycles(graph), ...captives(graph, paths)];
}

function missing(graph: Graph, paths: Paths): GraphProblem[] {
  const known = [...graph.entries()];
  return graph.missing.map(({ by, key }) => {
    const name = tokenName(key);
    const path = [...paths.to(by), name];
    const inactive = graph.selection.isInactive(key);
    return {
      kind: inactive ? 'inactive' : 'missing',
      token: name,
      path,
      message: inactive
        ? `${by.name} needs ${name}, whose factories are all switched off by their \`when\`.`
        : `${by.name} needs ${name}, which nothing provides.`,
      hint: inactive
        ? `Let one of them take part, or inject optional(${name}).`
        : suggestion(
            key,
            known.map(([each]) => each),
          ),
    };
  });
}

/** What may have been meant by a token that nothing provides. */
export function suggestion(key: Token<unknown>, known: readonly Token<unknown>[]): string {
  const name = tokenName(key);
  const names = known.map(tokenName);
  if (names.includes(name)) {
    return `Another token is also called ${name}: two calls of token() make two tokens, so import the one that is provided.`;
  }
  const close = nearest(name, names);
  const advice = `Provide ${name}, or inject optional(${name}).`;
  return close.length === 0 ? advice : `Did you mean ${close.join(' or ')}? Otherwise: ${advice}`;
}

function cycles(graph: Graph): GraphProblem[] {
  const problems: GraphProblem[] = [];
  const done = new Set<GraphNode>();
  const path: GraphNode[] = [];
  const onPath = new Map<GraphNode, number>();
  const visit = (node: GraphNode): void => {
    const start = onPath.get(node);
    if (start !== undefined) {
      const members = path.slice(start).map(({ name }) => name);
      problems.push({
        kind: 'cycle',
        token: node.name,
        path: members,
        message: `${[...members, node.name].join(' -> ')} is a cycle: none of them can be built first.`,
        hint: `Inject lazy(${node.name}) into ${members.at(-1)}, or move what both need into a third.`,
      });
      return;
    }
    if (done.has(node)) return;
    onPath.set(node, path.length);
    path.push(node);
    for (const dependency of node.dependencies) visit(dependency);
    path.pop();
    onPath.delete(node);
    done.add(node);
  };
  for (const node of graph.nodes) visit(node);
  return problems;
}

function captives(graph: Graph, paths: Paths): GraphProblem[] {
  const problems: GraphProblem[] = [];
  for (const node of graph.nodes) {
    for (const dependency of node.dependencies) {
      if (dependency.level <= node.level) continue;
      const lives = graph.scopes[node.level] ?? '';
      const shorter = graph.scopes[dependency.level] ?? '';
      problems.push({
        kind: 'captive',
        token: dependency.name,
        path: [...paths.to(node), dependency.name],
        message: `${node.name} lives in ${lives} but needs ${dependency.name}, which lives only in ${shorter}: it would keep one ${shorter}'s for all others.`,
        hint: `Give ${node.name} the scope ${shorter}, or ${dependency.name} the scope ${lives}.`,
      });
    }
  }
  return problems;
}

/** The names on the shortest way to `node` from one that nothing else needs. */
export function wayTo(graph: Graph, node: GraphNode): readonly string[] {
  return new Paths(graph).to(node);
}

class Paths {
  readonly #dependants = new Map<GraphNode, GraphNode[]>();

  constructor(graph: Graph) {
    for (const node of graph.nodes) {
      for (const dependency of node.dependencies) {
        const dependants = this.#dependants.get(dependency);
        if (dependants === undefined) this.#dependants.set(dependency, [node]);
        else dependants.push(node);
      }
    }
  }

  /** Of several ways the shortest from something eager: that is what asked for the node. */
  to(node: GraphNode): readonly string[] {
    const queue: [head: GraphNode, ...rest: GraphNode[]][] = [[node]];
    const seen = new Set([node]);
    let end: readonly GraphNode[] | undefined;
    let last: readonly GraphNode[] = [node];
    for (const path of queue) {
      const [head] = path;
      const dependants = this.#dependants.get(head);
      if (dependants === undefined) {
        if (head.eager === true) return namesOf(path);
        end ??= path;
        continue;
      }
      last = path;
      for (const dependant of dependants) {
        if (seen.has(dependant)) continue;
        seen.add(dependant);
        queue.push([dependant, ...path]);
      }
    }
    // Where all that need it lead in a circle, there is no end.
    return namesOf(end ?? last);
  }
}

function namesOf(path: readonly GraphNode[]): readonly string[] {
  return path.map(({ name }) => name);
}
