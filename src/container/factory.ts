import { SlipwayError } from '../errors/slipway-error.js';
import { type Token, tokenName } from '../tokens/token.js';
import { declaredDependencies } from './inject.js';

/** How the work in a scope ended, for those who release differently after a failure (commit or roll back). */
export interface Outcome {
  /** What the work failed with; absent after success. */
  readonly error?: unknown;
}

/** Handed to `create` after its dependencies. */
export interface BuildContext {
  /** Aborted when the build's time limit passes, when a sibling fails during `start()`, and when the scope closes. */
  readonly signal: AbortSignal;
}

export type Release = (value: never, outcome: Outcome) => void | PromiseLike<void>;

/** Which factories are active, for a factory's `when`. */
export interface Conditions {
  /** Is anything that provides this token active? */
  readonly has: (key: Token<unknown>) => boolean;
}

/**
 * How one token is made in one scope: what {@link Provider} collects and the graph reads. `make` gets the
 * dependencies in order.
 */
export interface Factory {
  readonly token: Token<unknown>;
  readonly kind: 'value' | 'create' | 'class' | 'context' | 'alias' | 'decorate';
  readonly scope: string | undefined;
  readonly dependencies: readonly Token<unknown>[];
  readonly make: (args: readonly unknown[], context: BuildContext) => unknown;
  /** Does `make` need no context, and is its result the value itself, never a promise? */
  readonly plain: boolean;
  /** What `make` constructs, where it only does that. */
  readonly Class?: (new (...args: unknown[]) => unknown) | undefined;
  readonly release: Release | undefined;
  readonly eager: boolean | 'if-used';
  readonly cached: boolean;
  readonly collect: boolean;
  readonly override: boolean;
  readonly when: ((conditions: Conditions) => boolean) | undefined;
  readonly startTimeoutMs: number | undefined;
  readonly stopTimeoutMs: number | undefined;
  /** A sentence that says what is wrong with the factory itself. */
  readonly fault: string | undefined;
  readonly provider: string;
}

/** The options of `provide` before the compiler's view of them; read by {@link toFactory}. */
export interface RawOptions {
  readonly scope?: string;
  readonly inject?: readonly Token<unknown>[];
  readonly create?: (...args: never[]) => unknown;
  readonly class?: abstract new (...args: never[]) => unknown;
  readonly value?: unknown;
  readonly release?: Release;
  readonly eager?: boolean | 'if-used';
  readonly cached?: boolean;
  readonly collect?: boolean;
  readonly override?: boolean;
  readonly when?: (conditions: Conditions) => boolean;
  readonly startTimeoutMs?: number;
  readonly stopTimeoutMs?: number;
}

export function toFactory(key: Token<unknown>, options: RawOptions, provider: string): Factory {
  const ways = ['value', 'create', 'class'].filter((way) => way in options);
  if (ways.length !== 1) {
    throw invalid(key, provider, `needs exactly one of create, class and value`);
  }
  checkLimit(key, provider, 'startTimeoutMs', options.startTimeoutMs);
  checkLimit(key, provider, 'stopTimeoutMs', options.stopTimeoutMs);
  const base = {
    token: key,
    scope: options.scope,
    release: options.release,
    eager: options.eager ?? true,
    cached: options.cached ?? true,
    collect: options.collect ?? false,
    override: options.override ?? false,
    when: options.when,
    startTimeoutMs: options.startTimeoutMs,
    stopTimeoutMs: options.stopTimeoutMs,
    fault: undefined,
    provider,
  };
  if ('value' in options) {
    const { value } = options;
    if (isThenable(value)) throw invalid(key, provider, 'has a promise as its value: use create to await it');
    return { ...base, kind: 'value', dependencies: [], make: () => value, plain: true };
  }
  if (options.class !== undefined) {
    const declared = options.inject ?? declaredDependencies(options.class);
    const Class = options.class as unknown as new (...args: unknown[]) => unknown;
    return {
      ...base,
      kind: 'class',
      dependencies: typeof declared === 'string' ? [] : declared,
      fault: typeof declared === 'string' ? declared : undefined,
      make: (args) => new Class(...args),
      Class,
      plain: true,
    };
  }
  const create = options.create as unknown as (...args: unknown[]) => unknown;
  if (typeof create !== 'function') throw invalid(key, provider, 'has a create that is no function');
  const dependencies = options.inject ?? [];
  return { ...base, kind: 'create', dependencies, make: callWith(create, dependencies.length), plain: false };
}

/** Spreading an array into a call is dear, and most factories take three dependencies at most. */
function callWith(create: (...args: unknown[]) => unknown, count: number): Factory['make'] {
  switch (count) {
    case 0:
      return (_args, context) => create(context);
    case 1:
      return (args, context) => create(args[0], context);
    case 2:
      return (args, context) => create(args[0], args[1], context);
    case 3:
      return (args, context) => create(args[0], args[1], args[2], context);
    default:
      return (args, context) => create(...args, context);
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}

function checkLimit(key: Token<unknown>, provider: string, option: string, value: number | undefined): void {
  if (value !== undefined && !(value > 0)) {
    throw invalid(key, provider, `has ${option}: ${value}, which must be a positive number of milliseconds`);
  }
}

function invalid(key: Token<unknown>, provider: string, what: string): SlipwayError {
  return new SlipwayError('SLIPWAY_CONTAINER_PROVIDER_INVALID', {
    message: `The factory of ${tokenName(key)} in provider '${provider}' ${what}.`,
    context: { key: tokenName(key), provider },
  });
}
