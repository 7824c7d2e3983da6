import { SlipwayError } from '../errors/slipway-error.js';
import { Build } from './build.js';
import { refusedError, timeoutError } from './build-errors.js';
import { containerEvents } from './events.js';
import { type Outcome, isThenable } from './factory.js';
import { finish, firstYield, isGenerator } from './generator.js';
import type { GraphNode, NodeContext } from './graph.js';
import { BuildError } from './lifecycle-errors.js';
import type { Step } from './plan.js';
import { hold } from './release.js';
import { type ScopeState, building, nothing } from './scope-state.js';

type AnyRelease = (value: unknown, outcome: Outcome) => void | PromiseLike<void>;

/** For factories that take no context: values, classes, lists. */
const noContext = {} as NodeContext;

/** Runs a factory that needs no context and gives the value itself, and keeps the value. */
export function createdPlain(scope: ScopeState, step: Step, args: readonly unknown[]): unknown {
  const { node, index } = step;
  const startedAt = beginning(scope, step);
  const { slots } = scope;
  if (scope.extras?.refuses === true || node.kind === 'context') throw refusedError(scope, step);
  // The build that waited for the arguments stands here, if there was one.
  const held = slots[index];
  slots[index] = building;
  let value: unknown;
  try {
    value = node.make(args, noContext);
  } catch (error) {
    slots[index] = held;
    throw failed(scope, step, startedAt, error);
  }
  slots[index] = held;
  return keep(scope, step, value, node.release as AnyRelease | undefined, startedAt);
}

/**
 * The same for a class, with its dependencies taken one by one: for a constructor of a few parameters an array of them
 * would cost more than the call.
 */
export function constructed(
  scope: ScopeState,
  step: Step,
  Class: NonNullable<GraphNode['Class']>,
  argument: (scope: ScopeState, step: Step | undefined) => unknown,
): unknown {
  const { node, index, dependencies } = step;
  const startedAt = beginning(scope, step);
  const { slots } = scope;
  if (scope.extras?.refuses === true) throw refusedError(scope, step);
  slots[index] = building;
  let value: unknown;
  try {
    switch (dependencies.length) {
      case 0:
        value = new Class();
        break;
      case 1:
        value = new Class(argument(scope, dependencies[0]));
        break;
      case 2:
        value = new Class(argument(scope, dependencies[0]), argument(scope, dependencies[1]));
        break;
      case 3:
        value = new Class(
          argument(scope, dependencies[0]),
          argument(scope, dependencies[1]),
          argument(scope, dependencies[2]),
        );
        break;
      default:
        value = new Class(...dependencies.map((dependency) => argument(scope, dependency)));
    }
  } catch (error) {
    slots[index] = undefined;
    throw failed(scope, step, startedAt, error);
  }
  slots[index] = undefined;
  return keep(scope, step, value, node.release as AnyRelease | undefined, startedAt);
}

/**
 * Runs any factory with its arguments and keeps the value: gives the value itself, or a promise of it.
 * @param build the build that has waited for the arguments, if any.
 * @param sync is the value wanted at once?
 */
export function created(
  scope: ScopeState,
  step: Step,
  args: readonly unknown[],
  build: Build | undefined,
  sync: boolean,
): unknown {
  const { node, index } = step;
  const { slots } = scope;
  const startedAt = beginning(scope, step);
  const held = slots[index];
  const current = build ?? new Build(scope, step, sync);
  let made: unknown;
  let release = node.release as AnyRelease | undefined;
  try {
    if (scope.extras?.refuses === true) throw refusedError(scope, step);
    slots[index] = building;
    made = current.run(node.make, args);
    if (isGenerator(made)) {
      const generator = made;
      release = (_value, outcome) => finish(generator, outcome);
      made = current.run(firstYield, generator);
    }
  } catch (error) {
    slots[index] = held;
    current.settle();
    throw failed(scope, step, startedAt, error);
  }
  slots[index] = held;
  if (isThenable(made)) return awaited(current, made, release, startedAt);
  current.settle();
  return keep(scope, step, made, release, startedAt);
}

