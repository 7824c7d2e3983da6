import { Build, settleAll } from './build.js';
import { asyncError, cycleError } from './build-errors.js';
import { constructed, created, createdPlain } from './create.js';
import { BuildError } from './lifecycle-errors.js';
import type { Step } from './plan.js';
import { Mark, type ScopeState, building, nothing, ownerOf } from './scope-state.js';

const noArguments: unknown[] = [];

/**
 * The value of `step`, seen from `scope`: at once if everything on the way is built or synchronous, else a promise
 * that all who ask share.
 */
export function resolve(scope: ScopeState, step: Step): unknown {
  const owner = step.level < scope.shape.from ? ownerOf(scope, step.level) : scope;
  const value = owner.slots[step.index];
  if (value === undefined) return begin(owner, step);
  if (!(value instanceof Mark)) return value;
  return value instanceof Build ? value.promise : read(value, step);
}

/** The value of `step` without waiting. */
export function resolveSync(scope: ScopeState, step: Step): unknown {
  const owner = step.level < scope.shape.from ? ownerOf(scope, step.level) : scope;
  const value = owner.slots[step.index];
  if (value === undefined) return beginSync(owner, step);
  return value instanceof Mark ? read(value, step) : value;
}

function beginSync(owner: ScopeState, step: Step): unknown {
  const { name } = step.node;
  if (step.node.Class !== undefined) return constructed(owner, step, step.node.Class, argument);
  const { dependencies } = step;
  let args = noArguments;
  if (dependencies.length > 0) {
    // eslint-disable-next-line unicorn/no-new-array -- dearer to grow by push, and this runs for every request
    args = new Array<unknown>(dependencies.length);
    try {
      for (let index = 0; index < dependencies.length; index += 1) {
        args[index] = resolveSync(owner, dependencies[index] as Step);
      }
    } catch (error) {
      throw BuildError.of(name, error);
    }
  }
  if (step.node.plain) return createdPlain(owner, step, args);
  const result = created(owner, step, args, undefined, true);
  if (!(result instanceof Promise)) return result;
  // What was begun goes on: the scope keeps it, and its end releases it. A failure is told on the channel.
  result.catch(ignore);
  throw asyncError(name, 'is made asynchronously');
}

/** The value of a dependency. The usual case is kept small, so that it becomes part of its caller. */
function argument(owner: ScopeState, step: Step | undefined): unknown {
  let holder = owner;
  // eslint-disable-next-line typescript/no-non-null-assertion -- asked for by the number of dependencies
  const { level, index } = step!;
  while (level < holder.shape.from && holder.outer !== undefined) holder = holder.outer;
  const value = holder.slots[index];
  return value === undefined || value instanceof Mark ? resolveSync(holder, step as Step) : value;
}

function begin(owner: ScopeState, step: Step): unknown {
  const { dependencies, node } = step;
  if (dependencies.length === 0) return run(owner, step, noArguments, undefined);
  const args: unknown[] = [];
  let waits = false;
  let failure: { readonly error: unknown } | undefined;
  for (const dependency of dependencies) {
    try {
      const value = resolve(owner, dependency);
      if (value instanceof Promise) waits = true;
      args.push(value);
    } catch (error) {
      failure = { error };
      break;
    }
  }
  if (waits) {
    const build = new Build(owner, step, false);
    build.args = args;
    return build.wait(
      settleAll(args, failure).then(
        (values) => run(owner, step, values, build),
        (error: unknown) => {
          build.settle();
          throw BuildError.of(node.name, error);
        },
      ),
    );
  }
  if (failure !== undefined) throw BuildError.of(node.name, failure.error);
  return run(owner, step, args, undefined);
}

function run(owner: ScopeState, step: Step, args: readonly unknown[], build: Build | undefined): unknown {
  if (!step.node.plain) return created(owner, step, args, build, false);
  try {
    return createdPlain(owner, step, args);
  } finally {
    build?.settle();
  }
}

function read(mark: Mark, step: Step): unknown {
  if (mark === nothing) return undefined;
  throw mark === building ? cycleError([step.node.name]) : asyncError(step.node.name, 'is still being built');
}

function ignore(): void {}
