import { type Consumer, type EachBatchPayload, Kafka } from 'kafkajs';
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
import { FetchPauses } from './fetch-pauses.js';
import { fetchCommitted, fetchEnds } from './group-offsets.js';
import { type GroupCluster, seamAssigner } from './group-seam.js';
import { kafkaJsConfig } from './kafkajs-config.js';
import { byTopic, toCommit, toRecordBatch } from './record-batch.js';
import { SilenceWatch } from './silence-watch.js';
import { SocketTracker } from './socket-tracker.js';

/** What kafkajs tells of a batch without messages. */
interface FilteredBatch extends TopicPartition {
  /** Null if all of it lies before what was asked for. */
  readonly firstOffset: string | null;
  readonly lastOffset: string;
  readonly highWatermark: string;
}

/** How long a fetch waits for records. It bounds how long leaving and resuming take. */
const maxWaitTimeInMs = 250;
/** A partition whose work takes longer is paused: until then kafkajs fetches nothing from the same broker. */
const graceMs = 50;
const closeTimeoutMs = 2_000;
/** kafkajs hands out the partitions of one fetch side by side up to so many. */
const partitionsAtOnce = 64;

/**
 * The port on kafkajs 2.2.4. A batch is handed out and let go: its partition is paused while the work takes longer, so
 * that the fetch loop, which alone sends heartbeats, and the broker's other partitions never wait for a handler. kafkajs
 * never sees an error of the listener, and is not allowed to restart by itself: it would forget its member id.
 */
