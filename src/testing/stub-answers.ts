/** Marks a value as that of a property, not as what a method resolves to: `stub(Meter, { name: property('m') })`. */
export class Property<T> {
  readonly value: T;

  constructor(value: T) {
    this.value = value;
  }
}

/** The value of a member that is no method. */
export function property<T>(value: T): Property<T> {
  return new Property(value);
}

type Method = (...args: never[]) => unknown;

/**
 * What a member answers: a function stands for the method itself; an Error is what the call rejects with; anything else is
 * what it resolves to. What resolves to a function or to an Error is therefore answered by a function:
 * `() => Promise.resolve(error)`. A method that gives no promise takes a function alone, a member that is no method a
 * {@link property}.
 */
type Answer<Member> =
  NonNullable<Member> extends (...args: infer Args) => infer Result
    ? [Result] extends [PromiseLike<infer Value>]
      ? Exclude<Value, Method | Error> | Error | ((...args: Args) => Result)
      : (...args: Args) => Result
    : Property<Member>;

export type Answers<T> = { readonly [K in keyof T & string]?: Answer<T[K]> };

/** The protocols for which slipway knows what an empty server would answer. */
type KnownProtocols =
  | 'KafkaPublisherProtocol'
  | 'RedisClientProtocol'
  | 'AtomicRedisClientProtocol'
  | 'RedisPubSubProtocol'
  | 'RedisSession';

type IsOptional<T, K extends keyof T> = Partial<Pick<T, K>> extends Pick<T, K> ? true : false;

/**
 * The members that have to be answered: those that give something at once, so that there is no default to resolve to. What
 * the protocol may be without, a test may too.
 */
type MustAnswer<T> = {
  [K in keyof T & string]-?: IsOptional<T, K> extends true
    ? never
    : T[K] extends Method
      ? [ReturnType<T[K]>] extends [PromiseLike<unknown> | void]
        ? never
        : K
      : K;
}[keyof T & string];

type IsKnown<Name extends string> = Name extends KnownProtocols | `${KnownProtocols}(${string})`
  ? true
  : false;

/** The second argument of `stub`: needed if a member has no default. */
export type StubArguments<T, Name extends string> =
  IsKnown<Name> extends true
    ? [answers?: Answers<T>]
    : [MustAnswer<T>] extends [never]
      ? [answers?: Answers<T>]
      : [answers: Answers<T> & { readonly [K in MustAnswer<T>]: Answer<T[K]> }];
