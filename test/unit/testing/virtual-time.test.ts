import { expect } from 'chai';
import * as sinon from 'sinon';
import {
  consume,
  IdempotentReceiver,
  infrastructure,
  KafkaPublisherProtocol,
  loadSettings,
  Provider,
  PublishError,
  Scope,
  StartError,
  token,
} from '../../../src/index.js';
import { memoryKafka, memoryRedis, testApplication } from '../../../src/testing/index.js';
import { Deferred } from '../../support/container/deferred.js';
import { essayChecks, HandedIn, handedIn } from '../../support/testing/essay-checks.js';

type Fake = NonNullable<Parameters<typeof sinon.useFakeTimers>[0]> & object;

const clients = infrastructure(loadSettings({ SERVICE_NAME: 'test' }));
const Broken = token<string>()('Broken');
const now = Date.UTC(2026, 10, 22);

/** The ways to put a clock in place that moves all. */
const ways: Readonly<Record<string, Fake>> = {
  'of everything': { now },
  'of everything, that moves on by itself': { now, shouldAdvanceTime: true },
  'of what a list has': {
    now,
    toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  },
};

for (const [way, options] of Object.entries(ways)) {
  describe(`a fake clock ${way}`, () => {
    let clock: sinon.SinonFakeTimers;

    beforeEach(() => {
      clock = sinon.useFakeTimers(options);
    });
    afterEach(() => clock.restore());

    it('lets a key run out', async () => {
      await using redis = await memoryRedis();
      await redis.client.setex('k', 120, 'v');
      await clock.tickAsync(60_000);
      expect(await redis.client.get('k')).to.equal('v');
      await clock.tickAsync(60_000);
      expect(await redis.client.get('k')).to.equal(null);
    });

    it('ends a wait for a list, and not before its time', async () => {
      await using redis = await memoryRedis();
      const ended = sinon.spy();
      const waiting = redis.client.blpop(['list'], 120).then(ended);
      await clock.tickAsync(60_000);
      expect(ended.callCount).to.equal(0);
      await clock.tickAsync(60_000);
      await waiting;
      expect(ended.args).to.deep.equal([[null]]);
    });

    it('lets a wait have what comes meanwhile', async () => {
      await using redis = await memoryRedis();
      const waiting = redis.client.blpop(['list'], 3600);
      await clock.tickAsync(120_000);
      await redis.client.rpush('list', 'item');
      expect(await waiting).to.deep.equal(['list', 'item']);
    });

    it('holds up no message of a channel or a stream', async () => {
      await using redis = await memoryRedis();
      await using channel = await redis.pubsub.subscribe('news');
      await using stream = await redis.pubsub.subscribeDurable('log');
      await clock.tickAsync(60_000);
      await redis.pubsub.publish('news', 'sky');
      await redis.pubsub.publishDurable('log', 'sea');
      const [news, log] = [channel.listen(), stream[Symbol.asyncIterator]()];
      expect((await news.next()).value).to.deep.include({ type: 'subscribe' });
      expect((await news.next()).value).to.deep.include({ data: 'sky' });
      expect((await log.next()).value).to.deep.include({ data: 'sea' });
    });

    it('brings a client back whose server was away', async () => {
      await using redis = await memoryRedis({ deadlineMs: 100_000 });
      redis.faults.refuse();
      redis.faults.cut();
      await clock.tickAsync(1);
      const asked = redis.client.get('k');
      await clock.tickAsync(60_000);
      redis.faults.refuse(false);
      await clock.tickAsync(2_000);
      expect(await asked).to.equal(null);
    });

    it('lets the deadline of a command pass', async () => {
      await using redis = await memoryRedis({ deadlineMs: 4_000 });
      redis.faults.stall();
      const failed = redis.client.get('k').catch((error: unknown) => error);
      await clock.tickAsync(4_001);
      expect(await failed).to.include({ code: 'SLIPWAY_REDIS_TIMEOUT' });
      redis.faults.resume();
    });

    it('lets a publisher try again, and give up in the end', async () => {
      await using kafka = await memoryKafka({ settings: { retryBackoffMs: 500, deliveryTimeoutMs: 30_000 } });
      kafka.cluster.refuse(true);
      const published = kafka.publisher.publish('t', handedIn('sky'));
      await clock.tickAsync(10_000);
      kafka.cluster.refuse(false);
      await clock.tickAsync(10_000);
      await published;
      expect(kafka.events('t')).to.have.length(1);

      kafka.cluster.refuse(true);
      const failed = kafka.publisher.publish('t', handedIn('sea')).catch((error: unknown) => error);
      await clock.tickAsync(30_001);
      expect(await failed).to.be.instanceOf(PublishError);
    });

    it('lets a handler be tried again after its back-off', async () => {
      const times: number[] = [];
      const grading = consume(
        HandedIn,
        () => {
          times.push(Date.now() - now);
          throw new Error('not yet');
        },
        { attempts: 3, backoff: { minMs: 60_000, maxMs: 600_000, jitter: 0 } },
      );
      await using app = await testApplication([clients, grading]);
      const began = Date.now() - now;
      await (await app.get(KafkaPublisherProtocol)).publish('essays', handedIn('sky'));
      const settled = app.settled({ timeoutMs: 20_000 });
      await clock.tickAsync(200_000);
      await settled;
      expect(app.deadLettered.single(HandedIn).attempts).to.equal(3);
      const [first = 0, second = 0, third = 0] = times;
      expect(first - began).to.be.below(60_000);
      expect(second - first).to.be.within(60_000, 90_000);
      expect(third - second).to.be.within(120_000, 150_000);
    });

    it('stops a handler whose time is over', async () => {
      const reasons: unknown[] = [];
      const hanging = consume(
        HandedIn,
        (_event, { signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              reasons.push(signal.reason);
              reject(signal.reason as Error);
            });
          }),
        { attempts: 1, handlerTimeoutMs: 20_000 },
      );
      await using app = await testApplication([clients, hanging]);
      await (await app.get(KafkaPublisherProtocol)).publish('essays', handedIn('sky'));
      const settled = app.settled({ timeoutMs: 20_000 });
      await clock.tickAsync(60_000);
      await settled;
      expect(reasons).to.have.length(1);
      expect(app.deadLettered.single(HandedIn).error).to.include('did not end within 20000 ms');
    });

    it('keeps the claim of who works, and lets that of who died run out', async () => {
      await using redis = await memoryRedis();
      const settings = { redis: redis.client, serviceName: 'test', processingTtlSeconds: 30 };
      const message = { value: Buffer.from('{"event_id":"e","event_type":"t","data":{}}') };
      const [one, other] = [new IdempotentReceiver(settings), new IdempotentReceiver(settings)];
      const gate = new Deferred();
      const working = one.receive(message, () => gate.promise);
      await clock.tickAsync(100_000);
      const refused = await other.receive(message, () => undefined).catch((error: unknown) => error);
      expect(refused).to.include({ code: 'SLIPWAY_IDEMPOTENCY_IN_PROGRESS' });
      gate.resolve();
      expect(await working).to.include({ handled: true });

      const [key = ''] = await redis.client.scanPattern('*');
      const marker = JSON.stringify({ status: 'processing', started_at: Date.now() / 1000, owner: 'dead' });
      await redis.client.setex(key, 30, marker);
      await clock.tickAsync(31_000);
      expect(await other.receive(message, () => undefined)).to.include({ handled: true });
    });

    it('leaves to settle what needs no time', async () => {
      await using app = await testApplication([essayChecks()]);
      await (await app.get(KafkaPublisherProtocol)).publishEvent(handedIn('sky'));
      await app.settled();
      expect(app.notifications.single('checked', 'ada').data).to.include({ essay: 'sky' });
    });
  });
}

