import { SlipwayError } from '../errors/slipway-error.js';
import type { Token } from '../tokens/token.js';
import {
  type BuildContext,
  type Conditions,
  type Factory,
  type Outcome,
  type RawOptions,
  toFactory,
} from './factory.js';

type AnyToken = Token<unknown>;

/** The values that a tuple of tokens injects. */
export type Injected<D extends readonly AnyToken[]> = {
  [K in keyof D]: D[K] extends Token<infer T> ? T : never;
};

/** What `create` may return for a token of `T`: a generator yields the value, and what follows the yield releases it. */
export type Creation<T> = T | PromiseLike<T> | Generator<T, void, Outcome> | AsyncGenerator<T, void, Outcome>;

/** The value that comes of a {@link Creation}. */
type Created<R> =
  R extends PromiseLike<infer V>
    ? V
    : R extends Generator<infer V, void, Outcome>
      ? V
      : R extends AsyncGenerator<infer V, void, Outcome>
        ? V
        : R;

type LiteralName<Name extends string> = string extends Name ? never : Name;
type NeededName<Name extends string> = Name extends `${string}?` | `${string}[]`
  ? never
  : Name extends `() => ${infer Inner}`
    ? Inner
    : LiteralName<Name>;
/** The names of the tokens that must be provided for `D` to be injected. */
export type NeededNames<D extends readonly AnyToken[]> = {
  [K in keyof D]: D[K] extends { readonly __name?: infer Name extends string } ? NeededName<Name> : never;
}[number];

interface CommonOptions {
  /** The scope whose end releases the value. */
  readonly scope: string;
  /**
   * Is it built at `start()`? `'if-used'`: only if something that is eager, in any scope, depends on it. Otherwise it is
   * built when first asked for. Matters for cached values of the application's own scopes. Default true.
   */
  readonly eager?: boolean | 'if-used';
  /** One value per scope, or a new one for each who asks? Default true. */
  readonly cached?: boolean;
  /** Is this one of several, injected together by `all(Token)`? Default false. */
  readonly collect?: boolean;
  /** Does this replace a factory provided before it? Without it a second factory of a token is a fault. */
  readonly override?: boolean;
  /** Decides, when the graph is made, whether this factory takes part. */
  readonly when?: (conditions: Conditions) => boolean;
  /** The longest the build takes, in milliseconds. Default: the application's total limit alone. */
  readonly startTimeoutMs?: number;
  /**
   * The longest the release takes, in milliseconds. Default 10 000 where the application closes the scope; a scope closed
   * by its user waits without a limit.
   */
  readonly stopTimeoutMs?: number;
}

export interface CreateOptions<D extends readonly AnyToken[], R> extends CommonOptions {
  readonly inject?: D;
  readonly create: (...args: [...Injected<D>, context: BuildContext]) => R;
  /** Runs when the scope ends, after everything that depends on the value was released. */
  readonly release?: (value: Created<R>, outcome: Outcome) => void | PromiseLike<void>;
}

export interface ClassOptions<T, D extends readonly AnyToken[]> extends CommonOptions {
  /** Its constructor's tokens; without them they are read from its `@Inject`s. */
  readonly inject?: D;
  readonly class: new (...args: Injected<D>) => T;
  readonly release?: (value: T, outcome: Outcome) => void | PromiseLike<void>;
}

export interface DecoratedClassOptions<T> extends CommonOptions {
  /** A class whose constructor parameters all carry `@Inject`. */
  readonly class: new (...args: never[]) => T;
  readonly inject?: undefined;
  readonly release?: (value: T, outcome: Outcome) => void | PromiseLike<void>;
}

export interface ValueOptions<T> extends Omit<CommonOptions, 'scope' | 'startTimeoutMs'> {
  /** Default: the application's own scope. */
  readonly scope?: string;
  readonly value: T;
  readonly release?: (value: T, outcome: Outcome) => void | PromiseLike<void>;
}

export interface DecorateOptions<T, D extends readonly AnyToken[], R> {
  /** The same scope as what is decorated, or a narrower one. Default: the same. */
  readonly scope?: string;
  readonly inject?: D;
  /** Gets the value to wrap first, then its own dependencies. */
  readonly create: (...args: [inner: T, ...Injected<D>, context: BuildContext]) => R;
  readonly release?: (value: Created<R>, outcome: Outcome) => void | PromiseLike<void>;
  readonly startTimeoutMs?: number;
  readonly stopTimeoutMs?: number;
}

/** Any provider, for signatures that do not follow what is provided. */
export type AnyProvider = Provider<string, string>;

/**
 * A named group of factories. The type parameters carry the names of the tokens provided and needed so far, so that
 * an {@link Application} that lacks one does not compile.
 */
export class Provider<out Provided extends string = never, out Needed extends string = never> {
  declare readonly __provided?: Provided;
  declare readonly __needed?: Needed;
  readonly name: string;
  readonly #factories: Factory[] = [];

  /** @param name shown in errors, graphs and reports. */
  constructor(name: string) {
    this.name = name;
  }

