import { expect } from 'chai';
import * as sinon from 'sinon';
import { ContentServiceImpl } from '../../../examples/essay-desk/content-service.js';
import { DeskError } from '../../../examples/essay-desk/desk-error.js';
import * as slipway from '../../../src/index.js';
import { stub } from '../../../src/testing/index.js';

const { AtomicRedisClientProtocol, KafkaPublisherProtocol, PublishError, silentLogger } = slipway;
const correlationId = 'e2c1f8a5-3b47-4d2a-9c50-6f0d6a1b7c11';
const essay = { userId: 'ada', title: 'Sky', text: 'Blue.' };

// The class alone, on stubs of the protocols it names: test/unit/essay-desk/service/essays.test.ts has it in its application.
describe(ContentServiceImpl.name, () => {
  const { service: settings } = slipway.loadSettings({ SERVICE_NAME: 'desk' });
  const unknown = new PublishError('SLIPWAY_KAFKA_UNAVAILABLE', { message: 'Away.', outcome: 'unknown' });

  function contentService(
    redis: slipway.AtomicRedisClientProtocol,
    kafka: slipway.KafkaPublisherProtocol = stub(KafkaPublisherProtocol),
  ): ContentServiceImpl {
    return new ContentServiceImpl(redis, kafka, correlationId, settings, () => silentLogger);
  }

  it('publishes what was handed in under its correlation id, then tells the user', async () => {
    const redis = stub(AtomicRedisClientProtocol);
    const kafka = stub(KafkaPublisherProtocol);
    const { essayId, eventId } = await contentService(redis, kafka).createContent(essay);

    const [envelope] = kafka.publishEvent.firstCall.args;
    expect(envelope).to.include({
      eventType: 'CONTENT_CREATED',
      eventId,
      sourceService: 'desk',
      correlationId,
    });
    expect(envelope.data).to.deep.equal({ essay_id: essayId, user_id: 'ada', title: 'Sky', text: 'Blue.' });
    sinon.assert.calledOnceWithExactly(redis.publishUserNotification, 'ada', 'essay_created', {
      essay_id: essayId,
      event_id: eventId,
      title: 'Sky',
    });
    sinon.assert.callOrder(redis.setIfNotExists, kafka.publishEvent, redis.publishUserNotification);
  });

  it('publishes nothing when the title is taken', async () => {
    const redis = stub(AtomicRedisClientProtocol, { setIfNotExists: false, get: 'by another service' });
    const kafka = stub(KafkaPublisherProtocol);
    const error: unknown = await contentService(redis, kafka)
      .createContent(essay)
      .catch((reason: unknown) => reason);

    expect(error).to.be.instanceOf(DeskError).and.include({ code: 'ESSAY_EXISTS' });
    sinon.assert.notCalled(kafka.publishEvent);
  });

  it('fails as the publish fails, and tells nobody', async () => {
    const redis = stub(AtomicRedisClientProtocol);
    const kafka = stub(KafkaPublisherProtocol, { publishEvent: unknown });
    const error: unknown = await contentService(redis, kafka)
      .createContent(essay)
      .catch((reason: unknown) => reason);

    expect(error).to.equal(unknown);
    sinon.assert.notCalled(redis.publishUserNotification);
    sinon.assert.calledOnce(redis.session);
  });

  it('has created the essay, whether or not the user can be told', async () => {
    const redis = stub(AtomicRedisClientProtocol, { publishUserNotification: new Error('nobody listens') });
    expect(await contentService(redis).createContent(essay)).to.have.keys('essayId', 'eventId');
  });
});
