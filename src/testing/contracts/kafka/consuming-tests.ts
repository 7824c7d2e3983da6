import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { PermanentError } from '../../../errors/permanent-error.js';
import { describeError } from '../../../errors/describe.js';
import { SlipwayError } from '../../../errors/slipway-error.js';
import type { EventConsumer } from '../../../kafka/consumer/event-consumer.js';
import {
  assertOrder,
  consumerOf,
  counted,
  countedIn,
  durationOf,
  longMs,
  publishAll,
  startedBus,
} from './contract-tools.js';
import { kafkaTest, type OpenedKafka } from './opened-kafka.js';
import { errorOf, until } from '../outcomes.js';

/** Writes down what it is given, in order. */
function noting(consumer: EventConsumer, topic: string): [key: string, number: number][] {
  const seen: [string, number][] = [];
  consumer.subscribe(countedIn(topic), ({ data: { key, number } }) => void seen.push([key, number]));
  return seen;
}

function distinct(seen: readonly (readonly [string, number])[]): number {
  return new Set(seen.map(([, number]) => number)).size;
}

/** All numbers below `count` were handled, in the order of each key, and all of it is committed. */
async function assertHandled(
  kafka: OpenedKafka,
  { groupId, topic, seen }: { groupId: string; topic: string; seen: readonly (readonly [string, number])[] },
  count: number,
): Promise<void> {
  await until(() => distinct(seen) === count, `${count} are handled`);
  assertOrder(seen);
  await until(
    async () => (await kafka.committed(groupId, topic, 0)) === BigInt(count),
    'all of it is committed',
  );
}

