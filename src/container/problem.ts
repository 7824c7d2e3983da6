import { brandClass } from '../errors/error-brand.js';
import { SlipwayError } from '../errors/slipway-error.js';

/** One fault of a graph, found before anything is built. */
export interface GraphProblem {
  readonly kind:
    | 'missing'
    | 'cycle'
    | 'captive'
    | 'duplicate'
    | 'nothing-to-override'
    | 'nothing-to-decorate'
    | 'override-scope'
    | 'unknown-scope'
    | 'inactive'
    | 'declaration';
  /** The name of the token that is at fault. */
  readonly token: string;
  /** From a thing that nothing else needs, down to the one at fault. For a cycle: its members in order. */
  readonly path: readonly string[];
  readonly message: string;
  readonly hint: string;
}

/** Aliases that lead back to themselves. */
export function aliasLoop(path: readonly string[]): GraphProblem {
  const [token = ''] = path;
  return {
    kind: 'cycle',
    token,
    path,
    message: `${[...path, token].join(' -> ')} is a cycle of aliases: none of them stands for a factory.`,
    hint: 'Provide one of them by a factory.',
  };
}

/** A decorator of something that is not there. */
export function nothingToDecorate(token: string, provider: string): GraphProblem {
  return {
    kind: 'nothing-to-decorate',
    token,
    path: [token],
    message: `${token} is decorated in provider '${provider}', but nothing provides ${token}.`,
    hint: `Provide ${token}, or remove its decorator.`,
  };
}

/** Every fault of a graph at once. Nothing was opened. */
export class GraphError extends SlipwayError {
  static {
    brandClass(this, 'slipway.error.GraphError');
  }

  override readonly name = 'GraphError';
  readonly problems: readonly GraphProblem[];

  constructor(problems: readonly GraphProblem[]) {
    super('SLIPWAY_CONTAINER_INVALID', {
      message: `The container has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems
        .map(renderProblem)
        .join('\n')}`,
      context: { problems: problems.map(({ kind, token, path }) => ({ kind, key: token, path })) },
    });
    this.problems = problems;
  }
}

function renderProblem(problem: GraphProblem, index: number): string {
  const drawing = problem.kind === 'cycle' ? drawCycle(problem.path) : drawPath(problem.path);
  return `\n${index + 1}. ${problem.message}\n${drawing}\n   Hint: ${problem.hint}`;
}

/** `A -> B -> C`, one thing a line. */
export function drawPath(path: readonly string[]): string {
  return path
    .map((name, index) => `   ${index === 0 ? '' : `${'   '.repeat(index - 1)}└─> `}${name}`)
    .join('\n');
}

/** The members of a cycle with the arrow that closes it. */
export function drawCycle(path: readonly string[]): string {
  if (path.length === 1) return `   ╭─> ${path[0]}\n   ╰───╯`;
  return path
    .map((name, index) => {
      const edge = index === 0 ? '╭─>' : index === path.length - 1 ? '╰─<' : '│ ▼';
      return `   ${edge} ${name}`;
    })
    .join('\n');
}
