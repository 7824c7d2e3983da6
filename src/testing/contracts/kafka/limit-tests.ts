import assert from 'node:assert/strict';
import {
  assertHoldsOnce,
  assertPublishError,
  counted,
  durationOf,
  longMs,
  numberOf,
  publishAll,
  shortMs,
  startedBus,
  taken,
} from './contract-tools.js';
import { kafkaTest } from './opened-kafka.js';
import { errorOf, until } from '../outcomes.js';

/** What KafkaBus promises of its buffer, of its end, and of what the brokers refuse, over any driver. */
export const limitTests = {
  'lets no more into its buffer than fits, and what waits too long is not written': kafkaTest(
    ['stall', 'resume'],
    async (kafka, faults) => {
      const topic = await kafka.createTopic(1);
      const limits = { maxBufferedBytes: 10_000, maxBlockMs: 300 };
      await using bus = await startedBus(kafka, limits);
      await taken(bus, topic, 0);
      await faults.stall();
      const numbers = Array.from({ length: 100 }, (_, index) => index + 1);
      const settled = Promise.allSettled(
        numbers.map((number) => bus.publish(topic, counted(number), { key: 'a' })),
      );
      const { bufferedBytes, buffered, waiting } = bus.stats();
      assert.ok(buffered > 0 && bufferedBytes < 12_000, `${bufferedBytes} bytes`);
      assert.equal(buffered + waiting, 100);
      await until(() => bus.stats().waiting === 0, 'those that wait have given up');
      await faults.resume();
      for (const result of await settled) {
        if (result.status === 'fulfilled') continue;
        const error = result.reason as Readonly<Record<string, unknown>>;
        assertPublishError(error, 'SLIPWAY_KAFKA_BUFFER_FULL', 'not-written');
        assert.equal(error['retryable'], true);
      }
      const { offset } = await taken(bus, topic, 101);
      const stored = (await kafka.read(topic, Number(offset) + 1)).map(numberOf);
      assert.deepEqual(
        stored.filter((number) => number > 0 && number <= 100),
        numbers.slice(0, buffered),
      );
    },
  ),

  'lets those that wait for room in as they came': kafkaTest([], async (kafka) => {
    const topic = await kafka.createTopic(1);
    await using bus = await startedBus(kafka, { maxBufferedBytes: 5_000, maxBlockMs: 60_000 });
    const calls = publishAll(bus, topic, 0, 100);
    assert.ok(bus.stats().waiting > 0);
    await calls;
    await assertHoldsOnce(kafka, bus, topic, 100);
  }),

  'stop delivers what was accepted, and takes no more': kafkaTest([], async (kafka) => {
    const topic = await kafka.createTopic(1);
    const bus = await startedBus(kafka, { drainTimeoutMs: 60_000 });
    const calls = publishAll(bus, topic, 0, 100);
    const stopping = bus.stop();
    assertPublishError(
      await errorOf(bus.publish(topic, counted(100))),
      'SLIPWAY_KAFKA_CLOSED',
      'not-written',
    );
    await stopping;
    await calls;
    assert.deepEqual(bus.stats().undelivered, { notWritten: 0, unknown: 0 });
    await using reader = await startedBus(kafka);
    await assertHoldsOnce(kafka, reader, topic, 100);
  }),

  'stop gives up in time where nobody answers, and tells what was not delivered': kafkaTest(
    ['stall', 'resume'],
    async (kafka, faults) => {
      const topic = await kafka.createTopic(1);
      const bus = await startedBus(kafka, { drainTimeoutMs: shortMs });
      await taken(bus, topic, 0);
      await faults.stall();
      const sent = errorOf(bus.publish(topic, counted(1)));
      await until(() => bus.stats().inFlight === 1, 'it is sent');
      const queued = errorOf(bus.publish(topic, counted(2)));
      assert.ok((await durationOf(bus.stop())) < longMs);
      assertPublishError(await sent, 'SLIPWAY_KAFKA_CLOSED', 'unknown');
      assertPublishError(await queued, 'SLIPWAY_KAFKA_CLOSED', 'not-written');
      assert.deepEqual(bus.stats().undelivered, { notWritten: 1, unknown: 1 });
      await faults.resume();
    },
  ),

  'a message that the topic finds too large is not written; its neighbours are': kafkaTest(
    ['limit'],
    async (kafka, faults) => {
      const topic = await kafka.createTopic(1);
      await using bus = await startedBus(kafka);
      await faults.limit(topic, 5_000);
      const publish = (number: number, text?: string) =>
        bus.publish(topic, counted(number, 'a', text), { key: 'a' });
      // Until the limit has come true the topic takes it.
      const large = 'x'.repeat(20_000);
      let refused: Readonly<Record<string, unknown>> | undefined;
      let round = 0;
      await until(async () => {
        round += 1;
        const [first, , last] = await Promise.all([
          publish(round),
          publish(-1, large).catch((error: typeof refused) => (refused = error)),
          publish(round),
        ]);
        assert.ok(BigInt(first.offset) < BigInt(last.offset));
        return refused !== undefined;
      }, 'it is refused');
      assertPublishError(refused ?? {}, 'SLIPWAY_KAFKA_TOO_LARGE', 'not-written');
      assert.equal(refused?.['retryable'], false);
      await until(() => bus.status.state === 'ready', 'the bus is well');
    },
  ),

  'a message that may not be written is not, and others are': kafkaTest(['forbid'], async (kafka, faults) => {
    const [topic, other] = [await kafka.createTopic(1), await kafka.createTopic(1)];
    await using bus = await startedBus(kafka);
    await faults.forbid(topic);
    let refused: Readonly<Record<string, unknown>> | undefined;
    await until(async () => {
      await bus.publish(topic, counted(0)).catch((error: typeof refused) => (refused = error));
      return refused !== undefined;
    }, 'it is refused');
    assertPublishError(refused ?? {}, 'SLIPWAY_KAFKA_AUTH', 'not-written');
    assert.equal(refused?.['retryable'], false);
    await bus.publish(other, counted(1));
  }),

  'a topic that is not there is told, and others are published to': kafkaTest(
    ['missingTopic'],
    async (kafka, faults) => {
      const missing = await faults.missingTopic();
      const topic = await kafka.createTopic(1);
      await using bus = await startedBus(kafka);
      const error = errorOf(bus.publish(missing, counted(0)));
      await bus.publish(topic, counted(1));
      assertPublishError(await error, 'SLIPWAY_KAFKA_UNKNOWN_TOPIC', 'not-written');
      assert.equal(bus.stats().retiredProducers, 0);
    },
  ),

  'a transaction whose commit is not answered is unknown, and whole or not at all': kafkaTest(
    ['transactions', 'stall', 'resume'],
    async (kafka, faults) => {
      const topic = await kafka.createTopic(1);
      await using bus = await startedBus(kafka, { deliveryTimeoutMs: shortMs });
      let refused: Readonly<Record<string, unknown>> | undefined;
      await until(async () => {
        let isCommitting = false;
        refused = await errorOf(
          bus.transaction(async (tx) => {
            await tx.publishBatch([1, 2].map((n) => ({ topic, envelope: counted(n), key: 'a' })));
            await faults.stall();
            isCommitting = true;
          }),
        );
        if (!isCommitting) return false;
        await faults.resume();
        return true;
      }, 'a commit is not answered');
      assert.equal(refused?.['outcome'], 'unknown');
      assert.equal(refused['retryable'], true);
      // The next one ends what the brokers still hold open.
      await until(
        () =>
          bus
            .transaction((tx) => tx.publish(topic, counted(3), { key: 'a' }))
            .then(
              () => true,
              () => false,
            ),
        'the next one is committed',
      );
      const [first] = await kafka.read(topic, 1);
      assert.ok(first);
      if (numberOf(first) === 3) return;
      assert.deepEqual((await kafka.read(topic, 3)).slice(0, 3).map(numberOf), [1, 2, 3]);
    },
  ),
};