/** What EventConsumer promises of a cluster that fails, over any driver. */
export const consumingTests = {
  'start of a consumer fails in time and by its cause where nobody listens': kafkaTest(
    ['refuse'],
    async (kafka, faults) => {
      const topic = await kafka.createTopic(1);
      await faults.refuse(true);
      const consumer = consumerOf(kafka, { startTimeoutMs: 5_000 });
      noting(consumer, topic);
      const starting = errorOf(consumer.start());
      assert.ok((await durationOf(starting)) < longMs);
      const error = await starting;
      assert.ok(SlipwayError.is(error, 'SLIPWAY_KAFKA_UNAVAILABLE'), describeError(error));
      assert.ok(error.message.includes(kafka.driver.address));
      await faults.refuse(false);
    },
  ),

  'handles all, in order, where connections are cut': kafkaTest(['cut'], async (kafka, faults) => {
    const topic = await kafka.createTopic(1);
    const groupId = randomUUID();
    await using bus = await startedBus(kafka);
    await using consumer = consumerOf(kafka, { groupId });
    const seen = noting(consumer, topic);
    await consumer.start();
    for (let wave = 0; wave < 3; wave += 1) {
      await publishAll(bus, topic, wave * 20, wave * 20 + 20);
      await until(() => distinct(seen) > wave * 20, 'some are handled');
      await faults.cut();
    }
    await assertHandled(kafka, { groupId, topic, seen }, 60);
    await until(() => consumer.status.state === 'ready', 'it is ready again');
  }),

  'knows that Kafka is gone, takes its place again, and goes on where it was': kafkaTest(
    ['refuse'],
    async (kafka, faults) => {
      const topic = await kafka.createTopic(1);
      const groupId = randomUUID();
      await using bus = await startedBus(kafka);
      await using consumer = consumerOf(kafka, { groupId });
      const seen = noting(consumer, topic);
      await consumer.start();
      await publishAll(bus, topic, 0, 20);
      await assertHandled(kafka, { groupId, topic, seen }, 20);
      await faults.refuse(true);
      await until(() => consumer.status.state === 'unavailable', 'it knows');
      assert.match(consumer.status.lastError ?? '', /SLIPWAY_KAFKA_UNAVAILABLE/);
      await faults.refuse(false);
      await until(() => consumer.status.state === 'ready', 'it is back');
      assert.ok(consumer.status.reconnects > 0);
      await publishAll(bus, topic, 20, 40);
      await assertHandled(kafka, { groupId, topic, seen }, 40);
      assert.equal(
        seen.filter(([, number]) => number < 20).length,
        20,
        'what was committed is not handled again',
      );
    },
  ),

  'joins again when the group has thrown it out, and loses nothing of what it was at': kafkaTest(
    ['evict'],
    async (kafka, faults) => {
      const topic = await kafka.createTopic(1);
      const groupId = randomUUID();
      await using bus = await startedBus(kafka);
      await using consumer = consumerOf(kafka, { groupId, stopTimeoutMs: 30_000 });
      const told: string[] = [];
      consumer.onRebalance(({ type }) => told.push(type));
      const seen: [string, number][] = [];
      let release: (() => void) | undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      consumer.subscribe(countedIn(topic), async ({ data: { key, number } }) => {
        if (number === 0) await released;
        seen.push([key, number]);
      });
      await consumer.start();
      await publishAll(bus, topic, 0, 10);
      await until(() => consumer.stats().running === 1, 'the first is handled');
      const evicted = faults.evict(groupId);
      release?.();
      await evicted;
      await until(() => told.filter((type) => type === 'assigned').length >= 2, 'it has joined again');
      await assertHandled(kafka, { groupId, topic, seen }, 10);
      await until(() => consumer.status.state === 'ready', 'it is ready again');
    },
  ),

  'stop is bounded where nobody answers, also with a handler that does not end': kafkaTest(
    ['stall', 'resume'],
    async (kafka, faults) => {
      const topic = await kafka.createTopic(1);
      await using bus = await startedBus(kafka);
      const consumer = consumerOf(kafka, { stopTimeoutMs: 200 });
      consumer.subscribe(countedIn(topic), () => new Promise(() => undefined));
      await consumer.start();
      await bus.publish(topic, counted(0), { key: 'a' });
      await until(() => consumer.stats().running === 1, 'it runs');
      await faults.stall();
      assert.ok((await durationOf(consumer.stop())) < longMs);
      await faults.resume();
    },
  ),

  'commits nothing while the dead letter is not acknowledged, shows it, and tries on': kafkaTest(
    ['limit'],
    async (kafka, faults) => {
      const [topic, deadLetterTopic] = [await kafka.createTopic(1), await kafka.createTopic(1)];
      const groupId = randomUUID();
      await using bus = await startedBus(kafka);
      await faults.limit(deadLetterTopic, 5_000);
      const large = counted(0, 'a', 'x'.repeat(20_000));
      // May come true a moment later.
      await until(async () => {
        const error = await bus.publish(deadLetterTopic, large).catch((reason: unknown) => reason);
        return SlipwayError.is(error, 'SLIPWAY_KAFKA_TOO_LARGE');
      }, 'the dead letter topic is limited');
      await using consumer = consumerOf(kafka, { groupId, deadLetterTopic });
      consumer.subscribe(countedIn(topic), () => {
        throw new PermanentError('never');
      });
      await consumer.start();
      const { offset } = await bus.publish(deadLetterTopic, counted(1));
      await bus.publish(topic, large, { key: 'a' });
      await until(() => consumer.status.state === 'degraded', 'it shows');
      assert.match(consumer.status.lastError ?? '', /SLIPWAY_KAFKA_TOO_LARGE/);
      assert.equal(await kafka.committed(groupId, topic, 0), undefined);
      assert.equal(consumer.stats().deadLetters, 0);
      await faults.limit(deadLetterTopic, undefined);
      await until(async () => (await kafka.committed(groupId, topic, 0)) === 1n, 'it is done');
      const letters = await kafka.read(deadLetterTopic, Number(offset) + 2);
      assert.equal(letters.at(-1)?.headers['dlq.reason'], 'permanent-error');
      await until(() => consumer.status.state === 'ready', 'it is ready again');
    },
  ),

  'lag() asks the brokers, and says so when they do not answer': kafkaTest(
    ['refuse'],
    async (kafka, faults) => {
      const topic = await kafka.createTopic(1);
      await using bus = await startedBus(kafka);
      await using consumer = consumerOf(kafka);
      const seen = noting(consumer, topic);
      await consumer.start();
      await publishAll(bus, topic, 0, 5);
      await until(() => seen.length === 5, 'all are handled');
      await until(
        async () => (await consumer.lag()).some(({ done, lag }) => done === '5' && lag === 0),
        'nothing is left',
      );
      await faults.refuse(true);
      const error: unknown = await consumer.lag().catch((reason: unknown) => reason);
      // A consumer that has noticed already has no partitions to ask for.
      assert.ok(SlipwayError.is(error) || (Array.isArray(error) && error.length === 0), String(error));
      await faults.refuse(false);
    },
  ),
};
