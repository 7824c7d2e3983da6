import { randomUUID } from 'node:crypto';
import {
  type ConsumerListener,
  type ConsumerOptions,
  type ConsumerPort,
  partitionKey,
  type PartitionOffset,
  type RecordBatch,
  type TopicPartition,
} from '../../consumer-port.js';
import { DriverError } from '../../driver-error.js';
import { MemoryConnection } from './memory-connection.js';
import type { MemoryGroup, MemoryMember } from './memory-group.js';
import type { MemoryKafka } from './memory-kafka.js';
import type { StoredRecord } from './memory-log.js';

/** One assigned partition that is being read. */
interface Reading extends TopicPartition {
  position: bigint;
  isHandedOut: boolean;
}

/** The port on a {@link MemoryKafka}. */
export class MemoryConsumer implements ConsumerPort, MemoryMember {
  readonly #cluster: MemoryKafka;
  readonly #options: ConsumerOptions;
  readonly #group: MemoryGroup;
  readonly #connection: MemoryConnection;
  readonly #paused = new Set<string>();
  #readings = new Map<string, Reading>();
  #listener: ConsumerListener | undefined;
  #endWatch: (() => void) | undefined;
  #memberId: string | undefined;
  #revoking: Promise<void> | undefined;
  #isClosed = false;
  topics: readonly string[] = [];

  constructor(cluster: MemoryKafka, options: ConsumerOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#group = cluster.group(options.groupId);
    this.#connection = new MemoryConnection(cluster.faults, () => {
      void this.#crash();
    });
  }

  get memberId(): string | undefined {
    return this.#memberId;
  }

  get revokeTimeoutMs(): number {
    return this.#options.revokeTimeoutMs;
  }

  async connect(): Promise<void> {
    await this.#connection.reach();
  }

  async run(topics: readonly string[], listener: ConsumerListener): Promise<void> {
    await this.#connection.reach();
    for (const topic of topics) this.#cluster.partitionsOf(topic);
    this.topics = topics;
    this.#listener = listener;
    this.#endWatch = this.#cluster.onProgress((partition) =>
      this.#read(this.#readings.get(partitionKey(partition))),
    );
    this.#memberId = randomUUID();
    await this.#group.join(this);
  }

  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    await this.#connection.reach();
    this.#group.commit(this, offsets);
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#paused.add(partitionKey(partition));
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      this.#paused.delete(partitionKey(partition));
      this.#read(this.#readings.get(partitionKey(partition)));
    }
  }

  seek(position: PartitionOffset): void {
    const reading = this.#readings.get(partitionKey(position));
    if (!reading) return;
    reading.position = position.offset;
    this.#read(reading);
  }

  async committed(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    await this.#connection.reach();
    return partitions.flatMap((each) => {
      const offset = this.#group.committed(each);
      return offset === undefined ? [] : [{ ...each, offset }];
    });
  }

  async endOffsets(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    await this.#connection.reach();
    return partitions.map((each) => ({
      ...each,
      offset: this.#cluster.endOffset(each.topic, each.partition),
    }));
  }

  async close(): Promise<void> {
    await this.kill();
  }

  /** The group notices at once: there is no session to time out. */
  kill(): Promise<void> {
    this.#isClosed = true;
    this.#memberId = undefined;
    this.#readings.clear();
    this.#endWatch?.();
    this.#connection.kill();
    void this.#group.leave(this);
    return Promise.resolve();
  }

  /** @internal Called by the group. */
  assign(partitions: readonly TopicPartition[]): void {
    if (this.#isClosed) return;
    this.#readings = new Map(
      partitions.map((partition) => [
        partitionKey(partition),
        { ...partition, position: this.#begin(partition), isHandedOut: false },
      ]),
    );
    this.#listener?.onAssigned(partitions);
    for (const reading of this.#readings.values()) this.#read(reading);
  }

  /** @internal */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @internal Called by the group, whatever for: it resolves when the listener has finished. */
  revoke(): Promise<void> {
    this.#revoking ??= this.#revoke().finally(() => {
      this.#revoking = undefined;
    });
    return this.#revoking;
  }

  async #revoke(): Promise<void> {
    const revoked = [...this.#readings.values()].map(({ topic, partition }) => ({ topic, partition }));
    this.#readings.clear();
    try {
      if (revoked.length > 0) await this.#listener?.onRevoked(revoked);
    } catch (reason) {
      this.#options.logger.error('A listener failed on revoked partitions', { error: String(reason) });
    }
  }

  async #crash(): Promise<void> {
    const listener = this.#listener;
    await this.kill();
    listener?.onCrash(new DriverError('unavailable', 'The connection to the memory cluster was cut.'));
  }

  #begin(partition: TopicPartition): bigint {
    const committed = this.#group.committed(partition);
    if (committed !== undefined) return committed;
    if (this.#options.autoOffsetReset === 'earliest') return 0n;
    return this.#cluster.endOffset(partition.topic, partition.partition);
  }

  #read(reading: Reading | undefined): void {
    if (!reading || reading.isHandedOut) return;
    reading.isHandedOut = true;
    // In a turn of its own: not within the publish that stored the record.
    void Promise.resolve().then(() => this.#handOut(reading));
  }

  /** Hands out batch after batch until nothing is left or it may not. */
  async #handOut(reading: Reading): Promise<void> {
    const key = partitionKey(reading);
    const mayGoOn = (): boolean => this.#readings.get(key) === reading && !this.#paused.has(key);
    try {
      while (mayGoOn()) {
        // Asked only then: under a fake clock each turn counts.
        if (this.#cluster.faults.stalled && !(await this.#isReachable())) break;
        const { topic, partition, position } = reading;
        const { records, nextOffset } = this.#cluster.readUpTo(topic, partition, position);
        if (nextOffset === position || !mayGoOn()) break;
        const batch = this.#batch(reading, records, nextOffset);
        reading.position = batch.nextOffset;
        await this.#listener?.onBatch(batch);
      }
    } catch (reason) {
      this.#options.logger.error('A listener failed on a batch', { partition: key, error: String(reason) });
    } finally {
      reading.isHandedOut = false;
    }
  }

  /** Where it is not, the port has crashed and tells of it, or was closed. */
  async #isReachable(): Promise<boolean> {
    return this.#connection.reach().then(
      () => true,
      () => false,
    );
  }

  #batch({ topic, partition }: Reading, records: readonly StoredRecord[], nextOffset: bigint): RecordBatch {
    return {
      topic,
      partition,
      records: records.map(({ offset, key, value, headers, timestamp }) => ({
        offset,
        key,
        value,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, content]) => [name, Buffer.from(content)]),
        ),
        timestamp,
      })),
      nextOffset,
      highWatermark: this.#cluster.endOffset(topic, partition),
    };
  }
}
