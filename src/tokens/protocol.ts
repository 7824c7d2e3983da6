import { type Token, token } from './token.js';

const membersByToken = new Map<Token<unknown>, readonly string[]>();

/** `Members` if it names every member of `T`; otherwise a type whose error text lists those that are missing. */
type Complete<T, Members extends readonly string[]> = [Exclude<keyof T & string, Members[number]>] extends [
  never,
]
  ? Members
  : { readonly 'members missing from the list': Exclude<keyof T & string, Members[number]> };

/**
 * Makes the token of a protocol: an interface that services depend on, with its members listed so that a stub can be
 * made without an implementation. The compiler holds the list to the interface, both ways.
 *
 *     export const Mailer = protocol<Mailer>()('Mailer', ['send', 'close']);
 */
export function protocol<T>(): <
  const Name extends string,
  const Members extends readonly (keyof T & string)[],
>(
  name: Name,
  members: Complete<T, Members>,
) => Token<T, Name> {
  return (name, members) => {
    const key = token<T>()(name);
    membersByToken.set(key, members as readonly string[]);
    return key;
  };
}

/** The members listed for a protocol, or undefined for a plain token. */
export function protocolMembers(key: Token<unknown>): readonly string[] | undefined {
  return membersByToken.get(key);
}

/** @internal A token that stands for the same protocol has the same members. */
export function shareMembers(from: Token<unknown>, to: Token<unknown>): void {
  const members = membersByToken.get(from);
  if (members !== undefined) membersByToken.set(to, members);
}