  /** What was provided so far, in order. */
  get factories(): readonly Factory[] {
    return this.#factories;
  }

  /** Says how `key` is made: by a function, a class or a value. */
  provide<T, Name extends string>(
    key: Token<T, Name>,
    options: DecoratedClassOptions<NoInfer<T>> | ValueOptions<NoInfer<T>>,
  ): Provider<Provided | LiteralName<Name>, Needed>;
  provide<T, Name extends string, const D extends readonly AnyToken[]>(
    key: Token<T, Name>,
    options: ClassOptions<NoInfer<T>, D>,
  ): Provider<Provided | LiteralName<Name>, Needed | NeededNames<D>>;
  provide<T, Name extends string, R extends Creation<NoInfer<T>>, const D extends readonly AnyToken[] = []>(
    key: Token<T, Name>,
    options: CreateOptions<D, R>,
  ): Provider<Provided | LiteralName<Name>, Needed | NeededNames<D>>;
  provide(key: AnyToken, options: object): Provider<string, string> {
    this.#factories.push(toFactory(key, options, this.name));
    return this;
  }

  /** Provides a class under itself. */
  provideClass<T>(
    target: new (...args: never[]) => T,
    options: Omit<DecoratedClassOptions<NoInfer<T>>, 'class'>,
  ): Provider<Provided, Needed>;
  provideClass<T, const D extends readonly AnyToken[]>(
    target: new (...args: Injected<D>) => T,
    options: Omit<ClassOptions<NoInfer<T>, D>, 'class' | 'inject'> & { readonly inject: D },
  ): Provider<Provided, Needed | NeededNames<D>>;
  provideClass(target: AnyToken, options: object): AnyProvider {
    this.#factories.push(toFactory(target, { ...options, class: target }, this.name));
    return this;
  }

  /** Declares a value that is handed in when `scope` is entered. */
  context<T, Name extends string>(
    key: Token<T, Name>,
    options: { readonly scope: string },
  ): Provider<Provided | LiteralName<Name>, Needed> {
    this.#factories.push({ ...bare(key, this.name), kind: 'context', scope: options.scope });
    return this as Provider<string, string> as Provider<Provided | LiteralName<Name>, Needed>;
  }

  /** Gives the value of `target` under a second token. */
  alias<T, Name extends string, Target extends string>(
    key: Token<T, Name>,
    target: Token<NoInfer<T>, Target>,
    options: { readonly override?: boolean; readonly when?: (conditions: Conditions) => boolean } = {},
  ): Provider<Provided | LiteralName<Name>, Needed | LiteralName<Target>> {
    this.#factories.push({
      ...bare(key, this.name),
      kind: 'alias',
      dependencies: [target],
      override: options.override ?? false,
      when: options.when,
    });
    return this as Provider<string, string> as Provider<
      Provided | LiteralName<Name>,
      Needed | LiteralName<Target>
    >;
  }

  /** Wraps what another factory gives for `key`; several decorators wrap in the order they are added. */
  decorate<T, Name extends string, R extends Creation<NoInfer<T>>, const D extends readonly AnyToken[] = []>(
    key: Token<T, Name>,
    options: DecorateOptions<NoInfer<T>, D, R>,
  ): Provider<Provided, Needed | LiteralName<Name> | NeededNames<D>> {
    const raw = options as unknown as RawOptions;
    const factory = toFactory(key, { ...raw, inject: [key, ...(raw.inject ?? [])] }, this.name);
    this.#factories.push({ ...factory, kind: 'decorate' });
    return this as Provider<string, string> as Provider<
      Provided,
      Needed | LiteralName<Name> | NeededNames<D>
    >;
  }

  /** Takes in all factories of other providers, as if they had been provided here. */
  include<const P extends readonly AnyProvider[]>(
    ...providers: P
  ): Provider<Provided | ProvidedNames<P[number]>, Needed | NeededBy<P[number]>> {
    for (const provider of providers) {
      if (!(provider instanceof Provider)) {
        throw new SlipwayError('SLIPWAY_CONTAINER_PROVIDER_INVALID', {
          message: `Provider '${this.name}' includes something that is no Provider. Include what new Provider(name) made.`,
        });
      }
      this.#factories.push(...provider.factories);
    }
    return this as Provider<string, string> as never;
  }
}

/** The names a provider provides. */
export type ProvidedNames<P> = P extends Provider<infer Provided, string> ? Provided : never;
/** The names a provider's factories need. */
export type NeededBy<P> = P extends Provider<string, infer Needed> ? Needed : never;

/** A factory that makes nothing itself. */
function bare(key: AnyToken, provider: string): Factory {
  return {
    token: key,
    kind: 'context',
    scope: undefined,
    dependencies: [],
    make: () => undefined,
    plain: true,
    release: undefined,
    eager: false,
    cached: true,
    collect: false,
    override: false,
    when: undefined,
    startTimeoutMs: undefined,
    stopTimeoutMs: undefined,
    fault: undefined,
    provider,
  };
}
