import { DriverError } from '../../driver-error.js';
import type { ProducerRecord } from '../../producer-port.js';
import { MemoryGroup } from './memory-group.js';

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
  readonly #refused = new Set<() => void>();
  readonly #groups = new Map<string, MemoryGroup>();
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

  /** The topic's records, one partition after the other. */
  records(topic: string): StoredRecord[] {
    return (this.#topics.get(topic) ?? []).flatMap(({ records }) => records);
  }

  /** At most `limit` records of a partition from `offset` on. */
  read(topic: string, partition: number, offset = 0n, limit = 500): StoredRecord[] {
    const records = this.#topics.get(topic)?.[partition]?.records ?? [];
    return records.slice(Number(offset), Number(offset) + limit);
  }

  /** Calls `listener` with each record that is stored from now on. @returns what ends it. */
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
    const baseOffset = BigInt(log.records.length);
    log.producers.set(producerId, { firstSequence, count: records.length, baseOffset });
    const stored = records.map((record, index) => ({
      ...record,
      topic,
      partition,
      offset: baseOffset + BigInt(index),
    }));
    log.records.push(...stored);
    for (const listener of this.#listeners) for (const record of stored) listener(record);
    return baseOffset;
  }

  /** @internal Is this call's acknowledgement one that gets lost? */
  losesAck(): boolean {
    if (this.#lostAcks === 0) return false;
    this.#lostAcks -= 1;
    return true;
  }
}
