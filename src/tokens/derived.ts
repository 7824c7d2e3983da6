import { shareMembers } from './protocol.js';
import { type Token, token, tokenName } from './token.js';

/** What a derived token asks of the token it was made from. */
export interface Derivation {
  readonly kind: 'optional' | 'lazy' | 'all';
  readonly of: Token<unknown>;
}

const derivations = new Map<Token<unknown>, Derivation>();
const derivedTokens = new Map<Token<unknown>, Map<string, Token<unknown>>>();

function derive<T, Name extends string>(of: Token<unknown>, key: string, name: string): Token<T, Name> {
  const byKey = derivedTokens.get(of) ?? new Map<string, Token<unknown>>();
  const derived = byKey.get(key) ?? token<unknown>()(name);
  derivedTokens.set(of, byKey.set(key, derived));
  return derived as Token<T, Name>;
}

function deriveAs<T, Name extends string>(kind: Derivation['kind'], of: Token<unknown>, name: string) {
  const derived = derive<T, Name>(of, kind, name);
  if (!derivations.has(derived)) derivations.set(derived, { kind, of });
  return derived;
}

/** Injects `undefined` where nothing provides the token. */
export function optional<T, Name extends string>(of: Token<T, Name>): Token<T | undefined, `${Name}?`> {
  return deriveAs('optional', of, `${tokenName(of)}?`);
}

/**
 * Injects a function that builds the token at its first call. It breaks a cycle, and it keeps a costly thing unbuilt
 * until it is needed; the thing lives in its own scope, as if it had been asked for there.
 */
export function lazy<T, Name extends string>(of: Token<T, Name>): Token<() => Promise<T>, `() => ${Name}`> {
  return deriveAs('lazy', of, `() => ${tokenName(of)}`);
}

/** Injects what every factory provided with `collect: true` for the token gives, in the order they were provided. */
export function all<T, Name extends string>(of: Token<T, Name>): Token<readonly T[], `${Name}[]`> {
  return deriveAs('all', of, `${tokenName(of)}[]`);
}

/** A second token of the same type: `named(RedisClientProtocol, 'cache')`. The same name gives the same token. */
export function named<T, Name extends string, const Label extends string>(
  of: Token<T, Name>,
  label: Label,
): Token<T, `${Name}(${Label})`> {
  const key = derive<T, `${Name}(${Label})`>(of, `named ${label}`, `${tokenName(of)}(${label})`);
  shareMembers(of, key);
  return key;
}

/** How a token was derived by {@link optional}, {@link lazy} or {@link all}; undefined for any other. */
export function derivationOf(key: Token<unknown>): Derivation | undefined {
  return derivations.get(key);
}
