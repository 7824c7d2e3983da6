import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { KafkaJsDriver, MemoryDriver, MemoryKafka } from '../../../src/index.js';
import { kafkaBootstrapServers } from '../../support/servers/addresses.js';
import { consumerPortContract, type ConsumersUnderTest } from './consumer-port.contract.js';
import { createTopics, growTopic } from '../../support/kafka/topics.js';

consumerPortContract('memory', startMemory);
consumerPortContract('kafkajs on Apache Kafka', startKafkaJs);

function startMemory(): Promise<ConsumersUnderTest> {
  const cluster = new MemoryKafka({ autoCreateTopics: false });
  return Promise.resolve({
    driver: new MemoryDriver(cluster),
    createTopic: (partitions) => {
      const topic = randomUUID();
      cluster.createTopic(topic, partitions);
      return Promise.resolve(topic);
    },
    growTopic: (topic, partitions) => {
      cluster.addPartitions(topic, partitions);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
}

async function startKafkaJs(): Promise<ConsumersUnderTest> {
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
    growTopic: (topic, partitions) => growTopic(admin, topic, partitions),
    close: () => admin.disconnect(),
  };
}