/** Unbound, as it stands there. */
const current = (): unknown => Reflect.get(process, 'nextTick');

describe('process.nextTick', () => {
  const nextTick = current();
  afterEach(() => sinon.restore());

  it('is real while a server in this process is open, and what the test made of it afterwards', async () => {
    const clock = sinon.useFakeTimers();
    const fake = current();
    expect(fake).to.not.equal(nextTick);
    const one = await memoryRedis();
    const other = await memoryRedis();
    await one[Symbol.asyncDispose]();
    await new Promise<void>((resolve) => process.nextTick(resolve));
    await other[Symbol.asyncDispose]();
    expect(current()).to.equal(fake);
    clock.restore();
    expect(current()).to.equal(nextTick);
  });

  it('is itself again when both have ended, the clock first or last', async () => {
    for (const isClockFirst of [true, false]) {
      const redis = await memoryRedis();
      const clock = sinon.useFakeTimers({ shouldClearNativeTimers: true });
      if (isClockFirst) clock.restore();
      await redis[Symbol.asyncDispose]();
      if (!isClockFirst) clock.restore();
      await new Promise<void>((resolve) => process.nextTick(resolve));
      expect(current()).to.equal(nextTick);
    }
  });

  it('is let go by an application that does not start, and by one that has stopped', async () => {
    await using app = await testApplication([clients]);
    expect(current()).to.not.equal(nextTick);
    await app.stop();
    expect(current()).to.equal(nextTick);
    const failing = new Provider('failing').provide(Broken, {
      scope: Scope.APP,
      eager: true,
      create: () => {
        throw new Error('cannot start');
      },
    });
    const error: unknown = await testApplication([failing]).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(StartError);
    expect(current()).to.equal(nextTick);
  });
});
