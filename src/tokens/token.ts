/**
 * A typed key. At run time a symbol; for the compiler an abstract class of `T` with a literal name, because that is
 * the form from which inversify's own `get`, `bind`, `rebind` infer and check `T`.
 *
 * `instanceof` on a token and `class X extends token` compile and fail at run time: a token is not a class.
 */
// eslint-disable-next-line typescript/no-explicit-any -- inversify's AbstractNewable takes any[]: only the same infers T
export type Token<T, Name extends string = string> = (abstract new (...args: any[]) => T) & {
  readonly __name?: Name;
};

/** The type a token stands for. */
export type TokenType<K> = K extends Token<infer T> ? T : never;

/** The literal name of a token. */
export type TokenName<K> = K extends { readonly __name?: infer Name extends string } ? Name : never;

/**
 * Makes a token: `const Clock = token<Clock>()('Clock')` beside `interface Clock`. Two tokens are never the same,
 * even with one name; the name is what errors, graphs and reports show.
 */
export function token<T>(): <const Name extends string>(name: Name) => Token<T, Name> {
  return (name) => Symbol(name) as unknown as Token<T, typeof name>;
}

/** The name given to {@link token} or {@link protocol}; a class's own name where a class is used as its token. */
export function tokenName(key: Token<unknown>): string {
  const value: unknown = key;
  if (typeof value === 'symbol') return value.description ?? 'anonymous';
  if (typeof value === 'function') return value.name === '' ? 'anonymous class' : value.name;
  return String(value);
}
