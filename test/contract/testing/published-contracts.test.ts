import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { AtomicRedisClientProtocol, KafkaBus, parseEnvelope, RedisClient } from '../../../src/index.js';
import {
  kafkaPublisherContract,
  memoryKafka,
  memoryRedis,
  type OpenedPublisher,
  redisClientContract,
  type StoredMessage,
  stub,
} from '../../../src/testing/index.js';
import { readTopic } from '../../support/kafka/read-topic.js';
import { kafkaBootstrapServers, redisUrl } from '../../support/servers/addresses.js';
import { createTopics } from '../../support/kafka/topics.js';

interface Stored extends Omit<StoredMessage, 'event'> {
  readonly value: string;
}

function stored({ value, ...message }: Stored): StoredMessage {
  return { ...message, event: parseEnvelope(Buffer.from(value)) };
}

async function openMemoryKafka(): Promise<OpenedPublisher> {
  const kafka = await memoryKafka();
  return {
    client: kafka.publisher,
    createTopic: (partitions) => {
      const topic = randomUUID();
      kafka.cluster.createTopic(topic, partitions);
      return Promise.resolve(topic);
    },
    read: (topic) =>
      Promise.resolve(
        kafka.cluster.records(topic).map(({ partition, offset, key, value, headers }) =>
          stored({
            partition,
            offset: String(offset),
            key: key?.toString() ?? null,
            value: value.toString(),
            headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
          }),
        ),
      ),
    close: () => kafka[Symbol.asyncDispose](),
  };
}

async function openRealKafka(): Promise<OpenedPublisher> {
  const brokers = kafkaBootstrapServers().split(',');
  const admin = new Kafka({ clientId: 'contract-admin', brokers, logLevel: logLevel.NOTHING }).admin();
  const publisher = new KafkaBus({ clientId: 'contract', bootstrapServers: brokers });
  await Promise.all([admin.connect(), publisher.start()]);
  return {
    client: publisher,
    createTopic: async (partitions) => {
      const topic = randomUUID();
      await createTopics(admin, [{ topic, numPartitions: partitions }]);
      return topic;
    },
    read: async (topic, count) => (await readTopic(brokers, topic, count)).map(stored),
    close: async () => {
      await Promise.all([admin.disconnect(), publisher.stop()]);
    },
  };
}

async function openMemoryRedis() {
  const redis = await memoryRedis();
  return { client: redis.client, close: () => redis[Symbol.asyncDispose]() };
}

async function openRealRedis() {
  const client = new RedisClient({ clientId: 'contract', url: redisUrl() });
  await client.start();
  return { client, close: () => client.stop() };
}

const close = (): Promise<void> => Promise.resolve();

describe(kafkaPublisherContract.name, function () {
  this.timeout(60_000);
  for (const [where, open] of [
    ['memoryKafka()', openMemoryKafka],
    ['Apache Kafka', openRealKafka],
  ] as const) {
    describe(`KafkaBus on ${where}`, () => {
      for (const { title, run } of kafkaPublisherContract(open)) it(title, run);
    });
  }
});

describe(redisClientContract.name, function () {
  this.timeout(60_000);

  describe('RedisClient on memoryRedis()', () => {
    for (const { title, run } of redisClientContract(openMemoryRedis)) it(title, run);
  });

  describe('RedisClient on a real redis-server', () => {
    for (const { title, run } of redisClientContract(openRealRedis)) it(title, run);
  });

  it('fails a client that does otherwise, in nearly all of it', async () => {
    const tests = redisClientContract(() =>
      // Nothing ever comes to its subscriptions: they end at once, so that the test does.
      Promise.resolve({ client: stub(AtomicRedisClientProtocol, { subscribe: new Error('none') }), close }),
    );
    const outcomes = await Promise.allSettled(tests.map(({ run }) => run()));
    const passed = tests.filter((_, index) => outcomes[index]?.status === 'fulfilled');
    expect(passed.map(({ title }) => title)).to.deep.equal([
      'answers a ping with true',
      'applies nothing of a transaction whose work throws',
    ]);
  });
});
