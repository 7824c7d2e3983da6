import { expect } from 'chai';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { kafkaBootstrapServers } from '../../support/servers/addresses.js';
import { type RunningKafka, startKafka } from '../../support/servers/kafka-server.js';

function connectTo(bootstrapServers: string): Kafka {
  return new Kafka({ clientId: 'server-test', brokers: [bootstrapServers], logLevel: logLevel.NOTHING });
}

async function produce(kafka: Kafka, topic: string, values: readonly string[]): Promise<void> {
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    for (const value of values) await producer.send({ topic, messages: [{ key: 'k', value }] });
  } finally {
    await producer.disconnect();
  }
}

/** Reads `count` values of a topic from its beginning, in a group. */
async function consume(kafka: Kafka, topic: string, count: number): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: `${topic}-readers`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    const values: string[] = [];
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer
        .run({
          eachMessage: async ({ message }) => {
            values.push(String(message.value));
            if (values.length === count) resolve();
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
    return values;
  } finally {
    await consumer.disconnect();
  }
}

/** As {@link consume}, from a broker that has just come back: until it has loaded its groups, it refuses them. */
async function consumeOnceLoaded(kafka: Kafka, topic: string, count: number): Promise<string[]> {
  for (;;) {
    try {
      return await consume(kafka, topic, count);
    } catch (error) {
      if ((error as { readonly type?: unknown }).type !== 'GROUP_LOAD_IN_PROGRESS') throw error;
    }
  }
}

describe('startKafka', function () {
  this.timeout(60_000);

  it('gives the run a Kafka that kafkajs produces to idempotently and consumes from in a group', async () => {
    const kafka = connectTo(kafkaBootstrapServers());
    const topic = `server-test-${process.pid}`;
    const admin = kafka.admin();
    await admin.connect();
    try {
      expect(await admin.createTopics({ topics: [{ topic, numPartitions: 3 }] })).to.equal(true);
      await produce(kafka, topic, ['a', 'b', 'c']);
      expect(await consume(kafka, topic, 3)).to.deep.equal(['a', 'b', 'c']);
    } finally {
      await admin.disconnect();
    }
  });

  describe('a server of its own', () => {
    let server: RunningKafka;

    before(async () => {
      server = await startKafka({ properties: { 'num.partitions': '2' } });
    });

    after(async () => {
      await server[Symbol.asyncDispose]();
    });

    it('keeps port and data through kill and restart', async () => {
      await produce(connectTo(server.bootstrapServers), 'kept', ['before']);

      await server.kill();
      await server.restart();

      await produce(connectTo(server.bootstrapServers), 'kept', ['after']);
      const kept = await consumeOnceLoaded(connectTo(server.bootstrapServers), 'kept', 2);
      expect(kept).to.deep.equal(['before', 'after']);
    });
  });
});
