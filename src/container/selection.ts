import { nearest } from '../errors/nearest.js';
import { type Token, tokenName } from '../tokens/token.js';
import type { Factory } from './factory.js';
import type { GraphProblem } from './problem.js';

/** What the graph asks about bindings that were made on the inversify container itself. */
export interface ExternalBindings {
  /** Does a binding of somebody else stand for this token, instead of ours or where we have none? */
  isForeign(key: Token<unknown>): boolean;
}

interface Candidates {
  readonly single: Factory[];
  readonly collected: Factory[];
  readonly decorators: Factory[];
}

/**
 * Of all the factories that were provided, those that take part: conditions decided, overrides applied. Collects the
 * problems it meets.
 */
export class Selection {
  readonly problems: GraphProblem[] = [];
  readonly #candidates = new Map<Token<unknown>, Candidates>();
  readonly #replacements = new Map<Token<unknown>, Factory>();
  readonly #scopes: readonly string[];
  readonly #external: ExternalBindings;
  readonly #active = new Map<Factory, boolean | 'deciding'>();
  readonly #chosen = new Map<Token<unknown>, Factory | undefined>();

  /** @param replacements values that stand in for whatever provides their token, decorators included. */
  constructor(
    factories: readonly Factory[],
    replacements: readonly Factory[],
    scopes: readonly string[],
    external: ExternalBindings,
  ) {
    this.#scopes = scopes;
    this.#external = external;
    for (const factory of factories) this.#add(factory);
    for (const factory of replacements) {
      const first = this.#replacements.get(factory.token);
      if (first !== undefined) this.#reportDuplicate(first, factory);
      this.#replacements.set(factory.token, factory);
    }
    for (const key of this.tokens()) this.#chosen.set(key, this.#choose(key));
  }

  /** Every token that has a factory, active or not. */
  tokens(): Iterable<Token<unknown>> {
    return new Set([...this.#candidates.keys(), ...this.#replacements.keys()]);
  }

  /** The factory that makes `key`. */
  factory(key: Token<unknown>): Factory | undefined {
    return this.#chosen.get(key);
  }

  /** The factories provided with `collect: true`, in order. */
  collected(key: Token<unknown>): readonly Factory[] {
    return (this.#candidates.get(key)?.collected ?? []).filter((factory) => this.#isActive(factory));
  }

  /** The decorators of `key`, innermost first; none for a token that a test replaced. */
  decorators(key: Token<unknown>): readonly Factory[] {
    if (this.#replacements.has(key)) return [];
    return this.#candidates.get(key)?.decorators ?? [];
  }

  /** Has `key` factories, all of them switched off by their conditions? */
  isInactive(key: Token<unknown>): boolean {
    const candidates = this.#candidates.get(key);
    return candidates !== undefined && candidates.single.length > 0 && this.#chosen.get(key) === undefined;
  }

  /** Is `key` a context token for which something stands in, so that what is handed in does not count? */
  isReplacedContext(key: Token<unknown>): boolean {
    if (!this.#replacements.has(key) && !this.#external.isForeign(key)) return false;
    return this.#candidates.get(key)?.single.some(({ kind }) => kind === 'context') === true;
  }

  #add(factory: Factory): void {
    let candidates = this.#candidates.get(factory.token);
    if (candidates === undefined) {
      candidates = { single: [], collected: [], decorators: [] };
      this.#candidates.set(factory.token, candidates);
    }
    if (factory.kind === 'decorate') candidates.decorators.push(factory);
    else if (factory.collect) candidates.collected.push(factory);
    else candidates.single.push(factory);
    this.#checkScope(factory);
    if (factory.fault !== undefined) {
      this.#report('declaration', factory, factory.fault, 'Every constructor parameter needs its token.');
    }
  }

  #checkScope(factory: Factory): void {
    const { scope, kind } = factory;
    if (kind === 'alias' || (scope === undefined && (kind === 'value' || kind === 'decorate'))) return;
    if (scope !== undefined && this.#scopes.includes(scope)) return;
    const [closest] = scope === undefined ? [] : nearest(scope, this.#scopes);
    this.#report(
      'unknown-scope',
      factory,
      `${tokenName(factory.token)} has the scope ${scope === undefined ? 'undefined' : `'${scope}'`}, which is none of ${this.#scopes.join(', ')}.`,
      closest === undefined ? 'Name one of these.' : `Did you mean '${closest}'?`,
    );
  }

  #choose(key: Token<unknown>): Factory | undefined {
    let chosen: Factory | undefined;
    for (const factory of this.#candidates.get(key)?.single ?? []) {
      if (!this.#isActive(factory)) continue;
      if (factory.override) this.#checkOverride(factory, chosen);
      else if (chosen !== undefined) this.#reportDuplicate(chosen, factory);
      chosen = factory;
    }
    const replacement = this.#replacements.get(key);
    if (replacement === undefined) return chosen;
    if (chosen === undefined && !this.#external.isForeign(key)) {
      const [closest] = nearest(tokenName(key), [...this.#candidates.keys()].map(tokenName));
      this.#report(
        'nothing-to-override',
        replacement,
        `The override of ${tokenName(key)} replaces nothing: no factory provides it.`,
        closest === undefined ? 'Remove it, or add the provider it belongs to.' : `Did you mean ${closest}?`,
      );
    }
    // It stands in for every instance, in whatever scope the real one lives.
    return chosen === undefined ? replacement : { ...replacement, scope: chosen.scope };
  }

  #checkOverride(factory: Factory, replaced: Factory | undefined): void {
    const name = tokenName(factory.token);
    if (replaced === undefined) {
      this.#report(
        'nothing-to-override',
        factory,
        `${name} in provider '${factory.provider}' says override: true, but nothing before it provides ${name}.`,
        'Remove override: true, or put the provider it overrides before it.',
      );
    } else if (
      factory.scope !== replaced.scope &&
      factory.scope !== undefined &&
      replaced.scope !== undefined
    ) {
      this.#report(
        'override-scope',
        factory,
        `${name} is overridden in the scope ${factory.scope}, but its factory in provider '${replaced.provider}' lives in ${replaced.scope}.`,
        `Give the override the scope ${replaced.scope}.`,
      );
    }
  }

  #reportDuplicate(first: Factory, second: Factory): void {
    const name = tokenName(second.token);
    this.#report(
      'duplicate',
      second,
      `${name} is provided twice: in provider '${first.provider}' and in provider '${second.provider}'.`,
      'Remove one, or say override: true in the second, or collect: true in both to inject all of them.',
    );
  }

  #isActive(factory: Factory): boolean {
    if (factory.when === undefined) return true;
    const known = this.#active.get(factory);
    if (known === 'deciding') {
      this.#report(
        'declaration',
        factory,
        `Whether ${tokenName(factory.token)} takes part depends on itself.`,
        'Its `when` asks for a token whose own `when` asks back: decide one of them by something else.',
      );
      return false;
    }
    if (known !== undefined) return known;
    this.#active.set(factory, 'deciding');
    const active = factory.when({ has: (key) => this.#has(key) });
    this.#active.set(factory, active);
    return active;
  }

  #has(key: Token<unknown>): boolean {
    if (this.#replacements.has(key) || this.#external.isForeign(key)) return true;
    const candidates = this.#candidates.get(key);
    if (candidates === undefined) return false;
    return [...candidates.single, ...candidates.collected].some((factory) => this.#isActive(factory));
  }

  #report(kind: GraphProblem['kind'], factory: Factory, message: string, hint: string): void {
    const token = tokenName(factory.token);
    this.problems.push({ kind, token, path: [token], message, hint });
  }
}
