import type { ClusterMetadata, Consumer, GroupAssignment } from '@platformatic/kafka';
import {
  type ConsumerListener,
  type ConsumerOptions,
  type ConsumerPort,
  partitionKey,
  type PartitionOffset,
  type TopicPartition,
} from '../../consumer-port.js';
import type { KafkaConnection } from '../../connection.js';
import { backoffMs, Pause } from '../../connect.js';
import { DriverError } from '../../driver-error.js';
import { optionalPackage } from '../../../errors/optional-package.js';
import { settlesWithin } from '../../settles-within.js';
import { classify } from './classify.js';
import { byTopic } from './by-topic.js';
import { Fetcher } from './fetcher.js';

const closeTimeoutMs = 2_000;
const defaultMetadataMaxAgeMs = 60_000;
/** How often it is tried to join again before the port counts as crashed. */
const joinAttempts = 6;

/**
 * The port on @platformatic/kafka 2.12.1, by its group operations and single fetches: its streams neither wait for the work
 * on revoked partitions nor keep a place for each partition. It may not repeat anything by itself, for a commit that it
 * repeats joins the group again and then commits partitions that may be another member's.
 */
export class PlatformaticConsumer implements ConsumerPort {
  readonly #connection: KafkaConnection;
  readonly #options: ConsumerOptions;
  readonly #paused = new Set<string>();
  readonly #pause = new Pause();
  #consumer: Consumer | undefined;
  #listener: ConsumerListener | undefined;
  #fetcher: Fetcher | undefined;
  #assigned: readonly TopicPartition[] = [];
  #revoking: Promise<void> | undefined;
  #isJoining = false;
  #isLeader = false;
  /** Partitions of each topic, as of the last time that it joined. */
  #counts: ReadonlyMap<string, number> = new Map();
  #isConnected = false;
  #isClosed = false;

  constructor(connection: KafkaConnection, options: ConsumerOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  get memberId(): string | undefined {
    return this.#consumer?.memberId ?? undefined;
  }

  async connect(): Promise<void> {
    const { Consumer: Made } = await optionalPackage(
      'SLIPWAY_KAFKA_PACKAGE',
      '@platformatic/kafka',
      'The Kafka driver platformatic',
      () => import('@platformatic/kafka'),
    );
    this.#assertOpen();
    const consumer = new Made(this.#config());
    this.#consumer = consumer;
    consumer.memberId = this.#options.memberId ?? null;
    // It joins again by itself after a heartbeat that says so; but once, and then there are no more heartbeats.
    consumer.on('error', (error) => {
      this.#options.logger.debug('@platformatic/kafka', { error: error.message });
      if (this.#listener && !consumer.isActive()) void this.#join();
    });
    consumer.on('consumer:heartbeat:end', () => {
      this.#onConnection(true);
      void this.#lookForPartitions(consumer);
    });
    consumer.on('consumer:heartbeat:error', ({ error }) => {
      if (classify(error).kind === 'unavailable') this.#onConnection(false);
    });
    consumer.on('consumer:group:join', ({ assignments, isLeader = false }) => {
      this.#isLeader = isLeader;
      this.#assign(assignments ?? []);
    });
    try {
      await consumer.metadata({ topics: [], forceUpdate: true });
      this.#isConnected = true;
    } catch (reason) {
      throw classify(reason);
    }
  }

  async run(topics: readonly string[], listener: ConsumerListener): Promise<void> {
    this.#listener = listener;
    this.#opened.topics.trackAll(...topics);
    await this.#join();
  }

  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    if (offsets.length === 0) return;
    const isOurs = (offset: PartitionOffset): boolean =>
      this.#assigned.some((each) => partitionKey(each) === partitionKey(offset));
    if (this.#isClosed || !offsets.every(isOurs)) {
      throw new DriverError('failed', 'The consumer has not these partitions.');
    }
    try {
      await this.#opened.commit({ offsets: offsets.map((each) => ({ ...each, leaderEpoch: -1 })) });
    } catch (reason) {
      throw classify(reason);
    }
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#paused.add(partitionKey(partition));
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#paused.delete(partitionKey(partition));
    this.#fetcher?.wake();
  }

  seek({ topic, partition, offset }: PartitionOffset): void {
    this.#fetcher?.seek({ topic, partition }, offset);
  }

  async endOffsets(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    if (partitions.length === 0) return [];
    const topics = byTopic(partitions);
    try {
      const ends = await this.#opened.listOffsets({
        topics: topics.map(({ topic }) => topic),
        partitions: Object.fromEntries(topics.map((each) => [each.topic, each.partitions])),
        timestamp: -1n,
      });
      return partitions.flatMap(({ topic, partition }) => {
        const offset = ends.get(topic)?.[partition];
        return offset === undefined ? [] : [{ topic, partition, offset }];
      });
    } catch (reason) {
      throw classify(reason);
    }
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    if (partitions.length === 0) return [];
    try {
      const topics = [...byTopic(partitions)];
      const found = await this.#opened.listCommittedOffsets({ topics });
      return partitions.flatMap(({ topic, partition }) => {
        const offset = found.get(topic)?.[partition] ?? -1n;
        return offset < 0n ? [] : [{ topic, partition, offset }];
      });
    } catch (reason) {
      throw classify(reason);
    }
  }

