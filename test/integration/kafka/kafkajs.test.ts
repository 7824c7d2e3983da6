import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs';
import { again, readTopic } from '../../support/kafka/read-topic.js';
import { kafkaBootstrapServers } from '../../support/servers/addresses.js';

/** What docs/kafka.md says of kafkajs on the Kafka of the tests. */
describe('kafkajs on Apache Kafka', function () {
  const topic = `kafkajs-${randomUUID()}`;
  const versions = new Map<string, number>();
  let kafka: Kafka;

  before(() => {
    kafka = new Kafka({
      clientId: 'kafkajs',
      brokers: [kafkaBootstrapServers()],
      logLevel: logLevel.DEBUG,
      logCreator:
        () =>
        ({ log }) => {
          const [, api, version] = /^Request (\w+)\(key: \d+, version: (\d+)\)/.exec(log.message) ?? [];
          if (api !== undefined) versions.set(api, Number(version));
        },
    });
  });

  it('creates and lists topics', async () => {
    const admin = kafka.admin();
    await admin.connect();
    const created = await admin.createTopics({ topics: [{ topic, numPartitions: 3 }] });
    const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.disconnect();
    expect(created).to.equal(true);
    expect(metadata.topics[0]?.partitions).to.have.length(3);
  });

  for (const idempotent of [false, true]) {
    it(`produces, ${idempotent ? 'idempotent' : 'plain'}, with and without gzip`, async () => {
      const producer = kafka.producer({ idempotent, createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      for (const compression of [CompressionTypes.None, CompressionTypes.GZIP]) {
        const [sent] = await producer.send({ topic, compression, messages: [{ key: 'k', value: 'v' }] });
        expect(sent).to.include({ topicName: topic, errorCode: 0 });
      }
      await producer.disconnect();
    });
  }

  it('consumes in a group, commits and tells the committed offsets', async () => {
    expect(await readTopic([kafkaBootstrapServers()], topic, 4)).to.have.length(4);
    let groupId = '';
    // As a service has to: a call that is not repeated by kafkajs fails with the connection that a busy broker closes.
    await again(async () => {
      groupId = `group-${randomUUID()}`;
      const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      let seen = 0;
      await new Promise<void>((resolve) => {
        void consumer.run({
          eachMessage: () => {
            seen += 1;
            if (seen === 4) resolve();
            return Promise.resolve();
          },
        });
      });
      await consumer.disconnect();
    });

    const admin = kafka.admin();
    await admin.connect();
    const offsets = await admin.fetchOffsets({ groupId, topics: [topic] });
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
    const committed = offsets.flatMap(({ partitions }) => partitions.map(({ offset }) => Number(offset)));
    expect(committed.filter((offset) => offset > 0).reduce((sum, offset) => sum + offset, 0)).to.equal(4);
  });

  it('speaks the newest versions it knows, which this Kafka still takes', () => {
    expect(Object.fromEntries(versions)).to.include({
      Produce: 7,
      Fetch: 11,
      Metadata: 6,
      InitProducerId: 1,
      JoinGroup: 5,
      OffsetCommit: 5,
    });
  });
});
