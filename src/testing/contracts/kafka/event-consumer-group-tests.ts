import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { partitionOf } from '../../../kafka/partitioner.js';
import { assertOrder, consumerOf, counted, countedIn, publishAll, startedBus } from './contract-tools.js';
import { kafkaTest } from './opened-kafka.js';
import { until } from '../outcomes.js';

/** A key of each of two partitions. */
const keys = [0, 1].map((partition) => {
  const names = Array.from({ length: 50 }, (_, index) => `key-${index}`);
  return names.find((name) => partitionOf(Buffer.from(name), 2) === partition) ?? '';
});

/** What a member of a group does, over any driver. */
export const groupTests = {
  'keeps its place while a handler takes longer than the session, and other partitions go on': kafkaTest(
    [],
    async (kafka) => {
      const topic = await kafka.createTopic(2);
      const { sessionTimeoutMs = 6_000 } = kafka;
      await using bus = await startedBus(kafka);
      await using consumer = consumerOf(kafka, { sessionTimeoutMs });
      const [slowKey = '', otherKey = ''] = keys;
      const told: string[] = [];
      const seen: number[] = [];
      consumer.onRebalance(({ type }) => told.push(type));
      let release: (() => void) | undefined;
      const othersDone = new Promise<void>((resolve) => {
        release = resolve;
      });
      consumer.subscribe(countedIn(topic), async ({ data: { number } }) => {
        if (number === 0) {
          await new Promise((resolve) => setTimeout(resolve, sessionTimeoutMs * 1.5));
          await othersDone;
        }
        seen.push(number);
        if (number === 3) release?.();
      });
      await consumer.start();
      await bus.publish(topic, counted(0, slowKey), { key: slowKey });
      await until(() => consumer.stats().running === 1, 'the slow one runs');
      await bus.publish(topic, counted(1, slowKey), { key: slowKey });
      for (const number of [2, 3]) await bus.publish(topic, counted(number, otherKey), { key: otherKey });
      await until(() => seen.length >= 4, 'all are handled');
      assert.deepEqual(seen, [2, 3, 0, 1]);
      assert.deepEqual(told, ['assigned']);
    },
  ),

  'stop lets the handler that runs finish, commits it, and begins nothing more': kafkaTest(
    [],
    async (kafka) => {
      const topic = await kafka.createTopic(1);
      const groupId = randomUUID();
      await using bus = await startedBus(kafka);
      const consumer = consumerOf(kafka, { groupId, stopTimeoutMs: 30_000 });
      const seen: number[] = [];
      let release: (() => void) | undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      consumer.subscribe(countedIn(topic), async ({ data: { number } }) => {
        await released;
        seen.push(number);
      });
      await consumer.start();
      await publishAll(bus, topic, 0, 3);
      await until(() => consumer.stats().running === 1, 'the first runs');
      const stopping = consumer.stop();
      release?.();
      await stopping;
      assert.deepEqual(seen, [0]);
      await until(async () => (await kafka.committed(groupId, topic, 0)) === 1n, 'it is committed');
    },
  ),

  'begins nothing while it is paused, keeps its place, and tells the lag': kafkaTest([], async (kafka) => {
    const topic = await kafka.createTopic(1);
    const groupId = randomUUID();
    await using bus = await startedBus(kafka);
    await using consumer = consumerOf(kafka, { groupId });
    const told: string[] = [];
    const seen: number[] = [];
    consumer.onRebalance(({ type }) => told.push(type));
    consumer.subscribe(countedIn(topic), ({ data: { number } }) => void seen.push(number));
    await consumer.start();
    await publishAll(bus, topic, 0, 1);
    await until(async () => (await kafka.committed(groupId, topic, 0)) === 1n, 'the first is done');
    consumer.pause();
    await publishAll(bus, topic, 1, 3);
    assert.deepEqual(await consumer.lag(), [{ topic, partition: 0, done: '1', lag: 2 }]);
    assert.deepEqual(seen, [0]);
    assert.equal(consumer.details['paused'], true);
    consumer.resume();
    await until(async () => (await kafka.committed(groupId, topic, 0)) === 3n, 'all are done');
    assert.deepEqual(seen, [0, 1, 2]);
    assert.deepEqual(await consumer.lag(), [{ topic, partition: 0, done: '3', lag: 0 }]);
    assert.deepEqual(told, ['assigned']);
  }),

  'shares its partitions with who joins and has them back when it leaves; nothing is lost, all in order':
    kafkaTest([], async (kafka) => {
      const topic = await kafka.createTopic(4);
      const groupId = randomUUID();
      await using bus = await startedBus(kafka);
      const seen: [key: string, number: number][] = [];
      const member = () =>
        consumerOf(kafka, { groupId, concurrency: 2 }).subscribe(countedIn(topic), ({ data }) => {
          seen.push([data.key, data.number]);
        });
      await using first = member();
      const told: string[] = [];
      first.onRebalance(({ type, partitions }) => told.push(`${type} ${partitions.length}`));
      await first.start();
      await publishAll(bus, topic, 0, 50);
      await until(() => told.length > 0, 'the first has all');
      await using second = member();
      await second.start();
      await until(() => first.stats().partitions.length === 2, 'they share');
      await until(() => second.stats().partitions.length === 2, 'they share');
      await publishAll(bus, topic, 50, 100);
      await until(() => new Set(seen.map(([, number]) => number)).size === 100, 'all are handled');
      assert.ok(second.stats().handled > 0, 'the second has handled some');
      await second.stop();
      await until(() => first.stats().partitions.length === 4, 'the first has all');
      await publishAll(bus, topic, 100, 150);
      await until(() => new Set(seen.map(([, number]) => number)).size === 150, 'all are handled');
      assertOrder(seen);
      assert.equal(told[0], 'assigned 4');
      assert.equal(told.at(-1), 'assigned 4');
      assert.ok(told.includes('revoked 4') && told.includes('assigned 2'), told.join());
    }),
};
