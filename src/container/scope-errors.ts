import { SlipwayError } from '../errors/slipway-error.js';
import { type Token, tokenName } from '../tokens/token.js';
import type { Graph } from './graph.js';
import { BuildError } from './lifecycle-errors.js';
import type { Step } from './plan.js';
import type { ScopeState } from './scope-state.js';
import { suggestion } from './validate.js';

type Key = Token<unknown>;

/** The scope was used after its end began. */
export function closedError({ shape }: ScopeState, key?: Key): SlipwayError {
  const name = key === undefined ? undefined : tokenName(key);
  return new SlipwayError('SLIPWAY_CONTAINER_CLOSED', {
    message: `${name === undefined ? `The scope ${shape.name}` : `${name} cannot be had: the scope ${shape.name}`} is closing or closed. Enter a new one.`,
    context: { scope: shape.name, ...(name === undefined ? {} : { key: name }) },
  });
}

/** Nothing provides what was asked for. */
export function missingError(key: Key, graph: Graph): BuildError {
  const known = Array.from(graph.entries(), ([each]) => each);
  return new BuildError('SLIPWAY_CONTAINER_MISSING', {
    path: [tokenName(key)],
    sentence: `Nothing provides ${tokenName(key)}. ${suggestion(key, known)}`,
  });
}

/** What was asked for lives in a scope inside this one. */
export function shorterLivedError({ shape }: ScopeState, { node, level }: Step): BuildError {
  const lives = shape.plan.graph.scopes[level] ?? '';
  return new BuildError('SLIPWAY_CONTAINER_SCOPE', {
    path: [node.name],
    sentence: `${node.name} lives in the scope ${lives}, and this is ${shape.name}. Enter ${lives} and ask there.`,
  });
}

/** A value was handed in that no provider declares. */
export function undeclaredError({ shape }: ScopeState, key: Key): SlipwayError {
  const name = tokenName(key);
  return new SlipwayError('SLIPWAY_CONTAINER_CONTEXT', {
    message: `${name} was handed in on entering ${shape.name}, but no provider declares it there. Declare it: provider.context(${name}, { scope: '${shape.name}' }).`,
    context: { key: name, scope: shape.name },
  });
}

/** `using` cannot wait for what the scope holds. */
export function asynchronousCloseError({ shape }: ScopeState, why: string): SlipwayError {
  return new SlipwayError('SLIPWAY_CONTAINER_ASYNC', {
    message: `Scope ${shape.name} ${why}, so \`using\` cannot close it. Use \`await using\`. It is being closed in the background.`,
    context: { scope: shape.name },
  });
}

/** The application could wait no longer for a scope that its user was closing already. */
export function leftClosingError({ shape }: ScopeState): SlipwayError {
  return new SlipwayError('SLIPWAY_CONTAINER_TIMEOUT', {
    message: `The scope ${shape.name} was being closed already, did not end in time and was left. Bound what its releases wait for.`,
    context: { scope: shape.name },
  });
}
