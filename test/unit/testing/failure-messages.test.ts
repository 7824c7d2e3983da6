import { expect, use } from 'chai';
import * as sinon from 'sinon';
import {
  consume,
  createEnvelope,
  infrastructure,
  KafkaPublisherProtocol,
  loadSettings,
} from '../../../src/index.js';
import { LeakWatch } from '../../../src/testing/leaks/leak-watch.js';
import { slipwayChai, testApplication, type TestApplication } from '../../../src/testing/index.js';
import { Deferred } from '../../support/container/deferred.js';

use(slipwayChai);

const mostCharacters = 60_000;
const mostLines = 110;
const infra = infrastructure(loadSettings({ SERVICE_NAME: 'test' }));

async function failureOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('It did not fail.');
}

type App = Pick<TestApplication, 'get' | 'history' | 'published' | 'settled'>;

async function publish(
  app: App,
  topic: string,
  data: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const items = data.map((each) => ({
    topic,
    envelope: createEnvelope('SENT', each, { sourceService: 'test' }),
  }));
  await (await app.get(KafkaPublisherProtocol)).publishBatch(items);
}

function expectBounded(message: string): void {
  expect(message.split('\n').length).to.be.at.most(mostLines);
  expect(message.length).to.be.at.most(mostCharacters);
}

describe('what a failure of a tracked session says', () => {
  describe('of thousands of events', () => {
    const count = 2_000;
    let app: App & AsyncDisposable;

    before(async () => {
      app = await testApplication([infra]);
      await publish(
        app,
        'far',
        Array.from({ length: count }, (_, index) => ({ index, text: 'x'.repeat(300) })),
      );
    });

    after(() => app[Symbol.asyncDispose]());

    for (const [what, fail] of [
      ['an assertion', () => expect(app).to.have.published('LOST')],
      ['another number', () => expect(app).to.have.published('SENT').once()],
      ['other data', () => expect(app).to.have.published('SENT').with({ index: -1 })],
      ['single()', () => app.published.single('SENT')],
    ] as const) {
      it(`is bounded: ${what}`, async () => {
        const message = await failureOf(fail);
        expectBounded(message);
        expect(message)
          .to.match(/^ {2}1\. published SENT/m)
          .and.to.match(/^ {2}2000\. published SENT/m);
        expect(message).to.include(
          '\n  ... 1900 more, which history() lists (published SENT: 1900)\n  1921. ',
        );
      });
    }

    it('has all of it in history()', () => {
      expect(app.history().split('\n')).to.have.length(count + 1);
    });
  });

  it('is bounded where the events are large', async () => {
    await using app = await testApplication([infra]);
    const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`field${index}`, index]));
    await publish(app, 'far', [wide]);
    const other = Object.fromEntries(Object.keys(wide).map((key) => [key, 'other']));
    expectBounded(await failureOf(() => expect(app).to.have.published('SENT').with(other)));
  });

  it('is bounded where much is not done', async () => {
    const gate = new Deferred();
    await using app = await testApplication([infra, consume('near', () => gate.promise)]);
    await publish(
      app,
      'near',
      Array.from({ length: 500 }, (_, index) => ({ index })),
    );
    try {
      const message = await failureOf(() => app.settled({ timeoutMs: 20 }));
      expectBounded(message.slice(0, message.indexOf('What happened')));
      expectBounded(message.slice(message.indexOf('What happened')));
      expect(message).to.match(/^ {2}- and 480 more$/m);
    } finally {
      gate.resolve();
    }
    await app.settled();
  });

  it('has each entry on one line, and says what a matcher wants', async () => {
    await using app = await testApplication([infra]);
    const list = [1, 2, 3, 4, 5, 6, 7, 8];
    await publish(app, 'far', [{ a: { b: { c: { d: { e: 1 } } } }, list }]);
    expect(app.history()).to.equal(
      'What happened, in order:\n  1. published SENT to far { a: { b: { c: { d: { e: 1 } } } }, list: [ 1, 2, 3, 4, 5, 6, 7, 8 ] }',
    );
    const wanted = { list: sinon.match.string, a: { b: /x/ } };
    expect(await failureOf(() => expect(app).to.have.published('SENT').with(wanted))).to.include(
      'published SENT with { list: typeOf("string"), a: { b: /x/ } }\n',
    );
  });

  it('has the error of a handler on one line', async () => {
    const failing = consume('near', () => Promise.reject(new Error('first line\n  second line')), {
      attempts: 1,
    });
    await using app = await testApplication([infra, failing]);
    await publish(app, 'near', [{}]);
    await app.settled();
    expect(app.history()).to.match(/attempt 1: first line second line$/m);
  });

  it('takes a regular expression that remembers where it was for what it is', async () => {
    await using app = await testApplication([infra]);
    await publish(app, 'far', [{ name: 'sea' }, { name: 'sea' }]);
    expect(app).to.have.published('SENT').with({ name: /s/g }).times(2);
  });
});

describe(LeakWatch.name, () => {
  it('says of many leaks of one kind how many there are', async () => {
    const watch = new LeakWatch(0);
    await watch.begin();
    const timers = Array.from({ length: 1_000 }, () => setTimeout(() => undefined, 60_000));
    const error = await watch.check('a test');
    for (const timer of timers) clearTimeout(timer);
    expect(error?.message).to.match(/^ {2}Timeout \(\d{3,4} times\)$/m);
  });
});
