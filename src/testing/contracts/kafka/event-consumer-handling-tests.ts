import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { encodeEnvelope } from '../../../events/encode-envelope.js';
import { createEnvelope } from '../../../events/create-envelope.js';
import { PermanentError } from '../../../errors/permanent-error.js';
import { silentLogger } from '../../../protocols/logger.js';
import { assertOrder, consumerOf, counted, countedIn, startedBus } from './contract-tools.js';
import { kafkaTest, type OpenedKafka } from './opened-kafka.js';
import { until } from '../outcomes.js';

/** Bytes that no KafkaBus would write. */
async function publishBytes({ driver }: OpenedKafka, topic: string, value: Buffer): Promise<void> {
  const timeouts = { connectTimeoutMs: 10_000, requestTimeoutMs: 10_000, retryBackoffMs: 20 };
  const producer = driver.createProducer({ clientId: 'contract', ...timeouts, logger: silentLogger });
  await producer.connect();
  const record = { key: Buffer.from('k'), value, headers: { tenant: 'å' }, timestamp: 1_700_000_000_000 };
  await producer.partitionsOf(topic);
  const { failures } = await producer.produce(topic, new Map([[0, [record]]]), () => true);
  await producer.close();
  assert.deepEqual([...failures.values()], []);
}

/** What becomes of a message, over any driver. */
export const handlingTests = {
  'commits what is handled, and the next of the group goes on behind it': kafkaTest([], async (kafka) => {
    const topic = await kafka.createTopic(1);
    const groupId = randomUUID();
    await using bus = await startedBus(kafka);
    const seen: string[] = [];
    const member = (name: string) =>
      consumerOf(kafka, { groupId }).subscribe(countedIn(topic), ({ data }, { offset, key, headers }) => {
        seen.push(`${name} ${data.number} at ${offset}, key ${key}, ${headers['event_type']}`);
      });
    await using first = member('first');
    await first.start();
    await bus.publish(topic, counted(1), { key: 'a' });
    await until(async () => (await kafka.committed(groupId, topic, 0)) === 1n, 'it is committed');
    await first.stop();
    await bus.publish(topic, counted(2), { key: 'a' });
    await using second = member('second');
    await second.start();
    await until(async () => (await kafka.committed(groupId, topic, 0)) === 2n, 'it is committed');
    assert.deepEqual(seen, [
      'first 1 at 0, key a, contract.counted.v1',
      'second 2 at 1, key a, contract.counted.v1',
    ]);
    await until(() => second.stats().lastCommit !== undefined, 'it tells when');
  }),

  'tries again what throws, in the order of its key, while other keys go on': kafkaTest([], async (kafka) => {
    const topic = await kafka.createTopic(1);
    const groupId = randomUUID();
    await using bus = await startedBus(kafka);
    await using consumer = consumerOf(kafka, { groupId, concurrency: 2 });
    const seen: [key: string, number: number][] = [];
    const attempts: number[] = [];
    let otherIsDone: (() => void) | undefined;
    const other = new Promise<void>((resolve) => {
      otherIsDone = resolve;
    });
    consumer.subscribe(countedIn(topic), async ({ data: { key, number } }, { attempt }) => {
      if (number === 0) {
        attempts.push(attempt);
        await other;
        // Whatever is thrown, also what looks like a mistake of the handler.
        if (attempt < 3) throw new TypeError('not yet');
      }
      seen.push([key, number]);
      if (key === 'b') otherIsDone?.();
    });
    await consumer.start();
    for (const [number, key] of ['a', 'a', 'b'].entries()) {
      await bus.publish(topic, counted(number, key), { key });
    }
    await until(async () => (await kafka.committed(groupId, topic, 0)) === 3n, 'all are done');
    assert.deepEqual(attempts, [1, 2, 3]);
    assert.deepEqual(new Set(seen.map(([, number]) => number)), new Set([0, 1, 2]));
    assertOrder(seen);
    const { handled, failedAttempts, deadLetters } = consumer.stats();
    assert.deepEqual(
      { handled, failedAttempts, deadLetters },
      { handled: 3, failedAttempts: 2, deadLetters: 0 },
    );
  }),

  'puts what cannot be handled into the dead letter topic, with all it had and why, and goes on': kafkaTest(
    [],
    async (kafka) => {
      const [topic, deadLetterTopic] = [await kafka.createTopic(1), await kafka.createTopic(1)];
      const groupId = randomUUID();
      await using bus = await startedBus(kafka);
      await using consumer = consumerOf(kafka, {
        groupId,
        deadLetterTopic,
        attempts: 2,
        serviceName: 'desk',
      });
      const seen: number[] = [];
      consumer.subscribe(countedIn(topic), ({ data: { number } }) => {
        if (number === 0) (undefined as unknown as () => void)();
        if (number === 1) throw new PermanentError('no such essay');
        seen.push(number);
      });
      await consumer.start();
      const broken = [counted(0), counted(1)];
      for (const envelope of broken) {
        await bus.publish(topic, envelope, { key: 'a', headers: { tenant: 'å' } });
      }
      const text = Buffer.from(encodeEnvelope(counted(2))).toString();
      const invalid = Buffer.from(text.replace(/"number": ?2/, '"number":"two"'));
      await publishBytes(kafka, topic, Buffer.from('{"broken'));
      await publishBytes(kafka, topic, invalid);
      await bus.publish(topic, createEnvelope('contract.other.v1', {}, { sourceService: 'contract' }));
      await bus.publish(topic, counted(5), { key: 'a' });
      await until(async () => (await kafka.committed(groupId, topic, 0)) === 6n, 'all are done');

      assert.deepEqual(seen, [5]);
      assert.equal(consumer.status.state, 'ready');
      const { handled, failedAttempts, deadLetters, ignored } = consumer.stats();
      assert.deepEqual([handled, failedAttempts, deadLetters, ignored], [1, 3, 4, 1]);
      const letters = await kafka.read(deadLetterTopic, 4);
      const told = letters.map(({ key, headers }) => [
        headers['dlq.original_offset'],
        headers['dlq.reason'],
        headers['dlq.attempts'],
        key,
      ]);
      assert.deepEqual(told, [
        ['0', 'attempts-exhausted', '2', 'a'],
        ['1', 'permanent-error', '1', 'a'],
        ['2', 'undecodable', '0', 'k'],
        ['3', 'invalid', '0', 'k'],
      ]);
      assert.deepEqual(
        letters.map(({ value }) => value),
        [...broken.map((envelope) => Buffer.from(encodeEnvelope(envelope))), '{"broken', invalid].map(String),
      );
      for (const { headers } of letters) {
        assert.equal(headers['tenant'], 'å');
        assert.equal(headers['dlq.original_topic'], topic);
        assert.equal(headers['dlq.group'], groupId);
        assert.equal(headers['dlq.service'], 'desk');
      }
      assert.equal(letters[2]?.headers['dlq.original_timestamp'], '2023-11-14T22:13:20.000Z');
    },
  ),

  'ends an attempt that takes too long by its signal, and tries again': kafkaTest([], async (kafka) => {
    const topic = await kafka.createTopic(1);
    const groupId = randomUUID();
    await using bus = await startedBus(kafka);
    await using consumer = consumerOf(kafka, { groupId });
    const reasons: unknown[] = [];
    consumer.subscribe(
      countedIn(topic),
      async (_event, { signal, attempt }) => {
        if (attempt > 1) return;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        reasons.push((signal.reason as { readonly code?: unknown }).code);
      },
      { handlerTimeoutMs: 50 },
    );
    await consumer.start();
    await bus.publish(topic, counted(0), { key: 'a' });
    await until(async () => (await kafka.committed(groupId, topic, 0)) === 1n, 'it is done');
    assert.deepEqual(reasons, ['SLIPWAY_KAFKA_HANDLER_TIMEOUT']);
    assert.deepEqual([consumer.stats().handled, consumer.stats().failedAttempts], [1, 1]);
  }),

  'commits nothing past a message that is not done': kafkaTest([], async (kafka) => {
    const topic = await kafka.createTopic(1);
    const groupId = randomUUID();
    await using bus = await startedBus(kafka);
    await using consumer = consumerOf(kafka, { groupId, concurrency: 3 });
    let release: (() => void) | undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    consumer.subscribe(countedIn(topic), ({ data }) => (data.number === 1 ? released : undefined));
    await consumer.start();
    for (const [number, key] of ['a', 'b', 'c'].entries()) {
      await bus.publish(topic, counted(number, key), { key });
    }
    await until(() => consumer.stats().handled === 2, 'the others are done');
    await until(async () => (await kafka.committed(groupId, topic, 0)) === 1n, 'the first is committed');
    release?.();
    await until(async () => (await kafka.committed(groupId, topic, 0)) === 3n, 'all are');
  }),
};
