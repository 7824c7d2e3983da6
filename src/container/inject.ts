// eslint-disable-next-line no-restricted-imports -- here they get their types
import { inject, injectable } from 'inversify';
import { SlipwayError } from '../errors/slipway-error.js';
import { type Token, tokenName } from '../tokens/token.js';

type AnyClass = abstract new (...args: never[]) => unknown;

const parametersByClass = new WeakMap<object, Map<number, Token<unknown>>>();

/**
 * Names the token of a constructor parameter. Unlike inversify's `inject`, a token of another type than the
 * parameter's does not compile.
 */
export function Inject<T>(key: Token<T>) {
  return <C extends AnyClass, I extends number>(
    target: C,
    _member: undefined,
    index: T extends ConstructorParameters<C>[I] ? I : never,
  ): void => {
    const parameters = parametersByClass.get(target) ?? new Map<number, Token<unknown>>();
    parametersByClass.set(target, parameters.set(index, key));
    inject(key)(target, undefined, index);
  };
}

/** Marks a class whose constructor parameters all carry {@link Inject}, also for inversify's own `bind(...).to(...)`. */
export function Injectable() {
  return (target: AnyClass): void => {
    const fault = declaredDependencies(target);
    if (typeof fault === 'string') {
      throw new SlipwayError('SLIPWAY_CONTAINER_PROVIDER_INVALID', {
        message: fault,
        context: { class: target.name },
      });
    }
    injectable()(target);
  };
}

/**
 * The tokens of a class's constructor, in order, or a sentence that says what is missing. A subclass does not inherit
 * them: it could pass anything to its base.
 */
export function declaredDependencies(target: AnyClass): readonly Token<unknown>[] | string {
  const parameters = parametersByClass.get(target);
  const name = tokenName(target);
  if (parameters === undefined) {
    const base = Object.getPrototypeOf(target) as unknown;
    if (typeof base === 'function' && target.length === 0 && takesParameters(base)) {
      return `${name} inherits a constructor from ${base.name} whose parameters it does not declare. Give ${name} a constructor with @Inject on each parameter, or provide it with inject: [...] (inject: [] if its own constructor takes nothing).`;
    }
  }
  const dependencies: Token<unknown>[] = [];
  const count = Math.max(target.length, parameters === undefined ? 0 : Math.max(...parameters.keys()) + 1);
  for (let index = 0; index < count; index += 1) {
    const key = parameters?.get(index);
    if (key === undefined) {
      return `Parameter ${index + 1} of ${name}'s constructor has no token. Put @Inject(Token) before it, or provide ${name} with inject: [...].`;
    }
    dependencies.push(key);
  }
  return dependencies;
}

function takesParameters(target: object): boolean {
  for (
    let current: unknown = target;
    typeof current === 'function';
    current = Object.getPrototypeOf(current) as unknown
  ) {
    if (current.length > 0 || parametersByClass.has(current)) return true;
  }
  return false;
}
