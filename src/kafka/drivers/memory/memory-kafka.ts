import type { TopicPartition } from '../../consumer-port.js';
import { DriverError } from '../../driver-error.js';
import type { ProducerRecord } from '../../producer-port.js';
import { MemoryGroup } from './memory-group.js';
import { type MemoryTransaction, MemoryTransactionsLog } from './memory-transactions-log.js';

export type { MemoryTransaction } from './memory-transactions-log.js';

/** A record as it stands in a partition. */
export interface StoredRecord extends ProducerRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

export interface MemoryKafkaOptions {
  /** Partitions of a topic that is created by its first use. Default 1, as in Apache Kafka. */
  readonly defaultPartitions?: number;
  /** Whether a topic's first use creates it. Default true, as in Apache Kafka. */
  readonly autoCreateTopics?: boolean;
}

interface Partition {
  readonly records: StoredRecord[];
  /** The last batch of each producer: what is asked for again under its sequence was a retry. */
  readonly producers: Map<number, { firstSequence: number; count: number; baseOffset: bigint }>;
}

const shared = new Map<string, MemoryKafka>();

/**
 * A Kafka cluster in this process: topics, partitions, offsets and idempotent producers, without a network. For tests
 * and for running a service with nothing installed. It forgets everything with the process.
 */
export class MemoryKafka {
  readonly #topics = new Map<string, Partition[]>();
  readonly #defaultPartitions: number;
  readonly #autoCreateTopics: boolean;
  readonly #listeners = new Set<(record: StoredRecord) => void>();
  readonly #progress = new Set<(partition: TopicPartition) => void>();
  readonly #refused = new Set<() => void>();
  readonly #groups = new Map<string, MemoryGroup>();
  readonly #transactions = new MemoryTransactionsLog();
  #producerIds = 0;
  #lostAcks = 0;
  #refusing = false;
  #stalled: { readonly over: Promise<void>; readonly end: () => void } | undefined;

  constructor(options: MemoryKafkaOptions = {}) {
    this.#defaultPartitions = options.defaultPartitions ?? 1;
    this.#autoCreateTopics = options.autoCreateTopics ?? true;
  }

  /** The cluster that every `memory://<name>` of this process means. */
  static shared(name: string): MemoryKafka {
    let cluster = shared.get(name);
    if (!cluster) {
      cluster = new MemoryKafka();
      shared.set(name, cluster);
    }
    return cluster;
  }

  /** Creates a topic; one that exists stays as it is. */
  createTopic(topic: string, partitions = this.#defaultPartitions): void {
    if (this.#topics.has(topic)) return;
    this.#topics.set(
      topic,
      Array.from({ length: partitions }, () => ({ records: [], producers: new Map() })),
    );
  }

