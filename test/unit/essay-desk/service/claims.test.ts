import { expect } from 'chai';
import * as sinon from 'sinon';
import { essays } from '../../../../examples/essay-desk/application.js';
import { ContentServiceProtocol } from '../../../../examples/essay-desk/content-service.js';
import { DeskError } from '../../../../examples/essay-desk/desk-error.js';
import { EssayClaims } from '../../../../examples/essay-desk/essay-claims.js';
import type { CreatedEssay, NewEssay } from '../../../../examples/essay-desk/essay.js';
import {
  CorrelationId,
  type EventEnvelope,
  infrastructure,
  KafkaPublisherProtocol,
  loadSettings,
  PublishError,
  type PublishOutcome,
  RedisClient,
  Scope,
} from '../../../../src/index.js';
import { type Stub, stub, type TestApplication, testApplication } from '../../../../src/testing/index.js';

const essay: NewEssay = { userId: 'ada', title: 'On stars', text: 'Stars are far.' };
const key = 'content_creation:ada:On stars';
const correlationIds = [
  '11111111-1111-4111-8111-111111111111',
  '22222222-2222-4222-8222-222222222222',
] as const;

function publishError(outcome: PublishOutcome): PublishError {
  return new PublishError('SLIPWAY_KAFKA_UNAVAILABLE', { message: 'Kafka is away.', outcome });
}