  async close(): Promise<void> {
    const consumer = this.#end();
    // Without force it leaves the group, and waits for the answer.
    if (consumer) await settlesWithin(closeTimeoutMs, this.#closed(consumer));
    await this.kill();
  }

  async kill(): Promise<void> {
    const consumer = this.#end();
    this.#consumer = undefined;
    if (!consumer) return;
    // Without a connection it cannot tell the group.
    for (const [, { socket }] of consumer.connections) socket.destroy();
    await settlesWithin(closeTimeoutMs, this.#closed(consumer));
  }

  /** Never rejects. */
  async #closed(consumer: Consumer): Promise<void> {
    try {
      await consumer.close(true);
    } catch (reason) {
      this.#options.logger.debug('@platformatic/kafka did not close', { error: classify(reason).message });
    }
  }

  #end(): Consumer | undefined {
    this.#isClosed = true;
    this.#isConnected = false;
    this.#fetcher?.end();
    this.#pause.end();
    return this.#consumer;
  }

  get #opened(): Consumer {
    this.#assertOpen();
    if (this.#consumer) return this.#consumer;
    throw new DriverError('unavailable', 'The consumer is not connected.');
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new DriverError('unavailable', 'The consumer was shut down.');
  }

  /** Joins, or joins again. Never rejects: what goes on failing is a crash. */
  async #join(): Promise<void> {
    if (this.#isJoining) return;
    this.#isJoining = true;
    await this.#tryToJoin();
    this.#isJoining = false;
  }

  async #tryToJoin(): Promise<void> {
    for (let attempt = 0; !this.#isClosed; attempt += 1) {
      try {
        await this.#opened.joinGroup({});
        return;
      } catch (reason) {
        if (this.#isClosed) return;
        const error = classify(reason);
        this.#options.logger.debug('Kafka group not joined', { error: error.message });
        if (attempt + 1 >= joinAttempts) {
          this.#crash(error);
          return;
        }
        await this.#pause.wait(backoffMs(this.#options.retryBackoffMs, attempt));
      }
    }
  }

  /** Partitions that a topic got later are shared out when the member that shares them out joins again. Never rejects. */
  async #lookForPartitions(consumer: Consumer): Promise<void> {
    if (!this.#isLeader) return;
    try {
      const { topics } = await consumer.metadata({ topics: consumer.topics.current });
      const hasGrown = [...topics].some(
        ([topic, { partitionsCount }]) => partitionsCount > (this.#counts.get(topic) ?? partitionsCount),
      );
      if (hasGrown && !this.#isClosed) await this.#join();
    } catch (reason) {
      this.#options.logger.debug('Kafka metadata not known', { error: classify(reason).message });
    }
  }

  #crash(error: DriverError): void {
    this.#fetcher?.end();
    this.#assigned = [];
    this.#onConnection(false);
    this.#listener?.onCrash(error);
  }

  #assign(assignments: readonly GroupAssignment[]): void {
    if (this.#isClosed || !this.#listener) return;
    this.#onConnection(true);
    const { autoOffsetReset, logger, retryBackoffMs } = this.#options;
    this.#assigned = assignments.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    this.#listener.onAssigned(this.#assigned);
    this.#fetcher?.end();
    this.#fetcher = new Fetcher(this.#assigned, {
      consumer: this.#opened,
      listener: this.#listener,
      autoOffsetReset,
      retryBackoffMs,
      logger,
      paused: this.#paused,
    });
  }

  /** Before each JoinGroup, which waits for it. */
  #revoke(): Promise<void> {
    this.#fetcher?.end();
    if (this.#assigned.length === 0) return Promise.resolve();
    this.#revoking ??= this.#tellRevoked().finally(() => {
      this.#revoking = undefined;
    });
    return this.#revoking;
  }

  /** Never rejects. */
  async #tellRevoked(): Promise<void> {
    try {
      await this.#listener?.onRevoked(this.#assigned);
    } catch (reason) {
      this.#options.logger.error('A listener failed on revoked partitions', { error: String(reason) });
    }
    this.#assigned = [];
  }

  #onConnection(isUp: boolean): void {
    if (this.#isClosed || this.#isConnected === isUp) return;
    this.#isConnected = isUp;
    if (isUp) this.#options.onReconnect?.();
    else this.#options.onDisconnect?.();
  }

  #config() {
    const options = this.#options;
    const { brokers, tls, sasl } = this.#connection;
    return {
      clientId: options.clientId,
      groupId: options.groupId,
      bootstrapBrokers: [...brokers],
      connectTimeout: options.connectTimeoutMs,
      requestTimeout: Math.max(
        options.requestTimeoutMs,
        options.sessionTimeoutMs + options.revokeTimeoutMs + 10_000,
      ),
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: Math.max(options.sessionTimeoutMs, options.revokeTimeoutMs + 5_000),
      heartbeatInterval: Math.min(1_000, Math.floor(options.sessionTimeoutMs / 3)),
      autocommit: false,
      metadataMaxAge: options.metadataMaxAgeMs ?? defaultMetadataMaxAgeMs,
      protocolsMetadata: async (_protocols: unknown, _topics: unknown, metadata: ClusterMetadata) => {
        this.#counts = new Map(
          [...metadata.topics].map(([topic, { partitionsCount }]) => [topic, partitionsCount]),
        );
        await this.#revoke();
        return Buffer.alloc(0);
      },
      retries: 0,
      ...(tls ? { tls } : {}),
      ...(sasl ? { sasl } : {}),
    };
  }
}
