import { expect, use } from 'chai';
import { essays } from '../../../../examples/essay-desk/application.js';
import { ContentCreated } from '../../../../examples/essay-desk/content-created.js';
import { ContentServiceProtocol } from '../../../../examples/essay-desk/content-service.js';
import { DeskError } from '../../../../examples/essay-desk/desk-error.js';
import type { NewEssay } from '../../../../examples/essay-desk/essay.js';
import {
  AtomicRedisClientProtocol,
  consume,
  CorrelationId,
  infrastructure,
  KafkaPublisherProtocol,
  loadSettings,
  PublishError,
  Scope,
} from '../../../../src/index.js';
import { slipwayChai, stub, testApplication, type TestApplication } from '../../../../src/testing/index.js';

use(slipwayChai);

const correlationId = 'e2c1f8a5-3b47-4d2a-9c50-6f0d6a1b7c11';
const sky: NewEssay = { userId: 'ada', title: 'Sky', text: 'Blue.' };
const clients = infrastructure(loadSettings({ SERVICE_NAME: 'desk' }));

async function handIn(app: Pick<TestApplication, 'enter'>, essay: NewEssay) {
  await using request = app.enter(Scope.REQUEST, [[CorrelationId, correlationId]]);
  return await (await request.get(ContentServiceProtocol)).createContent(essay);
}

// In this process by default; SLIPWAY_TEST_REAL=1 puts the same tests on real servers.
describe('the essay desk in its application', function () {
  this.timeout(60_000);

  it('publishes an essay and tells its user', async () => {
    await using app = await testApplication([clients, essays()]);
    const { essayId, eventId } = await handIn(app, sky);
    await app.settled();

    const { event, key, topic } = app.published.single(ContentCreated);
    expect(event).to.include({ eventId, correlationId, sourceService: 'desk' });
    expect({ key, topic }).to.deep.equal({ key: essayId, topic: 'content-events' });
    expect(app).to.have.published(ContentCreated).with({ user_id: 'ada', title: 'Sky', text: 'Blue.' });
    expect(app).to.have.notified('ada', 'essay_created').with({ essay_id: essayId, title: 'Sky' }).once();
  });

  it('takes a title once for each user', async () => {
    await using app = await testApplication([clients, essays()]);
    await handIn(app, sky);
    const again: unknown = await handIn(app, sky).catch((error: unknown) => error);
    await handIn(app, { ...sky, userId: 'bob' });
    await app.settled();

    expect(again).to.be.instanceOf(DeskError).and.include({ code: 'ESSAY_EXISTS' });
    expect(app).to.have.published(ContentCreated).times(2);
    expect(app).to.have.notified('bob', 'essay_created');
  });

  it('is followed by whoever consumes its events', async () => {
    const indexed: string[] = [];
    const index = consume(ContentCreated, ({ data }) => {
      indexed.push(data.title);
    });
    await using app = await testApplication([clients, essays(), index]);
    await handIn(app, sky);
    await handIn(app, { ...sky, title: 'Sea' });
    await app.settled();

    expect(indexed.toSorted()).to.deep.equal(['Sea', 'Sky']);
    expect(app).to.have.handled(ContentCreated).times(2);
    expect(app).to.not.have.deadLettered(ContentCreated);
  });

  it('keeps the claim of a publish of unknown outcome, which a retry finishes', async () => {
    const unknown = new PublishError('SLIPWAY_KAFKA_UNAVAILABLE', { message: 'Away.', outcome: 'unknown' });
    const kafka = stub(KafkaPublisherProtocol);
    kafka.publishEvent.onFirstCall().rejects(unknown);
    await using app = await testApplication([clients, essays()], {
      overrides: [[KafkaPublisherProtocol, kafka]],
    });
    expect(await handIn(app, sky).catch((error: unknown) => error)).to.equal(unknown);
    const { eventId } = await handIn(app, sky);

    expect(kafka.publishEvent.args.map(([envelope]) => envelope.eventId)).to.deep.equal([eventId, eventId]);
    const redis = await app.get(AtomicRedisClientProtocol);
    expect(JSON.parse((await redis.get('content_creation:ada:Sky')) ?? '')).to.include({ state: 'created' });
  });
});
