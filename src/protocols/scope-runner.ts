import type { Token } from '../tokens/token.js';
import { token } from '../tokens/token.js';

/** Resolves tokens in one open scope. */
export interface Resolver {
  /** Builds what is needed, once per token and scope. */
  get<T>(key: Token<T>): Promise<T>;
  /** The same where nothing on the way is asynchronous or all of that is built already; throws otherwise. */
  getSync<T>(key: Token<T>): T;
}

/** A scope that work runs in. */
export interface RunningScope extends Resolver {
  /** Aborts when the application waits no longer for the work, and when the scope begins to close. */
  readonly signal: AbortSignal;
}

/** Values given to a scope on entering it, each with the token that its factories ask for. */
export type ContextValues<T extends readonly unknown[] = readonly unknown[]> = {
  readonly [K in keyof T]: readonly [key: Token<T[K]>, value: NoInfer<T[K]>];
};

/** Runs work in a scope of its own. The container implements it; consumers and HTTP integrations use it. */
export interface ScopeRunner {
  /**
   * Enters `scope`, runs `work` in it and closes it, whatever happens; the scope's releases get the error `work`
   * ended with. Rejects with that error, or with the close's where only that failed.
   */
  runInScope<R, const T extends readonly unknown[]>(
    scope: string,
    context: ContextValues<T>,
    work: (scope: RunningScope) => R | Promise<R>,
  ): Promise<R>;
}
export const ScopeRunner = token<ScopeRunner>()('ScopeRunner');
