import type { Logger } from '../protocols/logger.js';
import type { DriverError } from './driver-error.js';

/** One message as it stands in a partition. */
export interface ConsumerRecord {
  readonly offset: bigint;
  readonly key: Buffer | null;
  /** `null` for a tombstone. */
  readonly value: Buffer | null;
  /** Of a header that stands there several times, the last. */
  readonly headers: Readonly<Record<string, Buffer>>;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionOffset extends TopicPartition {
  readonly offset: bigint;
}

/** Records of one partition, in the order of their offsets. */
export interface RecordBatch extends TopicPartition {
  readonly records: readonly ConsumerRecord[];
  /** What to commit once all of it is done. It may lie past the last record: control records have offsets too. */
  readonly nextOffset: bigint;
  /** The offset after the partition's last record that consumers may see, when this was read. */
  readonly highWatermark: bigint;
}

/** What a port calls. Nothing of it may throw or reject; a driver takes it as done if it does. */
export interface ConsumerListener {
  /** The partitions of this member, all of them, from now on. It may seek in them. Batches come only after it. */
  onAssigned(partitions: readonly TopicPartition[]): void;
  /**
   * The group is moving on, and all the member's partitions go. The driver waits for the promise before it joins again:
   * until then commits are still taken. No batch of them comes after the call. It has to resolve within `revokeTimeoutMs`.
   */
  onRevoked(partitions: readonly TopicPartition[]): Promise<void>;
  /**
   * Records to work on. The promise resolves when there is room for more of this partition; that says nothing of commits.
   * Never called for a partition while its last promise is pending; others go on meanwhile, and so do heartbeats.
   */
  onBatch(batch: RecordBatch): Promise<void>;
  /** The port has ended by itself. It is only good for {@link ConsumerPort.kill}; its partitions count as revoked. */
  onCrash(error: DriverError): void;
}

/**
 * One member of a consumer group. It reads on from the committed offsets, hands out what it reads and keeps the
 * membership alive, however long the work takes. What is not committed when a member leaves is read again by the next.
 */
export interface ConsumerPort {
  /** The name the group knows this member by; undefined before it joined and after it left. */
  readonly memberId: string | undefined;
  /** Resolves when the brokers answer. After a rejection the port is only good for {@link kill}. */
  connect(): Promise<void>;
  /** Joins the group. Resolves when the first assignment is there, or the port has crashed. Called once. */
  run(topics: readonly string[], listener: ConsumerListener): Promise<void>;
  /** @throws DriverError if it was not taken, as for partitions that are another member's by now. */
  commit(offsets: readonly PartitionOffset[]): Promise<void>;
  /** No batches of these from now on, until {@link resume}. It outlives a rebalance. */
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /** The next batch of an assigned partition begins there. A batch that was handed out before is not called back. */
  seek(position: PartitionOffset): void;
  /** What the group has committed; of a partition of which it has not, nothing. Without it lag is known from the first batch on. */
  committed?(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]>;
  /** The offset after the last record of each partition. */
  endOffsets(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]>;
  /** Leaves the group and gives up the connections, within about two seconds also if no broker answers. Never rejects. */
  close(): Promise<void>;
  /** Cuts every connection at once, without a word to the group. Resolves when none is left. */
  kill(): Promise<void>;
}

export interface ConsumerOptions {
  readonly clientId: string;
  readonly groupId: string;
  /** Where a group without committed offsets begins. */
  readonly autoOffsetReset: 'earliest' | 'latest';
  /** Without a heartbeat for so long a member counts as dead. */
  readonly sessionTimeoutMs: number;
  /** The longest that the listener's `onRevoked` takes. Less than the session timeout. */
  readonly revokeTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly retryBackoffMs: number;
  /** Partitions that a topic gets later are found, and shared out, after so long. Default 60000. */
  readonly metadataMaxAgeMs?: number;
  readonly logger: Logger;
  /** Takes up the membership of a port that crashed, so that the group need not wait until it counts as dead. */
  readonly memberId?: string | undefined;
  /** The last connection is lost, or nothing comes over it: by `failure`. The port may find new ones by itself. */
  readonly onDisconnect?: (failure?: DriverError) => void;
  /** Brokers answer again after {@link onDisconnect}. */
  readonly onReconnect?: () => void;
}

/** Names a partition in maps. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