export class KafkaJsConsumer implements ConsumerPort {
  readonly #options: ConsumerOptions;
  readonly #sockets: SocketTracker;
  /** Between joins: then fetches and heartbeats follow each other, while a join may wait for other members. */
  readonly #silence = new SilenceWatch((ms) => {
    this.#onConnection(
      false,
      new DriverError('timeout', `a connected broker did not answer within ${ms} ms`),
    );
  });
  readonly #consumer: Consumer;
  readonly #pauses: FetchPauses;
  #assigned: ReadonlyMap<string, TopicPartition> = new Map();
  #cluster: GroupCluster | undefined;
  #findCoordinator: GroupCluster['findGroupCoordinator'] | undefined;
  #listener: ConsumerListener | undefined;
  #commit: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  #memberId: string | undefined;
  #memberToResume: string | undefined;
  #isConnected = false;
  #wasConnected = false;
  #isClosed = false;

  constructor(connection: KafkaConnection, options: ConsumerOptions) {
    this.#options = options;
    this.#memberToResume = options.memberId;
    this.#sockets = new SocketTracker({
      mayProduce: () => false,
      onLastClosed: () => this.#onConnection(false),
      onData: () => this.#silence.heard(),
    });
    const retry = { initialRetryTime: options.retryBackoffMs, maxRetryTime: 1_000, retries: 6 };
    const kafka = new Kafka({
      ...kafkaJsConfig(connection, options, this.#sockets),
      // Each attempt to connect asks the next address; each to find the coordinator may come before there is one.
      retry: { ...retry, retries: Math.max(retry.retries, connection.brokers.length - 1) },
    });
    this.#consumer = kafka.consumer({
      groupId: options.groupId,
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: Math.max(options.sessionTimeoutMs, options.revokeTimeoutMs + 5_000),
      heartbeatInterval: Math.min(1_000, Math.floor(options.sessionTimeoutMs / 3)),
      maxWaitTimeInMs,
      metadataMaxAge: options.metadataMaxAgeMs ?? 60_000,
      partitionAssigners: [
        seamAssigner({
          onCluster: (cluster, findCoordinator) => {
            this.#cluster = cluster;
            this.#findCoordinator = findCoordinator;
          },
          beforeJoin: () => {
            this.#silence.end();
            return this.#revoke();
          },
          memberToResume: () => {
            const member = this.#memberToResume;
            this.#memberToResume = undefined;
            return member;
          },
        }),
      ],
      retry: { ...retry, restartOnFailure: () => Promise.resolve(false) },
    });
    this.#pauses = new FetchPauses(this.#consumer);
  }

  get memberId(): string | undefined {
    return this.#memberId;
  }

  async connect(): Promise<void> {
    try {
      await this.#consumer.connect();
      this.#isConnected = true;
      this.#wasConnected = true;
    } catch (reason) {
      throw classify(reason);
    }
  }

  async run(topics: readonly string[], listener: ConsumerListener): Promise<void> {
    this.#listener = listener;
    const consumer = this.#consumer;
    const { GROUP_JOIN, HEARTBEAT, CRASH, START_BATCH_PROCESS } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => this.#assign(payload.memberId, payload.memberAssignment));
    consumer.on(HEARTBEAT, () => this.#onConnection(true));
    consumer.on(START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) this.#onNothing(payload);
    });
    consumer.on(CRASH, ({ payload }) => {
      this.#pauses.end();
      this.#silence.end();
      if (!this.#isClosed) listener.onCrash(classify(payload.error));
    });
    try {
      await consumer.subscribe({
        topics: [...topics],
        fromBeginning: this.#options.autoOffsetReset === 'earliest',
      });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: partitionsAtOnce,
        eachBatch: (payload) => this.#onBatch(payload),
      });
    } catch (reason) {
      throw classify(reason);
    }
  }

  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    if (offsets.length === 0) return;
    if (!this.#commit || this.#isClosed) throw new DriverError('failed', 'The consumer has no partitions.');
    try {
      await this.#commit({ topics: byTopic(offsets, toCommit) });
    } catch (reason) {
      throw classify(reason);
    }
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#pauses.pause(partitions);
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#pauses.resume(partitions);
  }

  seek({ topic, partition, offset }: PartitionOffset): void {
    if (!this.#assigned.has(partitionKey({ topic, partition }))) return;
    this.#consumer.seek({ topic, partition, offset: String(offset) });
  }

  async endOffsets(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    try {
      return this.#cluster ? await fetchEnds(this.#cluster, partitions) : [];
    } catch (reason) {
      throw classify(reason);
    }
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    const { groupId } = this.#options;
    try {
      const coordinator = await this.#findCoordinator?.({ groupId });
      return coordinator ? await fetchCommitted(coordinator, groupId, partitions) : [];
    } catch (reason) {
      throw classify(reason);
    }
  }

  async close(): Promise<void> {
    // Nobody has to be told of one that is still connecting, and no answer can come.
    if (this.#wasConnected) {
      this.#isClosed = true;
      this.#pauses.end();
      this.#silence.end();
      await settlesWithin(closeTimeoutMs, this.#disconnect());
    }
    await this.kill();
  }

  async kill(): Promise<void> {
    const wasClosed = this.#isClosed;
    this.#isClosed = true;
    this.#isConnected = false;
    this.#pauses.end();
    this.#silence.end();
    await this.#sockets.destroy(new Error('The consumer was shut down.'));
    // Ends kafkajs's loops; without a connection it cannot tell the group.
    if (!wasClosed) await settlesWithin(closeTimeoutMs, this.#disconnect());
    this.#memberId = undefined;
  }

  async #disconnect(): Promise<void> {
    try {
      await this.#consumer.disconnect();
    } catch (reason) {
      this.#options.logger.debug('kafkajs did not disconnect', { error: classify(reason).message });
    }
  }

  #assign(memberId: string, assignment: Readonly<Record<string, readonly number[]>>): void {
    // Of a join that was under way: what is told now would be taken for the next port's.
    if (this.#isClosed) return;
    this.#onConnection(true);
    this.#silence.begin();
    this.#memberId = memberId;
    const assigned = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    this.#assigned = new Map(assigned.map((partition) => [partitionKey(partition), partition]));
    this.#pauses.begin(assigned);
    this.#listener?.onAssigned(assigned);
  }

  async #revoke(): Promise<void> {
    const revoked = [...this.#assigned.values()];
    if (revoked.length === 0 || this.#isClosed) return;
    this.#assigned = new Map();
    try {
      await this.#listener?.onRevoked(revoked);
    } catch (reason) {
      this.#options.logger.error('A listener failed on revoked partitions', { error: String(reason) });
    }
  }

  /** Never rejects: an error would let kafkajs repeat the batch or, if it is a TypeError, end for good. */
  async #onBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const key = partitionKey(batch);
    this.#commit = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    this.#onConnection(true);
    if (this.#isClosed || !this.#assigned.has(key)) return;
    payload.resolveOffset(batch.lastOffset());
    try {
      const room = this.#listener?.onBatch(toRecordBatch(batch)) ?? Promise.resolve();
      if (await settlesWithin(graceMs, room)) return;
      if (this.#assigned.has(key)) this.#pauses.hold(batch, room);
    } catch (reason) {
      this.#options.logger.error('A listener failed on a batch', { partition: key, error: String(reason) });
    }
  }

  /**
   * A fetch brought what consumers may not see, and nothing else: aborted transactions, the marks of transactions. kafkajs
   * passes over it by itself; what is done reaches up to there too.
   */
  #onNothing({ topic, partition, firstOffset, lastOffset, highWatermark }: FilteredBatch): void {
    const key = partitionKey({ topic, partition });
    if (this.#isClosed || !this.#assigned.has(key) || firstOffset === null) return;
    const nextOffset = BigInt(lastOffset) + 1n;
    const batch = { topic, partition, records: [], nextOffset, highWatermark: BigInt(highWatermark) };
    this.#listener?.onBatch(batch).catch((reason: unknown) => {
      this.#options.logger.error('A listener failed on a batch', { partition: key, error: String(reason) });
    });
  }

  #onConnection(isUp: boolean, failure?: DriverError): void {
    if (this.#isClosed || this.#isConnected === isUp) return;
    this.#isConnected = isUp;
    if (isUp) this.#options.onReconnect?.();
    else this.#options.onDisconnect?.(failure);
  }
}