/** When the factory began, or 0 if nobody wants to know. */
function beginning(scope: ScopeState, step: Step): number {
  // What is there from the first is not built.
  if (step.node.kind === 'value') return 0;
  return step.level <= scope.shape.runtime.appLevel || containerEvents.build.hasSubscribers
    ? performance.now()
    : 0;
}

/** The promise of a value that is made asynchronously. It ends early where a time limit passes. */
function awaited(
  build: Build,
  made: PromiseLike<unknown>,
  release: AnyRelease | undefined,
  startedAt: number,
): Promise<unknown> {
  const { scope, step } = build;
  const { startTimeoutMs } = step.node;
  const onValue = (value: unknown): unknown => {
    if (build.abandoned) {
      releaseLate(scope, step, value, release, build.endReason);
      throw build.endReason;
    }
    build.settle();
    return keep(scope, step, value, release, startedAt);
  };
  const onError = (error: unknown): never => {
    build.settle();
    throw failed(scope, step, startedAt, error);
  };
  if (startTimeoutMs === undefined && step.level > scope.shape.runtime.appLevel) {
    return build.wait(Promise.resolve(made).then(onValue, onError));
  }
  return build.wait(
    new Promise((resolve, reject) => {
      const timer =
        startTimeoutMs === undefined
          ? undefined
          : setTimeout(() => build.abandon(timeoutError(step, startTimeoutMs)), startTimeoutMs);
      build.onAbandoned = (reason) => {
        clearTimeout(timer);
        failed(scope, step, startedAt, reason);
        reject(reason);
      };
      Promise.resolve(made)
        .then(onValue, onError)
        .finally(() => clearTimeout(timer))
        .then(resolve, reject);
    }),
  );
}

function keep(
  scope: ScopeState,
  step: Step,
  value: unknown,
  release: AnyRelease | undefined,
  startedAt: number,
): unknown {
  const { node } = step;
  if (node.cached) scope.slots[step.index] = value === undefined ? nothing : value;
  if (release !== undefined) hold(scope, step, value, release);
  if (startedAt > 0) {
    const durationMs = performance.now() - startedAt;
    scope.shape.runtime.onBuilt(step, durationMs);
    if (containerEvents.build.hasSubscribers) {
      containerEvents.build.publish({ token: node.name, scope: scope.shape.name, durationMs });
    }
  }
  return value;
}

function failed(scope: ScopeState, step: Step, startedAt: number, reason: unknown): BuildError {
  const error =
    reason instanceof BuildError && reason.path[0] === step.node.name
      ? reason
      : BuildError.of(step.node.name, reason);
  if (containerEvents.build.hasSubscribers) {
    const durationMs = performance.now() - startedAt;
    containerEvents.build.publish({ token: step.node.name, scope: scope.shape.name, durationMs, error });
  }
  return error;
}

/** The value came after its build was given up: nobody else will release it. */
function releaseLate(
  scope: ScopeState,
  step: Step,
  value: unknown,
  release: AnyRelease | undefined,
  reason: unknown,
): void {
  const token = step.node.name;
  const tell = (error?: unknown): void => {
    if (error !== undefined) {
      process.emitWarning(
        new SlipwayError('SLIPWAY_CONTAINER_STOP', {
          message: `${token} was built after it had been given up, and its release failed.`,
          context: { key: token },
          cause: error,
        }),
      );
    }
    containerEvents.build.publish({
      token,
      scope: scope.shape.name,
      durationMs: 0,
      late: true,
      ...(error === undefined ? {} : { error }),
    });
  };
  try {
    const released = release?.(value, { error: reason });
    if (isThenable(released)) released.then(() => tell(), tell);
    else tell();
  } catch (error) {
    tell(error);
  }
}
