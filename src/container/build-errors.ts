import { SlipwayError } from '../errors/slipway-error.js';
import { BuildError } from './lifecycle-errors.js';
import type { Step } from './plan.js';
import type { ScopeState } from './scope-state.js';

/** The failure of a build that took longer than it may. */
export function timeoutError(step: Step, limitMs: number): BuildError {
  return new BuildError('SLIPWAY_CONTAINER_TIMEOUT', {
    path: [step.node.name],
    sentence: `The factory of ${step.node.name} did not end within ${limitMs} ms. Whatever it still gives is released at once.`,
  });
}

/** The reason that intakes are not waited for any more. */
export function openTimeoutError(limitMs: number): SlipwayError {
  return new SlipwayError('SLIPWAY_CONTAINER_TIMEOUT', {
    message: `The start did not end within ${limitMs} ms. Let opening intakes heed their signal, or raise startTimeoutMs.`,
    context: { limitMs },
  });
}

/** Why nothing is built: the scope is closed, or the value should have been handed in. */
export function refusedError(scope: ScopeState, step: Step): BuildError {
  const { name } = step.node;
  const where = scope.shape.name;
  if (scope.extras?.refuses === true) {
    return new BuildError('SLIPWAY_CONTAINER_CLOSED', {
      path: [name],
      sentence: `${name} is not built any more: its scope ${where} is closing or closed.`,
    });
  }
  return new BuildError('SLIPWAY_CONTAINER_CONTEXT', {
    path: [name],
    sentence: `${name} is a value handed in on entering ${where}, and was not: enter(Scope.${where}, [[${name}, value]]).`,
  });
}

/** What the factory of `path[0]` asked the container for, while it ran, needs what the factory makes. */
export function cycleError(path: readonly string[]): BuildError {
  return new BuildError('SLIPWAY_CONTAINER_CYCLE', {
    path,
    sentence: `The factory of ${path[0]} waits for itself: what it asks the container for needs ${path[0]}. Inject lazy(...) and ask after the build.`,
  });
}

/** What has to be waited for was asked for without waiting. */
export function asyncError(name: string, how: string): BuildError {
  return new BuildError('SLIPWAY_CONTAINER_ASYNC', {
    path: [name],
    sentence: `getSync cannot wait for ${name}, which ${how}. Use get.`,
  });
}
