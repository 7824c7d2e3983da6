import { expect } from 'chai';
import type { KafkaDriver } from '../../../../src/index.js';
import { DriverError } from '../../../../src/kafka/driver-error.js';
import { ConsumerScene, Counted, counted } from '../../../support/kafka/consuming.js';
import { until } from '../../../support/until.js';

describe('EventConsumer in its group', () => {
  let scene: ConsumerScene;

  beforeEach(async () => {
    scene = await ConsumerScene.begin();
  });

  afterEach(() => scene[Symbol.asyncDispose]());

  describe('groups', () => {
    it('handles what comes to partitions that the topic gets', async () => {
      const handled: number[] = [];
      let finish: (() => void) | undefined;
      const slow = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const consumer = scene.consumer().subscribe(Counted, async ({ data }) => {
        if (data.number === 2) await slow;
        handled.push(data.number);
      });
      await consumer.start();
      await scene.publish(1, 2);
      await until(() => consumer.stats().running === 1 && handled.length === 1, 'the second runs');
      scene.cluster.addPartitions('counted', 2);
      finish?.();
      await until(() => consumer.stats().partitions.length === 2, 'it has both');
      await Promise.all(
        ['a', 'b', 'c', 'd'].map((key, index) =>
          scene.bus.publish('counted', counted(3 + index, key), { key }),
        ),
      );
      await until(() => handled.length === 6, 'all are handled');
      expect(handled.toSorted((a, b) => a - b)).to.deep.equal([1, 2, 3, 4, 5, 6]);
      expect(scene.cluster.read('counted', 1)).to.not.deep.equal([]);
    });
  });

  it('joins later and later while what it reads ends its port each time', async () => {
    const joins: number[] = [];
    const endsAtOnce: KafkaDriver = {
      name: 'ends',
      address: 'ends:1',
      createProducer: (options) => scene.driver.createProducer(options),
      createConsumer: (options) => {
        const port = scene.driver.createConsumer(options);
        const run = port.run.bind(port);
        port.run = async (topics, listener) => {
          await run(topics, listener);
          joins.push(performance.now());
          await port.kill();
          listener.onCrash(new DriverError('failed', 'This compression is not known.'));
        };
        return port;
      },
    };
    const consumer = scene.consumer({ driver: endsAtOnce, retryBackoffMs: 2 });
    await consumer.subscribe(Counted, () => undefined).start();
    await until(() => joins.length >= 7, 'it has joined seven times');
    // 2, 4, 8, 16, 32 and 64 ms, each less a fifth; and timers cut off fractions.
    expect((joins[6] ?? 0) - (joins[0] ?? 0)).to.be.greaterThan(90);
  });

  it('stops when its handlers have ended, though the group moves on meanwhile', async () => {
    let finish: (() => void) | undefined;
    const slow = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const consumer = scene.consumer({ stopTimeoutMs: 20_000 }).subscribe(Counted, () => slow);
    await consumer.start();
    await scene.publish(1);
    await until(() => consumer.stats().running === 1, 'it runs');
    const begin = performance.now();
    const stopped = consumer.stop();
    scene.cluster.addPartitions('counted', 2);
    await new Promise(setImmediate);
    finish?.();
    await stopped;
    expect(performance.now() - begin).to.be.lessThan(15_000);
    expect(scene.committed()).to.equal(1n);
  });

  describe('lag', () => {
    it('is known of what was assigned and not begun', async () => {
      const consumer = scene.consumer().subscribe(Counted, () => undefined);
      await consumer.start();
      await scene.publish(1);
      await until(() => scene.committed() === 1n, 'it is done');
      await consumer.stop();
      await scene.publish(2, 3);
      consumer.pause();
      await consumer.start();
      await until(() => consumer.details['lag'] !== null, 'it is known');
      expect(consumer.stats().handled).to.equal(1);
      expect(consumer.details).to.deep.include({ lag: 2, paused: true });
      const expected = [{ topic: 'counted', partition: 0, done: '1', lag: 2 }];
      expect(consumer.stats().partitions).to.deep.equal(expected);
      expect(await consumer.lag()).to.deep.equal(expected);
      consumer.resume();
      await until(() => scene.committed() === 3n, 'all is done');
      expect(consumer.details).to.deep.include({ lag: 0 });
    });

    it('is asked for again where the brokers did not tell it', async () => {
      let failures = 0;
      const driver: KafkaDriver = {
        name: 'forgetful',
        address: 'forgetful:1',
        createProducer: (options) => scene.driver.createProducer(options),
        createConsumer: (options) => {
          const port = scene.driver.createConsumer(options);
          const committed = port.committed?.bind(port);
          port.committed = (partitions) => {
            failures += 1;
            if (failures === 1) return Promise.reject(new DriverError('unavailable', 'cut'));
            return committed?.(partitions) ?? Promise.resolve([]);
          };
          return port;
        },
      };
      const consumer = scene.consumer({ driver }).subscribe(Counted, () => undefined);
      await consumer.start();
      await until(() => failures === 1, 'it is asked');
      expect(consumer.details['lag']).to.equal(null);
      await until(() => consumer.details['lag'] === 0, 'it is known');
    });

    it('grows while nothing is read', async () => {
      const consumer = scene.consumer().subscribe(Counted, () => undefined);
      await consumer.start();
      await scene.publish(1);
      await until(() => consumer.details['lag'] === 0, 'it is done');
      consumer.pause();
      await scene.publish(2, 3);
      await until(() => consumer.details['lag'] === 2, 'they are known of');
      expect(consumer.stats().handled).to.equal(1);
    });

    it('is none of a group that begins at the end, and is not made up where nothing was committed', async () => {
      await scene.publish(1, 2);
      const late = scene.consumer({ groupId: 'late', autoOffsetReset: 'latest' });
      await late.subscribe(Counted, () => undefined).start();
      await until(() => late.details['lag'] === 0, 'it is known');
      const early = scene.consumer({ groupId: 'early' });
      early.pause();
      await early.subscribe(Counted, () => undefined).start();
      await until(() => early.status.state === 'ready', 'it has its partition');
      expect(early.details['lag']).to.equal(null);
      early.resume();
      await until(() => early.details['lag'] === 0, 'it is known');
    });
  });
});
