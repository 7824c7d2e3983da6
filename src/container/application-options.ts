import type { ContextValues } from '../protocols/scope-runner.js';
import type { Token } from '../tokens/token.js';
import type { AnyProvider, NeededBy, ProvidedNames } from './provider.js';
import type { ScopeList } from './scopes.js';

/** Replacements of tokens, a value each. A factory replaces another with `override: true` in a provider after it. */
export type Overrides<T extends readonly unknown[]> = {
  readonly [K in keyof T]: readonly [key: Token<T[K]>, value: NoInfer<T[K]>];
};

export interface ApplicationOptions<
  O extends readonly unknown[],
  C extends readonly unknown[],
  S extends string,
> {
  /** Values that stand in for tokens; their real factories and decorators never run. An unknown token is a problem. */
  readonly overrides?: Overrides<O>;
  /** Values for the context tokens of the application's own scopes. */
  readonly context?: ContextValues<C>;
  /** Default: dishka's scopes. */
  readonly scopes?: ScopeList<S>;
  /** The longest `start()` takes before it gives up, in milliseconds. Default 60 000. */
  readonly startTimeoutMs?: number;
  /** The longest `stop()` takes, in milliseconds, draining included. Default 25 000: Kubernetes kills after 30 s. */
  readonly stopTimeoutMs?: number;
  /** How long `stop()` waits for open scopes to close by themselves, in milliseconds. Default 10 000. */
  readonly drainTimeoutMs?: number;
}

export interface StopOptions {
  /**
   * How long the application goes on as it was after its phase says `stopping`, so that who asks its readiness sends no
   * more work before it refuses any. Milliseconds, default 0; part of `stopTimeoutMs`, and at most half of it.
   */
  readonly unreadyMs?: number;
}

/** Names that every application provides itself. */
type OwnNames = 'ScopeRunner' | 'BackgroundTasks' | 'Lifecycle';
type MissingNames<P extends readonly AnyProvider[]> = Exclude<
  NeededBy<P[number]>,
  ProvidedNames<P[number]> | OwnNames
>;
/** `P` if every needed token has a factory; otherwise a type whose error text names those that are missing. */
export type Complete<P extends readonly AnyProvider[]> = [MissingNames<P>] extends [never]
  ? P
  : string extends MissingNames<P>
    ? P
    : { readonly 'missing providers': MissingNames<P> };
