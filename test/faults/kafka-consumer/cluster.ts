import { Kafka, logLevel } from 'kafkajs';
import { type ReadRecord, readTopic } from '../../support/kafka/read-topic.js';
import { startKafka } from '../../support/servers/kafka-server.js';
import { createTopics } from '../../support/kafka/topics.js';

/** How far a group is in one partition. */
export interface Progress {
  readonly partition: number;
  /** The offset after its last record. */
  readonly end: bigint;
  /** -1 before anything is. */
  readonly committed: bigint;
}

/** What the members consume from, and how it is broken. */
export interface Cluster extends AsyncDisposable {
  readonly bootstrapServers: string;
  createTopic(topic: string, partitions: number): Promise<void>;
  progress(topic: string, groupId: string): Promise<readonly Progress[]>;
  /** All of a topic. */
  read(topic: string): Promise<readonly Pick<ReadRecord, 'value' | 'headers'>[]>;
  /** kill -9 of the brokers. */
  kill(): Promise<void>;
  /** Ends them in order. */
  stop(): Promise<void>;
  /** After {@link kill} or {@link stop}. */
  start(): Promise<void>;
  /** What can be done to it beside that. */
  hurt?(what: Hurt): void;
}

/** Connections are reset; commits are taken and not answered; joins are not taken; each partition gets another leader. */
export type Hurt = 'cut' | 'lose-commits' | 'lose-joins' | 'move-leaders';

/** One Apache Kafka. */
export async function startCluster(): Promise<Cluster> {
  const server = await startKafka({ properties: { 'group.min.session.timeout.ms': '1000' } });
  const admin = new Kafka({
    clientId: 'chaos-admin',
    brokers: [server.bootstrapServers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 10 },
  }).admin();
  const ends = async (topic: string): Promise<ReadonlyMap<number, bigint>> =>
    new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, BigInt(high)]));
  await admin.connect();
  return {
    bootstrapServers: server.bootstrapServers,
    async createTopic(topic, partitions) {
      await createTopics(admin, [{ topic, numPartitions: partitions }]);
    },
    async progress(topic, groupId) {
      const [of] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const ended = await ends(topic);
      return (of?.partitions ?? []).map(({ partition, offset }) => ({
        partition,
        end: ended.get(partition) ?? 0n,
        committed: BigInt(offset),
      }));
    },
    async read(topic) {
      const count = [...(await ends(topic)).values()].reduce((sum, end) => sum + Number(end), 0);
      return count === 0 ? [] : readTopic([server.bootstrapServers], topic, count);
    },
    kill: () => server.kill(),
    stop: () => server.stop(),
    start: () => server.restart(),
    async [Symbol.asyncDispose]() {
      await admin.disconnect();
      await server[Symbol.asyncDispose]();
    },
  };
}
