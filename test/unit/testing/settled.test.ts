import { expect, use } from 'chai';
import * as sinon from 'sinon';
import {
  consume,
  createEnvelope,
  infrastructure,
  KafkaPublisherProtocol,
  loadSettings,
  PermanentError,
  type SlipwayError,
} from '../../../src/index.js';
import { slipwayChai, testApplication, type TestApplication } from '../../../src/testing/index.js';
import { Deferred } from '../../support/container/deferred.js';
import { Checked, essayChecks, handedIn, HandedIn } from '../../support/testing/essay-checks.js';

use(slipwayChai);

type App = Pick<
  TestApplication,
  'get' | 'settled' | 'published' | 'handled' | 'deadLettered' | 'notifications' | 'history' | 'clearHistory'
>;

async function publish(app: App, ...names: readonly string[]): Promise<void> {
  const kafka = await app.get(KafkaPublisherProtocol);
  await Promise.all(names.map((name) => kafka.publishEvent(handedIn(name))));
}

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('It did not fail.');
}

async function rejectionOf(work: Promise<unknown>): Promise<SlipwayError> {
  return work.then(
    () => {
      throw new Error('It did not fail.');
    },
    (error: unknown) => error as SlipwayError,
  );
}

describe('a tracked session', () => {
  it('is settled when all that was published is handled, with what it published in turn', async () => {
    await using app = await testApplication([essayChecks()]);
    await publish(app, 'sky', 'sea');
    await app.settled();

    expect(app.published.types.toSorted()).to.deep.equal(['CHECKED', 'CHECKED', 'HANDED_IN', 'HANDED_IN']);
    expect(app.handled.of(Checked).map(({ event }) => event.data.essay)).to.have.members(['sky', 'sea']);
    expect(app.notifications.of('checked', 'ada')).to.have.length(2);
    expect(app.deadLettered).to.have.length(0);
  });

  it('is settled at once when nothing was published', async () => {
    await using app = await testApplication([essayChecks()]);
    await app.settled();
    expect(app.history()).to.include('Nothing happened');
  });

  it('gives the events typed, as handlers have them, and where they stand', async () => {
    await using app = await testApplication([essayChecks()]);
    await publish(app, 'sky');
    await app.settled();

    const { event, topic, key, headers } = app.published.single(Checked);
    expect(event.data.at).to.deep.equal(new Date('2026-11-22T00:00:00.000Z'));
    expect({ topic, key }).to.deep.equal({ topic: 'checks', key: 'sky' });
    expect(headers['event_type']).to.equal('CHECKED');
    expect(app.handled.single(Checked)).to.include({ attempts: 1 });
    expect(app.notifications.single('checked').data).to.deep.equal({ essay: 'sky', words: 3 });
  });

  it('says what happened, in order, where one is not there', async () => {
    await using app = await testApplication([essayChecks()]);
    await publish(app, 'sky');
    await app.settled();

    const message = messageOf(() => app.published.single('REVIEWED'));
    expect(message).to.include(
      'Expected one REVIEWED to be published, and there was none.\nWhat happened, in order:',
    );
    const lines = message.split('\n').map((line) => line.replace(/^ +\d+\. /, ''));
    expect(lines.indexOf("published HANDED_IN to essays (key sky) { essay: 'sky' }")).to.equal(2);
    expect(lines).to.include('handled HANDED_IN');
    expect(lines).to.include("notified ada: checked { essay: 'sky', words: 3 }");
    expect(messageOf(() => app.notifications.single('lost', 'bob'))).to.include("notification lost to 'bob'");
  });

  it('follows attempts into the dead letter topic', async () => {
    await using app = await testApplication([essayChecks()]);
    await publish(app, 'unreadable');
    await app.settled();

    expect(app.handled).to.have.length(0);
    expect(app.deadLettered.single(HandedIn)).to.include({
      reason: 'attempts-exhausted',
      error: 'cannot be read',
      attempts: 5,
      topic: 'essays.DLQ',
    });
    expect(app.published.types).to.deep.equal(['HANDED_IN']);
    expect(app.history()).to.include('failed to handle HANDED_IN at attempt 4: cannot be read');
  });

  it('gives dead letters as handlers had them, and as they were sent where they are invalid', async () => {
    const handle = sinon.stub().rejects(new PermanentError('no'));
    const clients = infrastructure(loadSettings({ SERVICE_NAME: 'test' }));
    await using app = await testApplication([clients, consume(Checked, handle)]);
    const kafka = await app.get(KafkaPublisherProtocol);
    const at = '2026-11-22T00:00:00.000Z';
    for (const words of [3, 'many']) {
      const data = { essay: 'sky', words, at };
      await kafka.publish('checks', createEnvelope('CHECKED', data, { sourceService: 'test' }));
    }
    await app.settled();
    const found = app.deadLettered.of(Checked).map(({ reason, event }) => [reason, event.data]);
    expect(found).to.have.deep.members([
      ['permanent-error', { essay: 'sky', words: 3, at: new Date(at) }],
      ['invalid', { essay: 'sky', words: 'many', at }],
    ]);
  });

  it('counts the attempts of what is handled in the end', async () => {
    const handle = sinon.stub().resolves();
    handle.onFirstCall().rejects(new Error('not yet'));
    const providers = [infrastructure(loadSettings({ SERVICE_NAME: 'test' })), consume(HandedIn, handle)];
    await using app = await testApplication(providers);
    await (await app.get(KafkaPublisherProtocol)).publish('essays', handedIn('sky'));
    await app.settled();
    expect(app.handled.single(HandedIn).attempts).to.equal(2);
    expect(app.deadLettered).to.have.length(0);
  });

  it('fails at events that arrive and that nothing subscribes to', async () => {
    await using app = await testApplication([essayChecks()]);
    const kafka = await app.get(KafkaPublisherProtocol);
    await kafka.publish('essays', createEnvelope('RENAMED', { essay: 'sky' }, { sourceService: 'test' }));
    const error = await rejectionOf(app.settled());
    expect(error.code).to.equal('SLIPWAY_TESTING_UNHANDLED');
    expect(error.message).to.include('nothing subscribes to: RENAMED in essays');
    expect(error.message).to.include('passed over RENAMED from essays');
  });

  for (const [how, unhandled] of [
    ['all', 'allow'],
    ['those', ['RENAMED']],
  ] as const) {
    it(`passes over ${how} where the test allows it`, async () => {
      await using app = await testApplication([essayChecks()], { unhandled });
      const kafka = await app.get(KafkaPublisherProtocol);
      await kafka.publish('essays', createEnvelope('RENAMED', {}, { sourceService: 'test' }));
      await app.settled();
      expect(app.handled).to.have.length(0);
    });
  }

  it('does not wait for topics that the application does not consume', async () => {
    await using app = await testApplication([essayChecks()]);
    const kafka = await app.get(KafkaPublisherProtocol);
    await kafka.publish('elsewhere', createEnvelope('SENT', { to: 'ada' }, { sourceService: 'test' }));
    await app.settled();
    expect(app).to.have.published('SENT').with({ to: 'ada' }).once();
  });

  it('says what is still going on when the time is up', async () => {
    const gate = new Deferred();
    const hanging = consume(HandedIn, () => gate.promise);
    await using app = await testApplication([
      infrastructure(loadSettings({ SERVICE_NAME: 'test' })),
      hanging,
    ]);
    const kafka = await app.get(KafkaPublisherProtocol);
    await kafka.publish('essays', handedIn('sky'));
    await kafka.publish('essays', handedIn('sea'));
    try {
      const error = await rejectionOf(app.settled({ timeoutMs: 50 }));
      expect(error.code).to.equal('SLIPWAY_TESTING_UNSETTLED');
      const [first, ...pending] = error.context['pending'] as string[];
      expect(first).to.match(/^the handler of HANDED_IN, for \d+ ms$/);
      expect(pending).to.deep.equal(['HANDED_IN in essays-0 at offset 1, not handled yet']);
      expect(error.message)
        .to.include('Still going on after 50 ms')
        .and.to.include('What happened, in order');
    } finally {
      gate.resolve();
    }
    await app.settled();
    expect(app.handled).to.have.length(2);
  });

  it('waits while Kafka takes nothing, and says so', async () => {
    await using app = await testApplication([essayChecks()]);
    const kafka = await app.get(KafkaPublisherProtocol);
    app.kafka.stall();
    const publishing = kafka.publishEvent(handedIn('sky'));
    const error = await rejectionOf(app.settled({ timeoutMs: 30 }));
    expect(error.message).to.include('published and not acknowledged: 1');
    app.kafka.resume();
    await publishing;
    await app.settled();
    expect(app.handled).to.have.length(2);
  });

  it('says that timers are fake where they are', async () => {
    const gate = new Deferred();
    const hanging = consume(HandedIn, () => gate.promise);
    await using app = await testApplication([
      infrastructure(loadSettings({ SERVICE_NAME: 'test' })),
      hanging,
    ]);
    await (await app.get(KafkaPublisherProtocol)).publish('essays', handedIn('sky'));
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      expect((await rejectionOf(app.settled({ timeoutMs: 20 }))).message).to.include('The timers are fake');
    } finally {
      clock.restore();
      gate.resolve();
    }
  });

  it('forgets what happened when told to', async () => {
    await using app = await testApplication([essayChecks()]);
    await publish(app, 'sky');
    await app.settled();
    app.clearHistory();
    expect(app.published).to.have.length(0);
    await publish(app, 'sea');
    await app.settled();
    expect(app.published.single(HandedIn).event.data.essay).to.equal('sea');
  });

  it('is settled again and again', async () => {
    await using app = await testApplication([essayChecks()]);
    for (const name of ['a', 'b', 'c']) {
      await publish(app, name);
      await app.settled();
      expect(app.handled.of(Checked).at(-1)?.event.data.essay).to.equal(name);
    }
  });
});

