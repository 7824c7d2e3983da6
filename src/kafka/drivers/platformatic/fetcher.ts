import type { Consumer } from '@platformatic/kafka';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConsumerListener, partitionKey, type TopicPartition } from '../../consumer-port.js';
import type { Logger } from '../../../protocols/logger.js';
import { settlesWithin } from '../../settles-within.js';
import { classify, withInnerErrors } from './classify.js';
import { fetchedRecords, type FetchResponse, type FetchResponsePartition } from './fetched-records.js';
import { boundaryOffsets, committedOffsets } from './group-offsets.js';
import type { PartitionReading } from './partition-reading.js';

/** How long a fetch waits for records. Whatever else goes to the same broker waits behind it. */
const maxWaitMs = 100;
const maxBytesPerPartition = 1_048_576;
/** A partition whose work takes longer is left out of the fetches until it is done. */
const graceMs = 50;
const offsetOutOfRange = 1;

export interface FetcherOptions {
  readonly consumer: Consumer;
  readonly listener: ConsumerListener;
  readonly autoOffsetReset: 'earliest' | 'latest';
  readonly retryBackoffMs: number;
  readonly logger: Logger;
  readonly paused: ReadonlySet<string>;
}

/**
 * Reads the partitions of one assignment until it is ended: of each broker that leads some of them one fetch at a time, of
 * those that are neither paused nor worked on.
 */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #readings: ReadonlyMap<string, PartitionReading>;
  readonly #ending = new AbortController();
  /** Brokers that are fetched from. */
  readonly #nodes = new Set<number>();
  #wakes = 0;
  #topicIds: ReadonlyMap<string, string> = new Map();

  constructor(partitions: readonly TopicPartition[], options: FetcherOptions) {
    this.#options = options;
    this.#readings = new Map(
      partitions.map((partition) => [
        partitionKey(partition),
        { ...partition, position: undefined, isBusy: false },
      ]),
    );
    if (partitions.length > 0) void this.#begin();
  }

  /** Hands out nothing more. */
  end(): void {
    this.#ending.abort();
  }

  /** Something may be fetched that could not be before. */
  wake(): void {
    this.#wakes += 1;
    if (!this.#ending.signal.aborted) void this.#fetchAll();
  }

  seek(partition: TopicPartition, offset: bigint): void {
    const reading = this.#readings.get(partitionKey(partition));
    if (!reading) return;
    reading.position = offset;
    this.wake();
  }

  get #all(): readonly PartitionReading[] {
    return [...this.#readings.values()];
  }

  /** Never rejects. */
  async #begin(): Promise<void> {
    const { consumer, logger } = this.#options;
    while (!this.#ending.signal.aborted) {
      try {
        for (const { offset, ...partition } of await committedOffsets(consumer, this.#all)) {
          const reading = this.#readings.get(partitionKey(partition));
          if (reading) reading.position ??= offset;
        }
        await this.#reset(this.#all.filter(({ position }) => position === undefined));
        this.wake();
        return;
      } catch (reason) {
        logger.warn('Kafka positions not known', { error: classify(reason).message });
        await this.#pause();
      }
    }
  }

  /** Where a group without a committed offset begins. */
  async #reset(readings: readonly PartitionReading[]): Promise<void> {
    const { autoOffsetReset, consumer } = this.#options;
    for (const { offset, ...partition } of await boundaryOffsets(consumer, readings, autoOffsetReset)) {
      const reading = this.#readings.get(partitionKey(partition));
      if (reading) reading.position ??= offset;
    }
  }

  /** Has all brokers fetched from that lead something to fetch. Never rejects. */
  async #fetchAll(): Promise<void> {
    try {
      for (const node of (await this.#ready()).keys()) void this.#fetchFrom(node);
    } catch (reason) {
      this.#options.logger.debug('Kafka metadata not known', { error: classify(reason).message });
      await this.#pause();
      this.wake();
    }
  }

  /** Fetches from a broker as long as there is something to fetch. Never rejects. */
  async #fetchFrom(node: number): Promise<void> {
    if (this.#nodes.has(node)) return;
    this.#nodes.add(node);
    let wakes = this.#wakes;
    let hasFailed = false;
    try {
      while (!this.#ending.signal.aborted) {
        wakes = this.#wakes;
        const ready = await this.#ready();
        // What another broker leads by now has nobody else who would notice.
        for (const other of ready.keys()) if (!this.#nodes.has(other)) void this.#fetchFrom(other);
        const readings = ready.get(node) ?? [];
        if (readings.length === 0) break;
        await this.#fetch(node, readings);
      }
    } catch (reason) {
      hasFailed = true;
      this.#options.logger.warn('Kafka fetch failed', { error: classify(reason).message });
      this.#options.consumer.clearMetadata();
      await this.#pause();
    }
    this.#nodes.delete(node);
    // Whoever woke it meanwhile took it for running.
    if (hasFailed || wakes !== this.#wakes) this.wake();
  }

  /** What may be fetched now, by the broker that leads it. */
  async #ready(): Promise<ReadonlyMap<number, readonly PartitionReading[]>> {
    const { consumer, paused } = this.#options;
    const { topics } = await consumer.metadata({ topics: consumer.topics.current });
    this.#topicIds = new Map([...topics].map(([name, { id }]) => [name, id]));
    const ready = new Map<number, PartitionReading[]>();
    for (const reading of this.#readings.values()) {
      const node = topics.get(reading.topic)?.partitions[reading.partition]?.leader;
      const mayBe = reading.position !== undefined && !reading.isBusy && !paused.has(partitionKey(reading));
      if (node === undefined || !mayBe) continue;
      const readings = ready.get(node) ?? [];
      readings.push(reading);
      ready.set(node, readings);
    }
    return ready;
  }

  async #fetch(node: number, readings: readonly PartitionReading[]): Promise<void> {
    const { consumer } = this.#options;
    const asked = new Map(readings.map((reading) => [reading, reading.position ?? 0n]));
    const topics = [...new Set(readings.map(({ topic }) => topic))].map((topic) => ({
      topicId: this.#topicIds.get(topic) ?? '',
      partitions: readings
        .filter((reading) => reading.topic === topic)
        .map((reading) => ({
          partition: reading.partition,
          currentLeaderEpoch: -1,
          fetchOffset: asked.get(reading) ?? 0n,
          lastFetchedEpoch: -1,
          partitionMaxBytes: maxBytesPerPartition,
        })),
    }));
    let response: FetchResponse;
    try {
      response = await consumer.fetch({ node, topics, maxWaitTime: maxWaitMs });
    } catch (reason) {
      if (!(await this.#isReset(reason, asked))) throw reason;
      return;
    }
    const rooms = [...this.#found(response, asked)].map(([reading, position, found]) =>
      this.#handOut(reading, position, found),
    );
    if (rooms.length > 0) await settlesWithin(graceMs, Promise.all(rooms));
  }

  *#found(
    { responses }: FetchResponse,
    asked: ReadonlyMap<PartitionReading, bigint>,
  ): Generator<readonly [PartitionReading, bigint, FetchResponsePartition]> {
    for (const { topicId, partitions } of responses) {
      for (const found of partitions) {
        for (const [reading, position] of asked) {
          const isIt =
            reading.partition === found.partitionIndex && this.#topicIds.get(reading.topic) === topicId;
          if (isIt) yield [reading, position, found];
        }
      }
    }
  }

  /** Never rejects. */
  async #handOut(reading: PartitionReading, position: bigint, found: FetchResponsePartition): Promise<void> {
    const { listener, logger, paused } = this.#options;
    const { topic, partition } = reading;
    const key = partitionKey(reading);
    // It was paused, or sent elsewhere, while the fetch was under way.
    if (this.#ending.signal.aborted || paused.has(key) || reading.position !== position) return;
    const { records, nextOffset } = fetchedRecords(found, position);
    if (nextOffset === position) return;
    reading.position = nextOffset;
    reading.isBusy = true;
    const highWatermark = found.lastStableOffset < 0n ? found.highWatermark : found.lastStableOffset;
    try {
      await listener.onBatch({ topic, partition, records, nextOffset, highWatermark });
    } catch (reason) {
      logger.error('A listener failed on a batch', { partition: key, error: String(reason) });
    } finally {
      reading.isBusy = false;
    }
    this.wake();
  }

  /** Were some of the offsets no longer, or not yet, there? Then those partitions begin anew. */
  async #isReset(reason: unknown, asked: ReadonlyMap<PartitionReading, bigint>): Promise<boolean> {
    const response = responseOf(reason);
    if (!response) return false;
    const lost = [...this.#found(response, asked)].filter(
      ([{ position }, before, { errorCode }]) => errorCode === offsetOutOfRange && position === before,
    );
    if (lost.length === 0) return false;
    for (const [reading] of lost) reading.position = undefined;
    this.#options.logger.warn('Kafka has not the offsets that were asked for', {
      partitions: lost.map(([reading]) => partitionKey(reading)),
    });
    await this.#reset(lost.map(([reading]) => reading));
    return true;
  }

  async #pause(): Promise<void> {
    const { retryBackoffMs } = this.#options;
    await sleep(Math.max(retryBackoffMs, 100), undefined, { signal: this.#ending.signal }).catch(
      () => undefined,
    );
  }
}

/** What came with an error of the brokers. */
function responseOf(reason: unknown): FetchResponse | undefined {
  const told = withInnerErrors(reason).find(({ response }) => typeof response === 'object');
  return told?.response as FetchResponse | undefined;
}
