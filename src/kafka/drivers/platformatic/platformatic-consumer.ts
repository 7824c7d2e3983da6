import type { ClusterMetadata, Consumer } from '@platformatic/kafka';
import {
  type ConsumerListener,
  type ConsumerOptions,
  type ConsumerPort,
  partitionKey,
  type PartitionOffset,
  type TopicPartition,
} from '../../consumer-port.js';
import type { KafkaConnection } from '../../connection.js';
import { DriverError } from '../../driver-error.js';
import { settlesWithin } from '../../settles-within.js';
import { classify } from './classify.js';
import { Fetcher } from './fetcher.js';
import { GroupMembership } from './group-membership.js';
import { boundaryOffsets, committedOffsets } from './group-offsets.js';
import { platformaticConfig } from './platformatic-config.js';
import { platformaticPackage } from './platformatic-package.js';
import { closed, shutDown } from './shut-down.js';

const closeTimeoutMs = 2_000;
const defaultMetadataMaxAgeMs = 60_000;

/**
 * The port on @platformatic/kafka 2.12.1, by its group operations and single fetches: its streams neither wait for the work
 * on revoked partitions nor keep a place for each partition. It may not repeat anything by itself, for a commit that it
 * repeats joins the group again and then commits partitions that may be another member's.
 */
export class PlatformaticConsumer implements ConsumerPort {
  readonly #connection: KafkaConnection;
  readonly #options: ConsumerOptions;
  readonly #paused = new Set<string>();
  #consumer: Consumer | undefined;
  #membership: GroupMembership | undefined;
  #fetcher: Fetcher | undefined;
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
    const { Consumer: Made } = await platformaticPackage();
    this.#assertOpen();
    const consumer = new Made(this.#config());
    this.#consumer = consumer;
    consumer.memberId = this.#options.memberId ?? null;
    consumer.on('error', (error) => {
      this.#options.logger.debug('@platformatic/kafka', { error: error.message });
    });
    consumer.on('consumer:group:join', () => this.#onConnection(true));
    consumer.on('consumer:heartbeat:end', () => this.#onConnection(true));
    consumer.on('consumer:heartbeat:error', ({ error }) => {
      if (classify(error).kind === 'unavailable') this.#onConnection(false);
    });
    try {
      await consumer.metadata({ topics: [], forceUpdate: true });
      this.#isConnected = true;
    } catch (reason) {
      throw classify(reason);
    }
  }

  async run(topics: readonly string[], listener: ConsumerListener): Promise<void> {
    const consumer = this.#opened;
    consumer.topics.trackAll(...topics);
    this.#membership = new GroupMembership(consumer, this.#options, {
      onAssigned: (partitions) => {
        // It may seek in them already. Batches come later.
        this.#fetch(consumer, partitions, listener);
        listener.onAssigned(partitions);
      },
      onRevoked: (partitions) => {
        this.#fetcher?.end();
        return listener.onRevoked(partitions);
      },
      onCrash: (error) => {
        this.#fetcher?.end();
        this.#onConnection(false);
        listener.onCrash(error);
      },
    });
    await this.#membership.join();
  }

  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    if (offsets.length === 0) return;
    if (this.#isClosed || !this.#membership?.has(offsets)) {
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
    return boundaryOffsets(this.#opened, partitions, 'latest');
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    return committedOffsets(this.#opened, partitions);
  }

  async close(): Promise<void> {
    const consumer = this.#end();
    // With its connections it leaves the group, and waits for the answer.
    if (consumer)
      await settlesWithin(
        closeTimeoutMs,
        closed(() => consumer.close(true), this.#options.logger),
      );
    await this.kill();
  }

  async kill(): Promise<void> {
    const consumer = this.#end();
    this.#consumer = undefined;
    if (consumer) await shutDown(consumer, () => consumer.close(true), this.#options.logger);
  }

  #end(): Consumer | undefined {
    this.#isClosed = true;
    this.#isConnected = false;
    this.#fetcher?.end();
    this.#membership?.end();
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

  /** Hands out what is in the partitions from now on, and nothing else. */
  #fetch(consumer: Consumer, partitions: readonly TopicPartition[], listener: ConsumerListener): void {
    const { autoOffsetReset, logger, retryBackoffMs } = this.#options;
    this.#fetcher?.end();
    this.#fetcher = new Fetcher(partitions, {
      consumer,
      listener,
      autoOffsetReset,
      retryBackoffMs,
      logger,
      paused: this.#paused,
    });
  }

  #onConnection(isUp: boolean): void {
    if (this.#isClosed || this.#isConnected === isUp) return;
    this.#isConnected = isUp;
    if (isUp) this.#options.onReconnect?.();
    else this.#options.onDisconnect?.();
  }

  #config() {
    const options = this.#options;
    return {
      ...platformaticConfig(this.#connection, options),
      groupId: options.groupId,
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
        await this.#membership?.leavePartitions(metadata);
        return Buffer.alloc(0);
      },
      retries: 0,
    };
  }
}
