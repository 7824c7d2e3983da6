import { type Token, token } from './token.js';

type Counts = Readonly<Record<string, string | number>>;

interface Members {
  readonly names: readonly string[];
  readonly counts: Counts;
}

const membersByToken = new Map<Token<unknown>, Members>();

/** How many of these parameters have to be given. */
type Least<A extends readonly unknown[], Seen extends unknown[] = []> = A extends readonly [
  unknown,
  ...infer Others,
]
  ? Least<Others, [...Seen, unknown]>
  : Seen['length'];

type Count<A extends readonly unknown[]> = number extends A['length']
  ? `${Least<A>}+`
  : Least<A> extends Required<A>['length']
    ? Least<A>
    : `${Least<A>}-${Required<A>['length']}`;

/**
 * How many arguments each method of `T` takes: `2`, `'2-3'` where the last is optional, `'1+'` where any number may follow.
 * `'any'` leaves a method uncounted, as one with several signatures has to be; a member that is no method is a `'property'`.
 */
export type ArgumentCounts<T> = {
  readonly [K in keyof T & string]: NonNullable<T[K]> extends (...args: infer A) => unknown
    ? Count<A> | 'any'
    : 'property';
};

/** `Given` if it names every member of `T`; otherwise a type whose error text lists those that are missing. */
type Complete<T, Given> = Given extends readonly string[]
  ? [Exclude<keyof T & string, Given[number]>] extends [never]
    ? Given
    : { readonly 'members missing from the list': Exclude<keyof T & string, Given[number]> }
  : ArgumentCounts<T>;

/**
 * Makes the token of a protocol: an interface that services depend on, with its members listed so that a stub can be
 * made without an implementation. The compiler holds the list to the interface, both ways.
 *
 *     export const Mailer = protocol<Mailer>()('Mailer', ['send', 'close']);
 *
 * With the numbers of their arguments in place of a list, a stub refuses a call with others where no compiler counts them:
 *
 *     export const Mailer = protocol<Mailer>()('Mailer', { send: 2, close: 0 });
 */
export function protocol<T>(): <
  const Name extends string,
  const Given extends readonly (keyof T & string)[] | { readonly [K in keyof T & string]?: string | number },
>(
  name: Name,
  members: Complete<T, Given>,
) => Token<T, Name> {
  return (name, members) => {
    const key = token<T>()(name);
    const given = members as readonly string[] | Counts;
    membersByToken.set(
      key,
      isList(given) ? { names: given, counts: {} } : { names: Object.keys(given), counts: given },
    );
    return key;
  };
}

/** The members listed for a protocol, or undefined for a plain token. */
export function protocolMembers(key: Token<unknown>): readonly string[] | undefined {
  return membersByToken.get(key)?.names;
}

/** @internal From how many to how many arguments a member takes; undefined where that is not known. */
export function argumentCount(
  key: Token<unknown>,
  member: string,
): { readonly least: number; readonly most: number } | undefined {
  const [, least, more] = /^(\d+)(\+|-\d+)?$/.exec(String(membersByToken.get(key)?.counts[member])) ?? [];
  if (least === undefined) return undefined;
  const most = more === '+' ? Infinity : Number(more?.slice(1) ?? least);
  return { least: Number(least), most };
}

/** @internal A token that stands for the same protocol has the same members. */
export function shareMembers(from: Token<unknown>, to: Token<unknown>): void {
  const members = membersByToken.get(from);
  if (members !== undefined) membersByToken.set(to, members);
}

function isList(given: readonly string[] | Counts): given is readonly string[] {
  return Array.isArray(given);
}
