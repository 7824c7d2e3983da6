import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { KafkaBus, parseEnvelope, resilientPublisher } from '../../../src/index.js';
import {
  kafkaPublisherContract,
  memoryKafka,
  type OpenedPublisher,
  type StoredMessage,
} from '../../../src/testing/index.js';
import { readTopic } from '../../support/kafka/read-topic.js';
import { kafkaBootstrapServers } from '../../support/servers/addresses.js';
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

async function openResilient(): Promise<OpenedPublisher> {
  const kafka = await openMemoryKafka();
  return { ...kafka, client: await resilientPublisher(kafka.client) };
}

describe(kafkaPublisherContract.name, function () {
  this.timeout(60_000);
  for (const [where, open] of [
    ['KafkaBus on memoryKafka()', openMemoryKafka],
    ['KafkaBus on Apache Kafka', openRealKafka],
    ['resilientPublisher() on memoryKafka()', openResilient],
  ] as const) {
    describe(where, () => {
      for (const { title, run } of kafkaPublisherContract(open)) it(title, run);
    });
  }
});