  /** Adds partitions to a topic, up to `partitions` of them. Groups that consume it share them out at once. */
  addPartitions(topic: string, partitions: number): void {
    const logs = this.#topics.get(topic);
    if (!logs) throw new DriverError('unknown-topic', `There is no topic ${topic}.`);
    while (logs.length < partitions) logs.push({ records: [], producers: new Map() });
    for (const group of this.#groups.values()) group.grow(topic);
  }

  topics(): string[] {
    return [...this.#topics.keys()];
  }

  /** How many partitions the topic has, or 0. */
  partitions(topic: string): number {
    return this.#topics.get(topic)?.length ?? 0;
  }

  /** The topic's records, one partition after the other; of transactions those that are committed. */
  records(topic: string): StoredRecord[] {
    const all = (this.#topics.get(topic) ?? []).flatMap(({ records }) => records);
    return all.filter((record) => this.#transactions.isVisible(record) === true);
  }

  /**
   * At most `limit` records of a partition from `offset` on, as one who reads what is committed gets them: up to the first
   * of a transaction that is open, and without those of aborted ones.
   */
  read(topic: string, partition: number, offset = 0n, limit = 500): StoredRecord[] {
    return this.readUpTo(topic, partition, offset, limit).records;
  }

  /** @internal {@link read}, with the offset where reading goes on. */
  readUpTo(
    topic: string,
    partition: number,
    offset: bigint,
    limit = 500,
  ): { readonly records: StoredRecord[]; readonly nextOffset: bigint } {
    const log = this.#topics.get(topic)?.[partition]?.records ?? [];
    const records: StoredRecord[] = [];
    let next = Number(offset);
    for (let record = log[next]; record !== undefined && records.length < limit; record = log[next]) {
      const isVisible = this.#transactions.isVisible(record);
      if (isVisible === undefined) break;
      if (isVisible) records.push(record);
      next += 1;
    }
    return { records, nextOffset: BigInt(next) };
  }

  /** Calls `listener` with each record that is stored from now on; of transactions those that are committed, then. @returns what ends it. */
  onAppend(listener: (record: StoredRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The next `count` produce calls store their records, and their producers get no acknowledgement. */
  loseAcks(count: number): void {
    this.#lostAcks = count;
  }

  /** While true, nothing connects and nothing is stored, as with a broker that is down. */
  refuse(refusing: boolean): void {
    this.#refusing = refusing;
    if (refusing) for (const listener of this.#refused) listener();
  }

  /** What a consumer group has committed of a partition: the offset that is read next. */
  committed(groupId: string, topic: string, partition: number): bigint | undefined {
    return this.#groups.get(groupId)?.committed({ topic, partition });
  }

  /** Calls wait from now on, as with a broker whose process is stopped, until {@link resume}. */
  stall(): void {
    if (this.#stalled) return;
    let resume: (() => void) | undefined;
    const over = new Promise<void>((resolve) => {
      resume = resolve;
    });
    this.#stalled = { over, end: () => resume?.() };
  }

  resume(): void {
    this.#stalled?.end();
    this.#stalled = undefined;
  }

  /** @internal What a call has to wait for first. */
  get stalled(): Promise<void> | undefined {
    return this.#stalled?.over;
  }

  /** @internal */
  assertReachable(): void {
    if (this.#refusing) throw new DriverError('unavailable', 'The memory cluster refuses connections.');
  }

  /** @internal Calls `listener` when connections are cut. @returns what ends it. */
  onRefuse(listener: () => void): () => void {
    this.#refused.add(listener);
    return () => this.#refused.delete(listener);
  }

  /** @internal Calls `listener` where there is something to read. @returns what ends it. */
  onProgress(listener: (partition: TopicPartition) => void): () => void {
    this.#progress.add(listener);
    return () => this.#progress.delete(listener);
  }

  /** @internal */
  group(groupId: string): MemoryGroup {
    let group = this.#groups.get(groupId);
    if (!group) {
      group = new MemoryGroup(this);
      this.#groups.set(groupId, group);
    }
    return group;
  }

  /** @internal */
  endOffset(topic: string, partition: number): bigint {
    return BigInt(this.#topics.get(topic)?.[partition]?.records.length ?? 0);
  }

  /** @internal */
  nextProducerId(): number {
    this.#producerIds += 1;
    return this.#producerIds;
  }

  /** @internal */
  partitionsOf(topic: string): number {
    if (this.#autoCreateTopics) this.createTopic(topic);
    const partitions = this.partitions(topic);
    if (partitions === 0) throw new DriverError('unknown-topic', `There is no topic ${topic}.`);
    return partitions;
  }

  /**
   * @internal Stores a batch once, however often its producer brings it.
   * @returns the offset of its first record.
   */
  append(
    topic: string,
    partition: number,
    records: readonly ProducerRecord[],
    producerId: number,
    firstSequence: number,
  ): bigint {
    const log = this.#topics.get(topic)?.[partition];
    if (!log) throw new DriverError('unknown-topic', `There is no partition ${partition} of ${topic}.`);
    const last = log.producers.get(producerId);
    if (last && last.firstSequence === firstSequence && last.count === records.length) return last.baseOffset;
    if (firstSequence !== (last ? last.firstSequence + last.count : 0)) {
      throw new DriverError(
        'sequence',
        `Sequence ${firstSequence} is not the next one of ${topic}-${partition}.`,
      );
    }
    const stored = this.#store(log, topic, partition, records);
    const baseOffset = BigInt(log.records.length - stored.length);
    log.producers.set(producerId, { firstSequence, count: records.length, baseOffset });
    this.#tell(stored);
    return baseOffset;
  }

  /** @internal */
  takeTransactionalId(id: string): number {
    const { epoch, aborted } = this.#transactions.take(id);
    if (aborted) this.#tell(aborted.records);
    return epoch;
  }

  /** @internal */
  beginTransaction(id: string, epoch: number): MemoryTransaction {
    return this.#transactions.begin(id, epoch);
  }

  /** @internal @returns the offset of the first record. */
  appendToTransaction(
    transaction: MemoryTransaction,
    topic: string,
    partition: number,
    records: readonly ProducerRecord[],
  ): bigint {
    this.#transactions.assertOpen(transaction);
    const log = this.#topics.get(topic)?.[partition];
    if (!log) throw new DriverError('unknown-topic', `There is no partition ${partition} of ${topic}.`);
    const stored = this.#store(log, topic, partition, records);
    this.#transactions.add(transaction, stored);
    return BigInt(log.records.length - stored.length);
  }

  /** @internal */
  endTransaction(transaction: MemoryTransaction, isCommitted: boolean): void {
    this.#transactions.end(transaction, isCommitted);
    this.#tell(transaction.records);
  }

  #store(
    log: Partition,
    topic: string,
    partition: number,
    records: readonly ProducerRecord[],
  ): readonly StoredRecord[] {
    const baseOffset = BigInt(log.records.length);
    const stored = records.map((record, index) => ({
      ...record,
      topic,
      partition,
      offset: baseOffset + BigInt(index),
    }));
    log.records.push(...stored);
    return stored;
  }

  /** These records may be read now, or never will be: what stands behind them may be read in either case. */
  #tell(records: readonly StoredRecord[]): void {
    for (const record of records) {
      for (const listener of this.#progress) listener(record);
      if (this.#transactions.isVisible(record) !== true) continue;
      for (const listener of this.#listeners) listener(record);
    }
  }

  /** @internal Is this call's acknowledgement one that gets lost? */
  losesAck(): boolean {
    if (this.#lostAcks === 0) return false;
    this.#lostAcks -= 1;
    return true;
  }
}
