import { expect } from 'chai';
import { z } from 'zod';
import {
  createEnvelope,
  currentLogContext,
  defineEvent,
  type Delivery,
  encodeEnvelope,
  upcastFrom,
} from '../../../../src/index.js';
import { ConsumerScene, Counted, counted } from '../../../support/kafka/consuming.js';
import { failureOf } from '../../../support/kafka/outcomes.js';
import { until } from '../../../support/until.js';

describe('EventConsumer', () => {
  let scene: ConsumerScene;

  beforeEach(async () => {
    scene = await ConsumerScene.begin();
  });

  afterEach(() => scene[Symbol.asyncDispose]());

  describe('handling', () => {
    it('gives handlers the typed event, and commits after success', async () => {
      const seen: [number, Delivery][] = [];
      const begin = Date.now();
      const consumer = scene.consumer().subscribe(Counted, (event, delivery) => {
        const number: number = event.data.number;
        seen.push([number, delivery]);
      });
      await consumer.start();
      const envelope = counted(1);
      await scene.bus.publish('counted', envelope, { key: 'a', headers: { tenant: 'å' } });
      await until(() => scene.committed() === 1n, 'it is committed');
      const [[number, delivery] = []] = seen;
      expect(number).to.equal(1);
      expect(delivery).to.include({ attempt: 1, topic: 'counted', partition: 0, offset: '0', key: 'a' });
      expect(delivery?.headers).to.include({ tenant: 'å', event_id: envelope.eventId });
      expect(delivery?.envelope.eventId).to.equal(envelope.eventId);
      expect(delivery?.deadline.getTime()).to.be.within(begin + 29_000, begin + 60_000);
      expect(delivery?.value.equals(encodeEnvelope(envelope))).to.equal(true);
      expect(consumer.stats()).to.deep.include({ handled: 1, failedAttempts: 0, running: 0 });
      expect(consumer.status).to.include({ state: 'ready', reconnects: 0 });
      expect(consumer.details).to.deep.include({ group_id: 'desk', assignments: ['counted-0'], lag: 0 });
    });

    it('brings older versions to the present one', async () => {
      const Older = defineEvent('test.titled.v1', {
        topic: 'counted',
        schema: z.object({ name: z.string() }),
        key: null,
      });
      const Titled = defineEvent('test.titled.v2', {
        topic: 'counted',
        schema: z.object({ title: z.string() }),
        key: null,
        upcast: { 1: upcastFrom(Older, ({ name }) => ({ title: name })) },
      });
      const titles: string[] = [];
      const consumer = scene.consumer().subscribe(Titled, ({ data }) => {
        titles.push(data.title);
      });
      await consumer.start();
      await scene.bus.publish('counted', createEnvelope(Older, { name: 'x' }, { sourceService: 'test' }));
      await until(() => titles.length === 1, 'it is handled');
      expect(titles).to.deep.equal(['x']);
    });

    it('gives a handler of a topic what no event of it takes', async () => {
      const types: string[] = [];
      const numbers: number[] = [];
      const consumer = scene
        .consumer()
        .subscribe(Counted, ({ data }) => {
          numbers.push(data.number);
        })
        .subscribe('counted', ({ eventType }) => {
          types.push(eventType);
        });
      await consumer.start();
      await scene.publish(1);
      await scene.bus.publish('counted', createEnvelope('other', {}, { sourceService: 'test' }));
      await until(() => scene.committed() === 2n, 'both are done');
      expect([numbers, types]).to.deep.equal([[1], ['other']]);
    });

    it('passes over what nothing subscribes to', async () => {
      const consumer = scene.consumer().subscribe(Counted, () => undefined);
      await consumer.start();
      await scene.bus.publish('counted', createEnvelope('other', {}, { sourceService: 'test' }));
      await until(() => scene.committed() === 1n, 'it is committed');
      expect(consumer.stats()).to.include({ ignored: 1, handled: 0, deadLetters: 0 });
    });

    it('binds the log context to the message', async () => {
      let fields: object | undefined;
      const consumer = scene.consumer().subscribe(Counted, () => {
        fields = currentLogContext();
      });
      await consumer.start();
      const envelope = {
        ...counted(1),
        metadata: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
      };
      await scene.bus.publish('counted', envelope);
      await until(() => fields !== undefined, 'it is handled');
      expect(fields).to.include({
        correlationId: envelope.correlationId,
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        eventId: envelope.eventId,
        topic: 'counted',
        partition: 0,
        offset: '0',
      });
    });
  });

  describe('order', () => {
    it('handles one after the other by default', async () => {
      const told: string[] = [];
      const consumer = scene.consumer().subscribe(Counted, async ({ data }) => {
        told.push(`begin ${data.number}`);
        await new Promise(setImmediate);
        told.push(`end ${data.number}`);
      });
      await consumer.start();
      await scene.publish(1, 2, 3);
      await until(() => scene.committed() === 3n, 'all are done');
      expect(told).to.deep.equal(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
    });

    it('handles keys side by side with concurrency, each in its order', async () => {
      const running = new Map<string, number>();
      const orders = new Map<string, number[]>();
      let most = 0;
      const consumer = scene.consumer({ concurrency: 3 }).subscribe(Counted, async ({ data }) => {
        expect(running.has(data.key)).to.equal(false);
        running.set(data.key, data.number);
        most = Math.max(most, running.size);
        await new Promise((resolve) => setTimeout(resolve, data.number % 3));
        orders.set(data.key, [...(orders.get(data.key) ?? []), data.number]);
        running.delete(data.key);
      });
      await consumer.start();
      const numbers = Array.from({ length: 60 }, (_, number) => number);
      await Promise.all(
        numbers.map((number) => {
          const key = `k${number % 7}`;
          return scene.bus.publish('counted', counted(number, key), { key });
        }),
      );
      await until(() => scene.committed() === 60n, 'all are done');
      expect(most).to.equal(3);
      for (const order of orders.values()) expect(order).to.deep.equal(order.toSorted((a, b) => a - b));
      expect(consumer.stats()).to.include({ handled: 60, failedAttempts: 0 });
    });

    it('never commits past a message that is not done, and goes only so far beyond it', async () => {
      let finish: (() => void) | undefined;
      const slow = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const handled: number[] = [];
      scene.cluster.createTopic('later');
      const consumer = scene
        .consumer({ concurrency: 2, maxInFlight: 5 })
        .subscribe(Counted, async ({ data }) => {
          if (data.number === 1) await slow;
          handled.push(data.number);
        })
        .subscribe('later', () => undefined);
      await consumer.start();
      for (const number of [0, 1, 2, 3, 4, 5, 6, 7]) {
        await scene.bus.publish('counted', counted(number, `k${number}`), { key: `k${number}` });
      }
      await until(() => handled.length === 5, 'the window is full');
      // What is published later is done and committed, and with it what is done of the window.
      await scene.bus.publish('later', counted(8));
      await until(() => scene.committed(0, 'later') === 1n, 'the later one is committed');
      expect(handled).to.deep.equal([0, 2, 3, 4, 5]);
      expect(scene.committed()).to.equal(1n);
      finish?.();
      await until(() => scene.committed() === 8n, 'all are done');
    });
  });

  describe('start and stop', () => {
    it('waits for running handlers and commits, and begins nothing more', async () => {
      let finish: (() => void) | undefined;
      const handled: number[] = [];
      const consumer = scene.consumer().subscribe(Counted, async ({ data }) => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        handled.push(data.number);
      });
      await consumer.start();
      await scene.publish(1, 2);
      await until(() => finish !== undefined, 'the first runs');
      const stopped = consumer.stop();
      expect(consumer.status.state).to.equal('stopping');
      finish?.();
      await Promise.all([stopped, consumer.stop()]);
      expect(handled).to.deep.equal([1]);
      expect(scene.committed()).to.equal(1n);
      expect(consumer.status.state).to.equal('stopped');
      finish = undefined;
      await consumer.start();
      await until(() => finish !== undefined, 'the second comes again');
      (finish as unknown as () => void)();
      await until(() => scene.committed() === 2n, 'it goes on');
      expect(handled).to.deep.equal([1, 2]);
    });

    it('aborts a handler that does not end, commits nothing of it, and is bounded', async () => {
      let reason: unknown;
      const consumer = scene
        .consumer({ stopTimeoutMs: 20 })
        .subscribe(Counted, async (_event, { signal }) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          reason = signal.reason;
          await new Promise(() => undefined);
        });
      await consumer.start();
      await scene.publish(1);
      await until(() => consumer.stats().running === 1, 'it runs');
      await consumer.stop();
      expect(reason).to.have.property('code', 'SLIPWAY_KAFKA_CONSUMER_STOPPED');
      expect(scene.committed()).to.equal(undefined);
      expect(consumer.stats()).to.include({ abandoned: 1, failedAttempts: 0 });
    });

    it('is bounded between two attempts too', async () => {
      const consumer = scene
        .consumer({ backoff: { minMs: 60_000, maxMs: 60_000 } })
        .subscribe(Counted, () => {
          throw new Error('never');
        });
      await consumer.start();
      await scene.publish(1);
      await until(() => consumer.stats().failedAttempts === 1, 'it failed');
      const begin = performance.now();
      await consumer.stop();
      expect(performance.now() - begin).to.be.lessThan(30_000);
      expect(scene.committed()).to.equal(undefined);
    });

    it('fails with the address if Kafka is not there, and leaves nothing', async () => {
      scene.cluster.refuse(true);
      const consumer = scene.consumer({ startTimeoutMs: 30 }).subscribe(Counted, () => undefined);
      expect(await failureOf(consumer.start())).to.have.property('code', 'SLIPWAY_KAFKA_UNAVAILABLE');
      expect(consumer.status).to.include({ state: 'stopped' });
      expect(consumer.status.lastError).to.match(/SLIPWAY_KAFKA_UNAVAILABLE/);
      scene.cluster.refuse(false);
      await consumer.start();
    });

    it('joins only after what it is told to wait for', async () => {
      let release: (() => void) | undefined;
      const after = new Promise<void>((resolve) => {
        release = resolve;
      });
      const consumer = scene.consumer().subscribe(Counted, () => undefined);
      await scene.publish(1);
      await consumer.start({ after });
      const other = scene.consumer({ groupId: 'other' }).subscribe(Counted, () => undefined);
      await other.start();
      await until(() => other.stats().handled === 1, 'another that waits for nothing is done');
      expect(consumer.status.state).to.equal('starting');
      expect(consumer.stats().handled).to.equal(0);
      release?.();
      await until(() => scene.committed() === 1n, 'it is done');
    });

    it('refuses a second handler for the same, no handler at all, and late ones', async () => {
      const twice = scene
        .consumer()
        .subscribe(Counted, () => undefined)
        .subscribe(Counted, () => undefined);
      expect(await failureOf(twice.start())).to.have.property('code', 'SLIPWAY_KAFKA_SUBSCRIPTION');
      expect(await failureOf(scene.consumer().start())).to.have.property(
        'code',
        'SLIPWAY_KAFKA_SUBSCRIPTION',
      );
      const started = scene.consumer().subscribe(Counted, () => undefined);
      await started.start();
      expect(() => started.subscribe('other', () => undefined)).to.throw(/SLIPWAY_KAFKA_SUBSCRIPTION/);
    });

    it('refuses settings that make no sense', () => {
      for (const wrong of [
        { groupId: '' },
        { concurrency: 0 },
        { attempts: -1 },
        { backoff: { jitter: 2 } },
      ]) {
        expect(() => scene.consumer(wrong)).to.throw(/SLIPWAY_KAFKA_SETTINGS/);
      }
    });
  });
});
