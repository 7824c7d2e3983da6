import { expect } from 'chai';
import { ConsumerScene, Counted, counted } from '../../../support/kafka/consuming.js';
import { until } from '../../../support/until.js';

describe('EventConsumer in its group', () => {
  let scene: ConsumerScene;

  beforeEach(async () => {
    scene = await ConsumerScene.begin();
  });

  afterEach(() => scene[Symbol.asyncDispose]());

  describe('groups', () => {
    it('shares the partitions, and loses nothing when a member goes', async () => {
      await using shared = await ConsumerScene.begin(4);
      const handled: string[] = [];
      const start = async (name: string) => {
        const consumer = shared.consumer().subscribe(Counted, ({ data }) => {
          handled.push(`${name} ${data.number}`);
        });
        await consumer.start();
        return consumer;
      };
      const first = await start('first');
      const told: string[] = [];
      first.onRebalance(({ type, partitions }) => told.push(`${type} ${partitions.length}`));
      const numbers = Array.from({ length: 200 }, (_, number) => number);
      const publish = (part: readonly number[]) =>
        Promise.all(
          part.map((number) => shared.bus.publish('counted', counted(number), { key: `${number}` })),
        );
      await publish(numbers.slice(0, 50));
      const second = await start('second');
      await publish(numbers.slice(50, 150));
      await until(() => second.stats().handled > 0, 'the second has some');
      await second.stop();
      await publish(numbers.slice(150));
      await until(() => new Set(handled.map((each) => each.split(' ')[1])).size === 200, 'all are handled');
      expect(told.slice(-4)).to.deep.equal(['revoked 4', 'assigned 2', 'revoked 2', 'assigned 4']);
    });

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

    it('takes its place again after a crash, and shows it', async () => {
      const handled: number[] = [];
      const consumer = scene.consumer().subscribe(Counted, ({ data }) => {
        handled.push(data.number);
      });
      await consumer.start();
      await scene.publish(1);
      await until(() => scene.committed() === 1n, 'it is done');
      scene.cluster.refuse(true);
      await until(() => consumer.status.state === 'unavailable', 'it knows');
      expect(consumer.status.lastError).to.match(/^\[SLIPWAY_KAFKA_UNAVAILABLE\]/);
      scene.cluster.refuse(false);
      await until(() => consumer.status.state === 'ready', 'it is back');
      await scene.publish(2);
      await until(() => scene.committed() === 2n, 'it goes on');
      expect(handled).to.deep.equal([1, 2]);
      expect(consumer.status.reconnects).to.equal(1);
    });
  });

  describe('pause', () => {
    it('begins no message until resumed, and tells the lag', async () => {
      const handled: number[] = [];
      const consumer = scene.consumer().subscribe(Counted, ({ data }) => {
        handled.push(data.number);
      });
      await consumer.start();
      await scene.publish(1);
      await until(() => scene.committed() === 1n, 'it is done');
      consumer.pause();
      await scene.publish(2, 3);
      expect(await consumer.lag()).to.deep.equal([{ topic: 'counted', partition: 0, done: '1', lag: 2 }]);
      expect(handled).to.deep.equal([1]);
      consumer.resume();
      await until(() => scene.committed() === 3n, 'it goes on');
      expect(handled).to.deep.equal([1, 2, 3]);
    });
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
