import { SlipwayError } from '../errors/slipway-error.js';
import type { Outcome } from './factory.js';

type AnyGenerator = Generator<unknown, unknown, Outcome> | AsyncGenerator<unknown, unknown, Outcome>;
type Step = IteratorResult<unknown, unknown>;

/** Is `value` what calling a generator function gives? */
export function isGenerator(value: unknown): value is AnyGenerator {
  if (typeof value !== 'object' || value === null || typeof (value as AnyGenerator).next !== 'function') {
    return false;
  }
  const tag = Object.prototype.toString.call(value);
  return tag === '[object Generator]' || tag === '[object AsyncGenerator]';
}

/** Runs a generator up to its yield, which is the value. */
export function firstYield(generator: AnyGenerator): unknown {
  const step = generator.next({});
  return step instanceof Promise ? step.then(yielded) : yielded(step);
}

/** Runs what follows the yield. */
export function finish(generator: AnyGenerator, outcome: Outcome): void | PromiseLike<void> {
  const step = generator.next(outcome);
  if (!(step instanceof Promise)) return ended(generator, step);
  return step.then((result) => ended(generator, result));
}

function yielded(step: Step): unknown {
  if (step.done !== true) return step.value;
  throw new SlipwayError('SLIPWAY_CONTAINER_PROVIDER_INVALID', {
    message: 'The generator ended without a yield. Yield the value once; what follows releases it.',
  });
}

function ended(generator: AnyGenerator, step: Step): void | PromiseLike<void> {
  if (step.done === true) return undefined;
  const fault = new SlipwayError('SLIPWAY_CONTAINER_PROVIDER_INVALID', {
    message: 'The generator yielded a second time. Yield the value once; what follows releases it.',
  });
  const returned = generator.return(undefined);
  if (!(returned instanceof Promise)) throw fault;
  return returned.then(() => {
    throw fault;
  });
}
