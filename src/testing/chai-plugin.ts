import type * as chaiModule from 'chai';
import type { EventDefinition, DataOf } from '../events/event-definition.js';
import { TestApplication } from './test-application.js';
import { Expectation, type Found } from './tracking/expectation.js';
import type { EventKey } from './tracking/tracked.js';

/** Data of an event, or the part of it that matters; a place may be a matcher (`sinon.match`, a regular expression, a function). */
type DataLike<Key> = Key extends EventDefinition ? Like<DataOf<Key>> : AnyData;

type Like<T> = T extends readonly (infer Item)[]
  ? readonly Like<Item>[] | Matcher<T>
  : T extends Date
    ? T | Matcher<T>
    : T extends object
      ? { readonly [K in keyof T]?: Like<T[K]> } | Matcher<T>
      : T | Matcher<T>;

type AnyData = Readonly<Record<string, unknown>>;
type Matcher<T> = { test(value: never): boolean } | ((value: T) => boolean);

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- chai's types are a namespace
  namespace Chai {
    interface Assertion {
      /** The application published the event. */
      published<const Key extends EventKey>(event: Key, data?: DataLike<Key>): Expectation<DataLike<Key>>;
      /** The application's handler of the event succeeded. */
      handled<const Key extends EventKey>(event: Key, data?: DataLike<Key>): Expectation<DataLike<Key>>;
      /** The event is in the dead letter topic. */
      deadLettered<const Key extends EventKey>(event: Key, data?: DataLike<Key>): Expectation<DataLike<Key>>;
      /** The user was told. */
      notified(userId: string, event: string, data?: AnyData): Expectation<AnyData>;
    }
  }
}

type Kind = 'published' | 'handled' | 'deadLettered';

/**
 * Assertions on what a test application did, for chai: `chai.use(slipwayChai)`, then
 *
 *     await app.settled();
 *     expect(app).to.have.published(ContentCreated).with({ title: 'Sky' });
 *     expect(app).to.not.have.deadLettered(ContentCreated);
 */
export const slipwayChai: Parameters<typeof chaiModule.use>[0] = (chai, utils) => {
  const subject = (assertion: Chai.AssertionStatic): TestApplication => {
    const target: unknown = utils.flag(assertion, 'object');
    if (target instanceof TestApplication) return target as TestApplication;
    throw new chai.AssertionError('expected a TestApplication, which testApplication() makes');
  };
  const expectation = (
    assertion: Chai.AssertionStatic,
    what: string,
    find: (app: TestApplication) => readonly Found[],
    data: unknown,
  ): Expectation<unknown> => {
    const app = subject(assertion);
    const question = {
      what,
      isNegated: utils.flag(assertion, 'negate') === true,
      found: find(app),
      tell: () => app.published.journal.tellInShort(),
      fail: (message: string, details: object) => {
        throw new chai.AssertionError(message, details);
      },
    };
    return new Expectation(question, data);
  };
  const verbs: Readonly<Record<Kind, string>> = {
    published: 'published',
    handled: 'handled',
    deadLettered: 'dead-lettered',
  };
  for (const [name, verb] of Object.entries(verbs) as [Kind, string][]) {
    chai.Assertion.addMethod(name, function (this: Chai.AssertionStatic, key: EventKey, data?: unknown) {
      const type = typeof key === 'string' ? key : key.type;
      const find = (app: TestApplication): readonly Found[] => app[name].of(key).map(({ event }) => event);
      return expectation(this, `${verb} ${type}`, find, data);
    });
  }
  chai.Assertion.addMethod(
    'notified',
    function (this: Chai.AssertionStatic, userId: string, event: string, data?: unknown) {
      const find = (app: TestApplication): readonly Found[] => app.notifications.of(event, userId);
      return expectation(this, `notified ${userId}: ${event}`, find, data);
    },
  );
};
