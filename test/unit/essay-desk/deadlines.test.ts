import { expect } from 'chai';
import * as sinon from 'sinon';
import { ContentServiceImpl } from '../../../examples/essay-desk/content-service.js';
import { DeskError } from '../../../examples/essay-desk/desk-error.js';
import {
  AtomicRedisClientProtocol,
  KafkaPublisherProtocol,
  loadSettings,
  PublishError,
  silentLogger,
} from '../../../src/index.js';
import { stub } from '../../../src/testing/index.js';

const { service: settings } = loadSettings({ SERVICE_NAME: 'desk' });

describe(`${ContentServiceImpl.name} where a server hangs`, function () {
  this.timeout(60_000);

  it('answers within 5 s, and says what is known', async () => {
    const forever = new Promise<never>(() => {});
    const redis = stub(AtomicRedisClientProtocol);
    const kafka = stub(KafkaPublisherProtocol);
    const correlationId = 'e2c1f8a5-3b47-4d2a-9c50-6f0d6a1b7c11';
    const service = new ContentServiceImpl(redis, kafka, correlationId, settings, () => silentLogger);
    // An essay for each fault, so that all of them are waited for at once.
    redis.setIfNotExists.withArgs(sinon.match(/claiming$/)).returns(forever);
    redis.publishUserNotification
      .withArgs(sinon.match.any, sinon.match.any, sinon.match({ title: 'notifying' }))
      .returns(forever);
    kafka.publishEvent.withArgs(sinon.match({ data: { title: 'publishing' } })).callsFake(
      (_envelope, options) =>
        new Promise((_resolve, reject) => {
          const gone = { message: 'Kafka is away.', outcome: 'unknown' } as const;
          options?.signal?.addEventListener('abort', () => {
            reject(new PublishError('SLIPWAY_KAFKA_UNAVAILABLE', gone));
          });
        }),
    );
    const outcome = (title: string): Promise<unknown> =>
      service
        .createContent({ userId: 'ada', title, text: 'Stars are far.' })
        .catch((error: unknown) => error);
    const begun = performance.now();
    // Timers of one process come in their order, however late they all are on a busy machine.
    let timer: NodeJS.Timeout | undefined;
    const after5s = new Promise<never[]>((resolve) => {
      timer = setTimeout(resolve, 5_000, []);
    });
    const answers = Promise.all(['claiming', 'publishing', 'notifying'].map(outcome));
    const [claiming, publishing, notifying] = await Promise.race([answers, after5s]);
    clearTimeout(timer);

    expect(claiming).to.be.instanceOf(DeskError).and.include({ code: 'SERVICE_UNAVAILABLE' });
    expect(publishing).to.include({ outcome: 'unknown' });
    expect(notifying).to.have.keys('essayId', 'eventId');
    expect(performance.now() - begun).to.be.at.least(3400);
  });
});
