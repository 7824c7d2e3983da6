import { inspect } from 'node:util';
import { type SinonStub, type SinonStubbedMember, stub as sinonStub } from 'sinon';
import { nearest } from '../errors/nearest.js';
import { SlipwayError } from '../errors/slipway-error.js';
import { RedisSession } from '../protocols/redis.js';
import { argumentCount, protocolMembers } from '../tokens/protocol.js';
import { type Token, tokenName } from '../tokens/token.js';
import { type Answers, Property, type StubArguments } from './stub-answers.js';
import { type DefaultAnswer, defaultsOf, type Members } from './stub-defaults.js';

/**
 * A stub of `T`: each method is that of `T` and a sinon stub too. They are bound to nothing, so that lint lets a test hand
 * them to an assertion: that is why it is no `SinonStubbedInstance<T>`, which it can stand for.
 */
export type Stub<T> = { [K in Extract<keyof T, string | symbol>]: T[K] & SinonStubbedMember<T[K]> };

/** What is asked of objects by those who look at them: `await`, JSON, test runners. None of it is a mistyped member. */
const askedOfAnything = new Set([
  'then',
  'toJSON',
  'inspect',
  'nodeType',
  'tagName',
  '$$typeof',
  'asymmetricMatch',
  'isSinonProxy',
  '__esModule',
]);

/**
 * A stub of a whole protocol: every member that the token lists, typed, each a sinon stub.
 *
 *     const redis = stub(RedisClientProtocol, { get: 'x' });
 *     const mailer = stub(Mailer, { send: new Error('no line') });
 *
 * Members without an answer do what an empty server would (Redis, Kafka), or resolve to `undefined` (a protocol of your
 * own). A member that the protocol does not list is an error at once, and so is a wrong number of arguments where it is
 * known: of slipway's protocols, and of those that list it, `protocol<Mailer>()('Mailer', { send: 2 })`. For any protocol
 * both do not compile.
 *
 * @throws SlipwayError SLIPWAY_TESTING_STUB for a token that lists no members, and for what the protocol does not have.
 */
export function stub<T, Name extends string>(
  key: Token<T, Name>,
  ...[answers]: StubArguments<T, Name>
): Stub<T> {
  return stubOf(key, (answers ?? {}) as Answers<T>);
}

function stubOf<T>(key: Token<T>, answers: Answers<T>): Stub<T> {
  const name = tokenName(key);
  const members = protocolMembers(key);
  if (members === undefined) {
    throw stubError(
      `${name} lists no members, so there is nothing to stub. Make it with protocol<T>()('${name}', [...]).`,
    );
  }
  const stray = Object.keys(answers).find((member) => !members.includes(member));
  if (stray !== undefined) throw unknownMember(name, members, stray);
  const defaults = defaultsOf(members);
  const target: Record<PropertyKey, unknown> = {};
  const make = (member: string): SinonStub => {
    const known = defaults?.[member];
    const given = (answers as Readonly<Record<string, unknown>>)[member];
    const fake = answering(given, () => defaultAnswer(target as Members, member, known));
    const title = `${name}.${member}`;
    fake.named(title);
    // Of one that was called sinon says the member alone.
    fake.toString = () => title;
    const count = known ?? argumentCount(key, member);
    return count === undefined ? fake : counting(fake, title, count);
  };
  for (const member of members) {
    const given = (answers as Readonly<Record<string, unknown>>)[member];
    if (given instanceof Property) target[member] = given.value;
    else makeOnUse(target, member, make);
  }
  addDisposal(target, members);
  // Else a failure that shows it has a line for each of sixty members.
  Object.defineProperty(target, inspect.custom, { value: () => `stub(${name})` });
  return guarded(target, name, members) as Stub<T>;
}

/** A stub costs half a millisecond, and of the sixty members of a protocol a test uses two. */
function makeOnUse(
  target: Record<PropertyKey, unknown>,
  member: string,
  make: (member: string) => SinonStub,
): void {
  const replace = (value: unknown): void => {
    Object.defineProperty(target, member, { value, writable: true, enumerable: true, configurable: true });
  };
  Object.defineProperty(target, member, {
    get: () => {
      const made = make(member);
      replace(made);
      return made;
    },
    set: replace,
    enumerable: true,
    configurable: true,
  });
}

