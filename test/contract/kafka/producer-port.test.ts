import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { KafkaJsDriver, MemoryDriver, MemoryKafka } from '../../../src/index.js';
import { readTopic } from '../../support/kafka/read-topic.js';
import { KafkaWireDouble } from '../../support/kafka/kafka-wire-double.js';
import { kafkaBootstrapServers } from '../../support/servers/addresses.js';
import { type PortUnderTest, producerPortContract } from './producer-port.contract.js';
import { transactionsContract } from './transactions.contract.js';
import { createTopics } from '../../support/kafka/topics.js';

producerPortContract('memory', startMemory, { losesAcks: true });
transactionsContract('memory', startMemory);
producerPortContract('kafkajs on the wire double', startDouble, { losesAcks: true, hurts: true });
// Its acknowledgements get lost behind a proxy, in test/integration/kafka.
producerPortContract('kafkajs on Apache Kafka', startKafkaJs);
transactionsContract('kafkajs on Apache Kafka', startKafkaJs);

function startMemory(): Promise<PortUnderTest> {
  const cluster = new MemoryKafka({ autoCreateTopics: false });
  return Promise.resolve({
    driver: new MemoryDriver(cluster),
    createTopic: (partitions) => {
      const topic = randomUUID();
      cluster.createTopic(topic, partitions);
      return Promise.resolve(topic);
    },
    read: (topic) =>
      Promise.resolve(
        cluster.records(topic).map(({ partition, key, value, headers }) => ({
          partition,
          key: key?.toString() ?? null,
          value: value.toString(),
          headers: headers as Record<string, string>,
        })),
      ),
    loseNextAck: () => cluster.loseAcks(1),
    close: () => Promise.resolve(),
  });
}

async function startDouble(): Promise<PortUnderTest> {
  const double = await KafkaWireDouble.start({ brokers: 2 });
  return {
    driver: new KafkaJsDriver(double.bootstrapServers.split(',')),
    createTopic: (partitions) => {
      const topic = randomUUID();
      double.createTopic(topic, partitions);
      return Promise.resolve(topic);
    },
    read: (topic) =>
      Promise.resolve(
        double
          .records(topic)
          .map(({ partition, key, value, headers }) => ({ partition, key, value, headers })),
      ),
    loseNextAck: () => {
      let lost = false;
      double.fault = () => {
        if (lost) return undefined;
        lost = true;
        return 'lose-ack';
      };
    },
    cut: () => double.cutSockets(),
    silence: (isSilent) => (isSilent ? double.stall() : double.resume()),
    openSockets: () => double.openSockets,
    close: () => double[Symbol.asyncDispose](),
  };
}

async function startKafkaJs(): Promise<PortUnderTest> {
  const brokers = kafkaBootstrapServers().split(',');
  const admin = new Kafka({ clientId: 'contract-admin', brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  return {
    driver: new KafkaJsDriver(brokers),
    createTopic: async (partitions) => {
      const topic = randomUUID();
      await createTopics(admin, [{ topic, numPartitions: partitions }]);
      return topic;
    },
    read: async (topic, count) => {
      const records = await readTopic(brokers, topic, count);
      return records.map(({ offset: _offset, ...rest }) => rest);
    },
    close: () => admin.disconnect(),
  };
}
