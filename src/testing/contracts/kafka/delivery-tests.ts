import assert from 'node:assert/strict';
import { describeError } from '../../../errors/describe.js';
import { SlipwayError } from '../../../errors/slipway-error.js';
import {
  assertHoldsOnce,
  assertPublishError,
  busOf,
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

/** What KafkaBus promises of messages while the cluster fails, over any driver. */
export const deliveryTests = {
  'start fails in time and by its cause where nobody listens, and succeeds once somebody does': kafkaTest(
    ['refuse'],
    async (kafka, faults) => {
      await faults.refuse(true);
      const refused = busOf(kafka, { startTimeoutMs: shortMs });
      const starting = errorOf(refused.start());
      assert.ok((await durationOf(starting)) < longMs);
      const error = await starting;
      assert.ok(SlipwayError.is(error, 'SLIPWAY_KAFKA_UNAVAILABLE'), describeError(error));
      assert.ok(error.retryable && error.message.includes(kafka.driver.address));
      await faults.refuse(false);
      await using bus = await startedBus(kafka);
      const topic = await kafka.createTopic(1);
      await bus.publish(topic, counted(0));
    },
  ),

  'start fails in time where nobody answers': kafkaTest(['stall', 'resume'], async (kafka, faults) => {
    await faults.stall();
    const bus = busOf(kafka, { startTimeoutMs: 300 });
    const starting = errorOf(bus.start());
    assert.ok((await durationOf(starting)) < longMs);
    assert.equal((await starting)['code'], 'SLIPWAY_KAFKA_TIMEOUT');
    await faults.resume();
  }),

  'stores each message once, in order, where acknowledgements get lost': kafkaTest(
    ['loseAcks', 'acksToLose'],
    async (kafka, faults) => {
      const topic = await kafka.createTopic(1);
      await using bus = await startedBus(kafka);
      for (let wave = 0; wave < 4; wave += 1) {
        // Some drivers send again once by themselves.
        await faults.loseAcks(3);
        await Promise.all([
          publishAll(bus, topic, wave * 40, wave * 40 + 20),
          publishAll(bus, topic, wave * 40 + 20, wave * 40 + 40),
        ]);
        assert.equal(faults.acksToLose(), 0, 'they were lost');
      }
      await assertHoldsOnce(kafka, bus, topic, 160);
    },
  ),

  'stores each message once, in order, where connections are cut': kafkaTest(
    ['cut'],
    async (kafka, faults) => {
      const topic = await kafka.createTopic(1);
      await using bus = await startedBus(kafka);
      for (let wave = 0; wave < 4; wave += 1) {
        const calls = publishAll(bus, topic, wave * 20, wave * 20 + 20);
        if (wave % 2 === 1)
          await until(() => bus.stats().inFlight > 0 || bus.stats().buffered === 0, 'they are sent');
        await faults.cut();
        await calls;
      }
      await assertHoldsOnce(kafka, bus, topic, 80);
      await until(() => bus.status.state === 'ready', 'the bus is ready again');
    },
  ),

  'stores each message once, in order, where leaders move': kafkaTest(
    ['moveLeaders'],
    async (kafka, faults) => {
      const topic = await kafka.createTopic(1);
      await using bus = await startedBus(kafka);
      for (let wave = 0; wave < 4; wave += 1) {
        const calls = publishAll(bus, topic, wave * 20, wave * 20 + 20);
        await faults.moveLeaders(topic);
        await calls;
      }
      await assertHoldsOnce(kafka, bus, topic, 80);
    },
  ),

  'settles within the delivery timeout where nobody answers: unknown if it was sent': kafkaTest(
    ['stall', 'resume'],
    async (kafka, faults) => {
      const topic = await kafka.createTopic(1);
      await using bus = await startedBus(kafka, { deliveryTimeoutMs: shortMs });
      await taken(bus, topic, 0);
      await faults.stall();
      const sent = errorOf(bus.publish(topic, counted(1), { key: 'a' }));
      await until(() => bus.stats().inFlight === 1, 'it is sent');
      const queued = errorOf(bus.publish(topic, counted(2), { key: 'a' }));
      assert.ok((await durationOf(queued)) < longMs);
      assertPublishError(await sent, 'SLIPWAY_KAFKA_TIMEOUT', 'unknown');
      assert.equal((await sent)['retryable'], true);
      assert.equal((await queued)['outcome'], 'not-written');
      await faults.resume();
      const { offset } = await taken(bus, topic, 3);
      const numbers = (await kafka.read(topic, Number(offset) + 1)).map(numberOf);
      assert.ok(numbers.includes(0) && numbers.includes(3) && !numbers.includes(2), numbers.join());
    },
  ),

  'rejects as not written while Kafka is gone, shows it, and goes on by itself': kafkaTest(
    ['refuse'],
    async (kafka, faults) => {
      const topic = await kafka.createTopic(1);
      await using bus = await startedBus(kafka, { deliveryTimeoutMs: shortMs });
      await taken(bus, topic, 0);
      await faults.refuse(true);
      await until(() => bus.status.state === 'unavailable', 'the bus knows it');
      assert.match(bus.status.lastError ?? '', /SLIPWAY_KAFKA_UNAVAILABLE/);
      const error = await errorOf(bus.publish(topic, counted(1), { key: 'a' }));
      assertPublishError(error, 'SLIPWAY_KAFKA_UNAVAILABLE', 'not-written');
      assert.equal(error['retryable'], true);
      await faults.refuse(false);
      await until(() => bus.status.state === 'ready', 'the bus is ready again');
      assert.ok(bus.status.reconnects >= 1);
      const { offset } = await taken(bus, topic, 2);
      const numbers = (await kafka.read(topic, Number(offset) + 1)).map(numberOf);
      assert.ok(!numbers.includes(1), numbers.join());
    },
  ),

  'tells the truth of messages whose signal aborts': kafkaTest([], async (kafka) => {
    const topic = await kafka.createTopic(1);
    await using bus = await startedBus(kafka);
    const calls = Array.from({ length: 40 }, async (_, number) => {
      const abort = new AbortController();
      const call = bus.publish(topic, counted(number), { signal: abort.signal });
      for (let turn = 0; turn < number; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      abort.abort();
      return call.then(
        () => 'written',
        (error: Readonly<Record<string, unknown>>) => {
          assert.equal(error['code'], 'SLIPWAY_KAFKA_ABORTED');
          return error['outcome'];
        },
      );
    });
    const outcomes = await Promise.all(calls);
    const { offset } = await bus.publish(topic, counted(-1));
    const stored = (await kafka.read(topic, Number(offset) + 1)).map(numberOf);
    assert.equal(new Set(stored).size, stored.length, 'each once');
    for (const [number, outcome] of outcomes.entries()) {
      if (outcome !== 'unknown') assert.equal(stored.includes(number), outcome === 'written', `${number}`);
    }
  }),
};