/**
 * A stub of sinon's own, so that the order of its calls and of all others is known. `reset`, its own and that of all of
 * sinon, brings it back to the answer it was made with, and does not leave it without one.
 */
function answering(given: unknown, byDefault: () => (...args: never[]) => unknown): SinonStub {
  const fake = sinonStub();
  const resetBehavior = fake.resetBehavior.bind(fake);
  fake.resetBehavior = () => {
    resetBehavior();
    answerBy(fake, given, byDefault);
  };
  answerBy(fake, given, byDefault);
  return fake;
}

function answerBy(fake: SinonStub, given: unknown, byDefault: () => (...args: never[]) => unknown): void {
  if (typeof given === 'function') fake.callsFake(given as (...args: unknown[]) => unknown);
  else if (given instanceof Error) fake.rejects(given);
  else if (given === undefined) fake.callsFake(byDefault() as (...args: unknown[]) => unknown);
  else fake.resolves(given);
}

function defaultAnswer(
  self: Members,
  member: string,
  known: DefaultAnswer | undefined,
): (...args: never[]) => unknown {
  if (known === undefined) return () => Promise.resolve();
  if (known.atOnce) return (...args) => known.answer(self, args);
  if (member === 'session') return () => Promise.resolve(stubOf(RedisSession, {}));
  return async (...args) => known.answer(self, args);
}

/** The stub, which refuses a call with more or fewer arguments than the method has, whatever it answers. */
function counting(
  fake: SinonStub,
  name: string,
  { least, most }: Pick<DefaultAnswer, 'least' | 'most'>,
): SinonStub {
  return new Proxy(fake, {
    apply(target, self, args: unknown[]) {
      // An optional argument that is handed through as undefined is none.
      let count = args.length;
      while (count > least && args[count - 1] === undefined) count -= 1;
      if (count >= least && count <= most) return Reflect.apply(target, self, args) as unknown;
      const range =
        least === most ? String(least) : most === Infinity ? `${least} or more` : `${least} to ${most}`;
      const noun = range === '1' ? 'argument' : 'arguments';
      throw stubError(`${name} takes ${range} ${noun} and was called with ${args.length}.`);
    },
  });
}

/** `await using` and `using` of what the service owns. */
function addDisposal(target: Record<PropertyKey, unknown>, members: readonly string[]): void {
  const member = ['close', 'stop'].find((each) => members.includes(each));
  target[Symbol.asyncDispose] = async () => {
    const close: unknown = member === undefined ? undefined : target[member];
    if (typeof close === 'function') await (close as () => unknown)();
  };
  target[Symbol.dispose] = () => undefined;
}

function guarded(target: Record<PropertyKey, unknown>, name: string, members: readonly string[]): unknown {
  const isMistake = (member: PropertyKey): member is string =>
    typeof member === 'string' &&
    !(member in target) &&
    !askedOfAnything.has(member) &&
    !member.startsWith('@@');
  return new Proxy(target, {
    get(object, member, receiver) {
      if (isMistake(member)) throw unknownMember(name, members, member);
      return Reflect.get(object, member, receiver);
    },
    set(object, member, value, receiver) {
      if (isMistake(member)) throw unknownMember(name, members, member);
      return Reflect.set(object, member, value, receiver);
    },
    getOwnPropertyDescriptor(object, member) {
      // sinon's replace and stub look here, and take what is made on its first use for an accessor, which they leave alone.
      if (members.includes(String(member))) Reflect.get(object, member);
      return Reflect.getOwnPropertyDescriptor(object, member);
    },
  });
}

function unknownMember(name: string, members: readonly string[], member: string): SlipwayError {
  const [closest] = nearest(member, members);
  const hint = closest === undefined ? `It has ${members.join(', ')}.` : `Did you mean ${closest}?`;
  return stubError(`${name} has no member ${member}. ${hint}`);
}

function stubError(message: string): SlipwayError {
  return new SlipwayError('SLIPWAY_TESTING_STUB', { message });
}
