import { expect } from 'chai';
import * as sinon from 'sinon';
import { createEnvelope, EventConsumer, PublishError, RedisError } from '../../../src/index.js';
import { memoryKafka, memoryRedis } from '../../../src/testing/index.js';
import { Deferred } from '../../support/container/deferred.js';
import { HandedIn, handedIn } from '../../support/testing/essay-checks.js';

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe(memoryRedis.name, () => {
  afterEach(() => sinon.restore());

  it('is a Redis of its own', async () => {
    await using one = await memoryRedis();
    await using other = await memoryRedis();
    await one.client.set('k', 'v');
    expect(await other.client.get('k')).to.equal(null);
  });

  it('lets times to live run out by its own clock', async () => {
    await using redis = await memoryRedis();
    await redis.client.setex('k', 60, 'v');
    redis.advance(59_000);
    expect(await redis.client.ttl('k')).to.equal(1);
    redis.advance(1_000);
    expect(await redis.client.get('k')).to.equal(null);
  });

  it("lets times to live run out by sinon's clock", async () => {
    await using redis = await memoryRedis();
    const clock = sinon.useFakeTimers({ now: Date.now(), toFake: ['Date'] });
    await redis.client.setIfNotExists('k', 'v', 10);
    clock.tick(10_001);
    expect(await redis.client.setIfNotExists('k', 'w', 10)).to.equal(true);
  });

  it('has the faults of a server', async () => {
    await using redis = await memoryRedis({ deadlineMs: 100 });
    redis.faults.loseReply('set');
    const error = await failureOf(redis.client.set('k', 'v'));
    expect(error).to.be.instanceOf(RedisError).and.include({ maybeApplied: true });
    expect(await redis.client.get('k')).to.equal('v');
    redis.faults.stall();
    expect(await failureOf(redis.client.get('k'))).to.include({ code: 'SLIPWAY_REDIS_TIMEOUT' });
    redis.faults.resume();
  });
});

describe(memoryKafka.name, () => {
  it('keeps what is published where a test can look', async () => {
    await using kafka = await memoryKafka({ events: [HandedIn] });
    await kafka.publisher.publishEvent(handedIn('sky'));
    expect(kafka.events('essays').map(({ data }) => data)).to.deep.equal([{ essay: 'sky' }]);
    expect(kafka.cluster.topics()).to.deep.equal(['essays']);
  });

  it('feeds a consumer on the same cluster', async () => {
    await using kafka = await memoryKafka({ events: [HandedIn] });
    const handled = new Deferred<string>();
    await using consumer = new EventConsumer({
      groupId: 'test',
      driver: kafka.driver,
      autoOffsetReset: 'earliest',
    });
    consumer.subscribe(HandedIn, ({ data }) => handled.resolve(data.essay));
    await consumer.start();
    await kafka.publisher.publishEvent(handedIn('sea'));
    expect(await handled.promise).to.equal('sea');
  });

  it('has the faults of a cluster', async () => {
    await using kafka = await memoryKafka({ settings: { deliveryTimeoutMs: 100 } });
    const envelope = createEnvelope('X', {}, { sourceService: 'test' });
    kafka.cluster.loseAcks(1);
    await kafka.publisher.publish('t', envelope);
    expect(kafka.events('t')).to.have.length(1);
    kafka.cluster.stall();
    const error = await failureOf(kafka.publisher.publish('t', envelope));
    expect(error).to.be.instanceOf(PublishError);
    kafka.cluster.resume();
  });
});
