import { expect } from 'chai';
import * as sinon from 'sinon';
import { essays } from '../../../examples/essay-desk/application.js';
import { ContentServiceProtocol } from '../../../examples/essay-desk/content-service.js';
import * as slipway from '../../../src/index.js';

const { Application, containerEvents, CorrelationId, infrastructure, loadSettings, Scope } = slipway;
const correlationId = 'e2c1f8a5-3b47-4d2a-9c50-6f0d6a1b7c11';

describe('the essay desk with its protocols rebound to stubs', () => {
  const built: string[] = [];
  const note = (event: unknown): unknown => built.push((event as slipway.BuildEvent).token);
  before(() => containerEvents.build.subscribe(note));
  after(() => containerEvents.build.unsubscribe(note));

  it('publishes what was handed in and tells the user, and opens no client', async () => {
    const redis = sinon.createStubInstance(slipway.RedisClient, { setIfNotExists: Promise.resolve(true) });
    const kafka = sinon.createStubInstance(slipway.KafkaBus);
    await using app = new Application([infrastructure(loadSettings({ SERVICE_NAME: 'desk' })), essays()], {
      overrides: [
        [slipway.AtomicRedisClientProtocol, redis],
        [slipway.KafkaPublisherProtocol, kafka],
        [slipway.LoggerFactory, () => slipway.silentLogger],
      ],
    });
    await app.start();
    await using request = app.enter(Scope.REQUEST, [[CorrelationId, correlationId]]);
    const content = await request.get(ContentServiceProtocol);
    const { essayId, eventId } = await content.createContent({ userId: 'ada', title: 'Sky', text: 'Blue.' });

    const [envelope] = kafka.publishEvent.firstCall.args;
    const route = (await app.get(slipway.EventRegistry)).route(envelope);
    expect(route).to.deep.equal({ topic: 'content-events', key: essayId });
    expect(envelope).to.include({
      eventType: 'CONTENT_CREATED',
      eventId,
      sourceService: 'desk',
      correlationId,
    });
    expect(redis.publishUserNotification.firstCall.args.slice(0, 2)).to.deep.equal(['ada', 'essay_created']);
    expect(built).to.include('ContentServiceProtocol');
    expect(built).to.not.include('RedisClient');
    expect(built).to.not.include('KafkaBus');
  });
});
