import { expect } from 'chai';
import type { EventConsumer } from '../../../../src/index.js';
import { ConsumerScene, Counted, counted } from '../../../support/kafka/consuming.js';
import { until } from '../../../support/until.js';

const hasPartitions = (consumer: EventConsumer, count: number): Promise<void> =>
  until(() => consumer.stats().partitions.length === count, `it has ${count} partitions`);

describe('EventConsumer that was paused', () => {
  let scene: ConsumerScene;

  afterEach(() => scene[Symbol.asyncDispose]());

  async function publishEverywhere(count: number): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      await scene.bus.publish('counted', counted(number), { key: `key ${number}` });
    }
    expect(scene.cluster.read('counted', 0)).to.have.length.within(1, count - 1);
  }

  it('reads a partition that was with another member when it was resumed', async () => {
    scene = await ConsumerScene.begin(2);
    const consumer = scene.consumer().subscribe(Counted, () => undefined);
    const other = scene.consumer().subscribe(Counted, () => undefined);
    await consumer.start();
    await hasPartitions(consumer, 2);
    consumer.pause();
    await other.start();
    await hasPartitions(consumer, 1);
    consumer.resume();
    await other.stop();
    await hasPartitions(consumer, 2);
    await publishEverywhere(12);
    await until(() => consumer.stats().handled === 12, 'all are handled');
  });

  it('reads its partitions though it was resumed while the group shared them out', async () => {
    scene = await ConsumerScene.begin(1);
    const consumer = scene.consumer().subscribe(Counted, () => undefined);
    await consumer.start();
    await hasPartitions(consumer, 1);
    consumer.pause();
    consumer.onRebalance(({ type }) => {
      if (type === 'revoked') consumer.resume();
    });
    scene.cluster.addPartitions('counted', 2);
    await hasPartitions(consumer, 2);
    await publishEverywhere(12);
    await until(() => consumer.stats().handled === 12, 'all are handled');
  });

  it('begins no more at once than its concurrency allows when it is resumed', async () => {
    scene = await ConsumerScene.begin(1);
    const ends: (() => void)[] = [];
    let most = 0;
    const consumer = scene.consumer({ concurrency: 3 }).subscribe(Counted, () => {
      most = Math.max(most, consumer.stats().running);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
    await consumer.start();
    const keys = ['a', 'a', 'b', 'b', 'c', 'd', 'e', 'f'];
    await Promise.all(keys.map((key, number) => scene.bus.publish('counted', counted(number, key), { key })));
    await until(() => ends.length === 3, 'a, b and c are begun');
    consumer.pause();
    for (const end of ends.splice(0)) end();
    await until(() => consumer.stats().running === 0, 'nothing runs');
    consumer.resume();
    while (consumer.stats().handled < keys.length) {
      await until(() => ends.length > 0, 'another is begun');
      for (const end of ends.splice(0)) end();
      await new Promise(setImmediate);
    }
    expect(most).to.equal(3);
  });
});