describe('the assertions for chai', () => {
  let app: App & AsyncDisposable;

  before(async () => {
    app = await testApplication([essayChecks()]);
    await publish(app, 'sky', 'unreadable');
    await app.settled();
  });

  after(() => app[Symbol.asyncDispose]());

  it('hold for what happened', () => {
    expect(app).to.have.published(HandedIn).times(2);
    expect(app).to.have.published(HandedIn).with({ essay: 'sky' }).once();
    expect(app).to.have.published(HandedIn, { essay: /e/ }).once();
    expect(app).to.have.handled(Checked).with({ words: 3, essay: /^s/ }).once();
    expect(app).to.have.published(Checked, { at: new Date('2026-11-22T00:00:00.000Z') });
    expect(app)
      .to.have.published(Checked)
      .with({ words: (count: number) => count > 2, essay: sinon.match.string });
    expect(app).to.have.deadLettered(HandedIn).with({ essay: 'unreadable' });
    expect(app).to.have.notified('ada', 'checked').with({ essay: 'sky' });
    expect(app).to.not.have.handled(HandedIn, { essay: 'unreadable' });
    expect(app).to.not.have.deadLettered(Checked);
    expect(app).to.not.have.notified('bob', 'checked');
  });

  for (const [what, work, message] of [
    [
      'an event that is not there',
      () => expect(app).to.have.published('LOST'),
      'expected the application to have published LOST\nWhat happened',
    ],
    [
      'other data',
      () => expect(app).to.have.published(Checked).with({ words: 4 }),
      'published CHECKED with { words: 4 }\nClosest: words is 3 instead of 4.\nWhat happened',
    ],
    [
      'a matcher',
      () => expect(app).to.have.published(Checked).with({ essay: /sea/ }),
      "essay is 'sky', which does not match /sea/",
    ],
    [
      'another number',
      () => expect(app).to.have.published(HandedIn).once(),
      'expected the application to have published HANDED_IN once, and found 2\nWhat happened',
    ],
    [
      'another number with these data',
      () => expect(app).to.have.published(HandedIn).with({ essay: 'sky' }).times(2),
      "published HANDED_IN with { essay: 'sky' } 2 times, and found 1\nWhat happened",
    ],
    [
      'data of two that none has together',
      () => expect(app).to.have.published(HandedIn).with({ essay: 'sky' }).with({ essay: 'unreadable' }),
      "published HANDED_IN with { essay: 'sky' } and { essay: 'unreadable' }\nClosest: essay is 'sky'",
    ],
    [
      'a number that is negated',
      () => expect(app).to.not.have.published('LOST').times(2),
      'may mean any other number. Say how many there are, without not.',
    ],
    [
      'what should not be',
      () => expect(app).to.not.have.published(HandedIn),
      'expected the application not to have published HANDED_IN',
    ],
    [
      'data that should not be',
      () => expect(app).to.not.have.published(HandedIn, { essay: 'sky' }),
      "not to have published HANDED_IN with { essay: 'sky' }",
    ],
    ['another user', () => expect(app).to.have.notified('bob', 'checked'), 'notified bob: checked'],
    ['something else', () => expect({}).to.have.published(HandedIn), 'expected a TestApplication'],
  ] as const) {
    it(`fail readably: ${what}`, () => {
      expect(messageOf(work)).to.include(message);
    });
  }
});