/** What `work` fails with; fails where it does not. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('It did not fail.');
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await failureOf(work);
  if (!(error instanceof DeskError)) throw error;
  return error.code;
}

// Redis is the client that runs in production; what Kafka answers is the test's to say.
describe('the claims of the essay desk', function () {
  this.timeout(60_000);
  const settings = loadSettings({ SERVICE_NAME: 'desk' });
  let app: Pick<TestApplication, 'enter' | 'logs' | 'stop'>;
  let redis: RedisClient;
  let kafka: Stub<KafkaPublisherProtocol>;

  beforeEach(async () => {
    kafka = stub(KafkaPublisherProtocol);
    const desk = await testApplication([infrastructure(settings), essays()], {
      overrides: [[KafkaPublisherProtocol, kafka]],
    });
    redis = await desk.get(RedisClient);
    app = desk;
  });

  afterEach(async () => {
    sinon.restore();
    await app.stop();
  });

  async function send(
    sent: NewEssay = essay,
    correlationId: string = correlationIds[0],
  ): Promise<CreatedEssay> {
    await using request = app.enter(Scope.REQUEST, [[CorrelationId, correlationId]]);
    const content = await request.get(ContentServiceProtocol);
    return await content.createContent(sent);
  }

  async function claim(): Promise<Record<string, unknown> | undefined> {
    const text = await redis.get(key);
    return text === null ? undefined : (JSON.parse(text) as Record<string, unknown>);
  }

  /** What the log has as the reason of a step that failed. */
  function logged(message: string): string {
    return String(app.logs.find((line) => line.message === message)?.context['error']);
  }

  function published(): EventEnvelope[] {
    return kafka.publishEvent.args.map(([envelope]) => envelope);
  }

  it('are taken with setIfNotExists for an hour, before the event is published', async () => {
    const set = sinon.spy(redis, 'setIfNotExists');
    let claimed: Record<string, unknown> | undefined;
    kafka.publishEvent.callsFake(async () => {
      claimed = await claim();
      return { topic: 'content-events', partition: 0, offset: '0' };
    });
    const created = await send();

    expect(set.firstCall.args[0]).to.equal(key);
    expect(set.firstCall.args[2]).to.equal(3600);
    expect(claimed).to.include({ ...created, state: 'publishing' });
  });

  it('are created once the event is acknowledged; another one of the title is refused', async () => {
    const created = await send();

    expect(await claim()).to.include({ ...created, state: 'created' });
    const error = await failureOf(send({ ...essay, text: 'Another text.' }));
    expect(error).to.be.instanceOf(DeskError).and.include({ code: 'ESSAY_EXISTS', statusCode: 409 });
    expect((error as DeskError).details).to.deep.equal(created);
    expect(kafka.publishEvent.callCount).to.equal(1);
  });

  it('are one for each user and title', async () => {
    await send();
    await send({ ...essay, userId: 'bob' });
    await send({ ...essay, title: 'On moons' });

    expect(kafka.publishEvent.callCount).to.equal(3);
  });

  it('let one of two at once through', async () => {
    const [first, second] = await Promise.allSettled([send(), send()]);

    expect(first.status).to.equal('fulfilled');
    expect(second.status === 'rejected' && (second.reason as DeskError).code).to.equal('ESSAY_IN_PROGRESS');
    expect(second.status === 'rejected' && (second.reason as DeskError).retryAfterSeconds).to.be.within(1, 6);
    expect(kafka.publishEvent.callCount).to.equal(1);
  });

  it('are given back after a first publish that wrote nothing', async () => {
    kafka.publishEvent.onFirstCall().rejects(publishError('not-written'));
    expect(await failureOf(send())).to.include({ outcome: 'not-written' });
    expect(await claim()).to.equal(undefined);

    await send({ ...essay, text: 'Better words.' });
    const [lost, kept] = published();
    expect(kept?.eventId).to.not.equal(lost?.eventId);
  });

  it('are kept after a publish of unknown outcome, and a retry publishes the same event', async () => {
    kafka.publishEvent.onFirstCall().rejects(publishError('unknown'));
    expect(await failureOf(send())).to.include({ outcome: 'unknown' });
    expect(await claim()).to.include({ state: 'unknown', eventId: published()[0]?.eventId });

    const created = await send(essay, correlationIds[1]);
    const [first, second] = published();
    expect(second).to.deep.equal(first);
    expect(created.eventId).to.equal(first?.eventId);
    expect(await codeOf(send())).to.equal('ESSAY_EXISTS');
  });

  it('are kept where a publish fails with an error of another kind', async () => {
    kafka.publishEvent.onFirstCall().rejects(new Error('who knows'));
    await failureOf(send());

    expect(await claim()).to.include({ state: 'unknown' });
  });

  it('are kept where a retry writes nothing: the attempt before it may have', async () => {
    kafka.publishEvent.onFirstCall().rejects(publishError('unknown'));
    kafka.publishEvent.onSecondCall().rejects(publishError('not-written'));
    await failureOf(send());
    await failureOf(send());
    expect(await claim()).to.include({ state: 'unknown' });

    await send();
    expect(new Set(published().map(({ eventId }) => eventId)).size).to.equal(1);
  });

  it('refuse another text while it is not known whether the first was written', async () => {
    kafka.publishEvent.onFirstCall().rejects(publishError('unknown'));
    await failureOf(send());
    const before = await claim();

    expect(await codeOf(send({ ...essay, text: 'Another text.' }))).to.equal('ESSAY_DIFFERS');
    expect(await claim()).to.deep.equal(before);
    expect(kafka.publishEvent.callCount).to.equal(1);
  });

  it('let one of two retries at once through', async () => {
    kafka.publishEvent.onFirstCall().rejects(publishError('unknown'));
    await failureOf(send());
    const outcomes = await Promise.allSettled([send(), send(), send()]);

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).to.include({ code: 'ESSAY_IN_PROGRESS' });
    }
    expect(kafka.publishEvent.callCount).to.equal(2);
  });

  it('of a process that died before its publish are finished by a retry once the lease is over', async () => {
    const { claim: left } = await new EssayClaims(redis).begin(essay, correlationIds[0]);
    const clock = sinon.useFakeTimers({ now: Date.now(), toFake: ['Date'] });
    expect(await codeOf(send(essay, correlationIds[1]))).to.equal('ESSAY_IN_PROGRESS');
    expect(kafka.publishEvent.callCount).to.equal(0);

    clock.tick(6001);
    const { essayId, eventId } = left;
    expect(await send(essay, correlationIds[1])).to.deep.equal({ essayId, eventId });
    expect(published()[0]).to.include({ eventId, correlationId: correlationIds[0] });
  });

  it('that were taken over are not changed by one who comes back late', async () => {
    const claims = new EssayClaims(redis);
    const late = await claims.begin(essay, correlationIds[0]);
    sinon.useFakeTimers({ now: Date.now() + 6001, toFake: ['Date'] });
    const now = await claims.begin(essay, correlationIds[1]);
    const held = await claim();
    expect([late.isRetry, now.isRetry]).to.deep.equal([false, true]);

    await claims.notWritten(late);
    await claims.unknown(late);
    expect(await claim()).to.deep.equal(held);
    await claims.created(now);
    await claims.notWritten(late);
    expect(await claim()).to.include({ state: 'created' });
  });

  it('that cannot be marked are finished by a retry, with the same event', async () => {
    sinon.stub(redis, 'setex').onFirstCall().rejects(new Error('Redis is away')).callThrough();
    const created = await send();
    expect(await claim()).to.include({ state: 'publishing' });

    sinon.useFakeTimers({ now: Date.now() + 6001, toFake: ['Date'] });
    expect(await send()).to.deep.equal(created);
    const [first, second] = published();
    expect(second).to.deep.equal(first);
    expect(logged('Could not mark the claim')).to.include('Redis is away');
  });

  it('stay with their lease where a failed publish cannot be noted', async () => {
    kafka.publishEvent.onFirstCall().rejects(publishError('not-written'));
    sinon.stub(redis, 'session').rejects(new Error('no session'));

    expect(await failureOf(send())).to.be.instanceOf(PublishError);
    expect(await claim()).to.include({ state: 'publishing' });
    expect(logged('Could not note the failed publish')).to.include('no session');
  });

  it('of another kind of service mean that the title is taken', async () => {
    await redis.setex(key, 60, '1');
    const error = await failureOf(send());

    expect(error).to.include({ code: 'ESSAY_EXISTS' });
    expect((error as DeskError).details).to.deep.equal({});
  });

  it('that end between two looks are left to whoever comes next', async () => {
    sinon.stub(redis, 'setIfNotExists').resolves(false);

    expect(await codeOf(send())).to.equal('ESSAY_IN_PROGRESS');
  });

  it('do not depend on the notification, whose failure is logged', async () => {
    sinon.stub(redis, 'publishUserNotification').rejects(new Error('nobody listens'));

    expect(await send()).to.have.keys('essayId', 'eventId');
    expect(await claim()).to.include({ state: 'created' });
    expect(logged('Could not notify the user')).to.include('nobody listens');
  });
});
