import {
  type ConsumerListener,
  type KafkaDriver,
  MemoryDriver,
  type ProducerPort,
} from '../../../src/index.js';
import { openMemoryKafka, type OpenedKafka } from '../../../src/testing/index.js';

/** The memory driver, but for one thing that it does wrong. */
function wrong(
  producerOf: (driver: MemoryDriver, inner: ProducerPort) => Partial<ProducerPort>,
  listenerOf: (listener: ConsumerListener) => ConsumerListener = (listener) => listener,
): () => Promise<OpenedKafka> {
  return async () => {
    const kafka = await openMemoryKafka();
    const memory = new MemoryDriver(kafka.cluster);
    const driver: KafkaDriver = {
      name: 'wrong',
      address: memory.address,
      createProducer: (options) => {
        const inner = memory.createProducer(options);
        return {
          connect: () => inner.connect(),
          partitionsOf: (topic) => inner.partitionsOf(topic),
          produce: (...args) => inner.produce(...args),
          close: () => inner.close(),
          kill: () => inner.kill(),
          ...producerOf(memory, inner),
        };
      },
      createConsumer: (options) => {
        const inner = memory.createConsumer(options);
        const run = inner.run.bind(inner);
        inner.run = (topics, listener) => run(topics, listenerOf(listener));
        return inner;
      },
    };
    return { ...kafka, driver };
  };
}

/** Acknowledges its second call, and stores nothing of it. */
export const losing = wrong((_driver, inner) => {
  let calls = 0;
  return {
    produce: async (topic, batches, gate) => {
      calls += 1;
      if (calls !== 2 || !gate()) return inner.produce(topic, batches, gate);
      return {
        offsets: new Map([...batches.keys()].map((partition) => [partition, 0n])),
        failures: new Map(),
      };
    },
  };
});

/** Sends each time as a producer that the brokers do not know. */
export const repeating = wrong((driver) => ({
  produce: async (topic, batches, gate) => {
    const another = driver.createProducer();
    await another.connect();
    await another.partitionsOf(topic);
    return another.produce(topic, batches, gate);
  },
}));

export const reversing = wrong((_driver, inner) => ({
  produce: (topic, batches, gate) =>
    inner.produce(topic, new Map([...batches].map(([key, records]) => [key, records.toReversed()])), gate),
}));

/** Asks nobody whether the records may leave, and so nobody knows that they did. */
export const careless = wrong((_driver, inner) => ({
  produce: (topic, batches) => inner.produce(topic, batches, () => true),
}));

export const headerless = wrong(
  () => ({}),
  (listener) => ({
    onAssigned: (partitions) => listener.onAssigned(partitions),
    onRevoked: (partitions) => listener.onRevoked(partitions),
    onCrash: (error) => listener.onCrash(error),
    onBatch: (batch) =>
      listener.onBatch({ ...batch, records: batch.records.map((record) => ({ ...record, headers: {} })) }),
  }),
);
