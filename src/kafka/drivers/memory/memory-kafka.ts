import type { TopicPartition } from '../../consumer-port.js';
import { DriverError } from '../../driver-error.js';
import type { ProducerRecord } from '../../producer-port.js';
import { MemoryFaults } from './memory-faults.js';
import { MemoryGroup } from './memory-group.js';
import { MemoryLog, type ReadRecords, type StoredRecord } from './memory-log.js';
import { type MemoryTransaction, MemoryTransactionsLog } from './memory-transactions-log.js';

export interface MemoryKafkaOptions {
  /** Partitions of a topic that is created by its first use. Default 1, as in Apache Kafka. */
  readonly defaultPartitions?: number;
  /** Whether a topic's first use creates it. Default true, as in Apache Kafka. */
  readonly autoCreateTopics?: boolean;
}

const shared = new Map<string, MemoryKafka>();

/**
 * A Kafka cluster in this process: topics, partitions, offsets and idempotent producers, without a network. For tests
 * and for running a service with nothing installed. It forgets everything with the process.
 */
export class MemoryKafka {
  /** @internal */
  readonly faults = new MemoryFaults();
  readonly #topics = new Map<string, MemoryLog[]>();
  readonly #defaultPartitions: number;
  readonly #autoCreateTopics: boolean;
  readonly #listeners = new Set<(record: StoredRecord) => void>();
  readonly #progress = new Set<(partition: TopicPartition) => void>();
  readonly #groups = new Map<string, MemoryGroup>();
  readonly #transactions = new MemoryTransactionsLog();
  readonly #isVisible = this.#transactions.isVisible.bind(this.#transactions);
  #producerIds = 0;

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
      Array.from({ length: partitions }, (_, partition) => new MemoryLog(topic, partition)),
    );
  }

  /** Adds partitions to a topic, up to `partitions` of them. Groups that consume it share them out at once. */
  addPartitions(topic: string, partitions: number): void {
    const logs = this.#topics.get(topic);
    if (!logs) throw new DriverError('unknown-topic', `There is no topic ${topic}.`);
    while (logs.length < partitions) logs.push(new MemoryLog(topic, logs.length));
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
    return all.filter((record) => this.#isVisible(record) === true);
  }

  /**
   * At most `limit` records of a partition from `offset` on, as one who reads what is committed gets them: up to the first
   * of a transaction that is open, and without those of aborted ones.
   */
  read(topic: string, partition: number, offset = 0n, limit = 500): StoredRecord[] {
    return this.readUpTo(topic, partition, offset, limit).records;
  }

  /** Calls `listener` with each record that is stored from now on; of transactions those that are committed, then. @returns what ends it. */
  onAppend(listener: (record: StoredRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What a consumer group has committed of a partition: the offset that is read next. */
  committed(groupId: string, topic: string, partition: number): bigint | undefined {
    return this.#groups.get(groupId)?.committed({ topic, partition });
  }

  /** The next `count` calls that write store their records, and get no acknowledgement. */
  loseAcks(count: number): void {
    this.faults.loseAcks(count);
  }

  /** While true, nothing connects and nothing is stored, as with a broker that is down. */
  refuse(refusing: boolean): void {
    this.faults.refuse(refusing);
  }

  /** Breaks every connection, with what is on its way. New ones are taken. */
  cut(): void {
    this.faults.cut();
  }

  /** Calls wait from now on, as with a broker whose process is stopped, until {@link resume}. */
  stall(): void {
    this.faults.stall();
  }

  resume(): void {
    this.faults.resume();
  }

  /** The leaders of all partitions move: the next call of each producer is refused, as it asks the former ones. */
  moveLeaders(): void {
    this.faults.moveLeaders();
  }

  /** The topic takes so many bytes of one partition at once, and refuses what is larger; undefined: any number. */
  limit(topic: string, bytes: number | undefined): void {
    this.faults.limit(topic, bytes);
  }

  /** Nobody may write to the topic; false: all may again. */
  forbid(topic: string, isForbidden = true): void {
    this.faults.forbid(topic, isForbidden);
  }

  /**
   * Throws all members out of a consumer group, as the brokers do with those whose session has ended. They join again.
   * Resolves when they have.
   */
  async evict(groupId: string): Promise<void> {
    await this.#groups.get(groupId)?.evict();
  }

  /** @internal {@link read}, with the offset where reading goes on. */
  readUpTo(topic: string, partition: number, offset: bigint, limit = 500): ReadRecords {
    const log = this.#topics.get(topic)?.[partition];
    return log?.readUpTo(offset, limit, this.#isVisible) ?? { records: [], nextOffset: offset };
  }

  /** @internal Calls `listener` where there is something to read. @returns what ends it. */
  onProgress(listener: (partition: TopicPartition) => void): () => void {
    this.#progress.add(listener);
    return () => this.#progress.delete(listener);
  }

  /** @internal */
  group(groupId: string): MemoryGroup {
    const group = this.#groups.get(groupId) ?? new MemoryGroup(this);
    this.#groups.set(groupId, group);
    return group;
  }

  /** @internal */
  endOffset(topic: string, partition: number): bigint {
    return this.#topics.get(topic)?.[partition]?.endOffset ?? 0n;
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
    const { baseOffset, stored } = this.#log(topic, partition).append(records, producerId, firstSequence);
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
    const log = this.#log(topic, partition);
    const baseOffset = log.endOffset;
    this.#transactions.add(transaction, log.store(records));
    return baseOffset;
  }

  /** @internal */
  endTransaction(transaction: MemoryTransaction, isCommitted: boolean): void {
    this.#transactions.end(transaction, isCommitted);
    this.#tell(transaction.records);
  }

  #log(topic: string, partition: number): MemoryLog {
    const log = this.#topics.get(topic)?.[partition];
    if (!log) throw new DriverError('unknown-topic', `There is no partition ${partition} of ${topic}.`);
    return log;
  }

  /** These records may be read now, or never will be: what stands behind them may be read in either case. */
  #tell(records: readonly StoredRecord[]): void {
    for (const record of records) {
      for (const listener of this.#progress) listener(record);
      if (this.#isVisible(record) !== true) continue;
      for (const listener of this.#listeners) listener(record);
    }
  }
}
