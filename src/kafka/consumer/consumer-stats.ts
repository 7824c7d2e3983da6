import type { PartitionOffset, TopicPartition } from '../consumer-port.js';
import type { MessageCounts } from './message-run.js';
import type { PartitionWork } from './partition-work.js';

export interface PartitionStats extends TopicPartition {
  /** The offset below which all is done, as a decimal number; undefined while it is not known. */
  readonly done: string | undefined;
  /** Messages that are not done, as of the last fetch, or as asked while none is made. Undefined while `done` is. */
  readonly lag: number | undefined;
}

/** What a consumer has done and has to do. Counts are since it was made. */
export interface EventConsumerStats extends Readonly<MessageCounts> {
  /** Handlers that run now, those between two attempts included. */
  readonly running: number;
  readonly partitions: readonly PartitionStats[];
  /** When offsets were committed last. */
  readonly lastCommit: Date | undefined;
}

/** @param ends where the partitions end; without it, as of when each was read last. */
export function partitionStats(
  works: readonly PartitionWork[],
  ends?: readonly PartitionOffset[],
): readonly PartitionStats[] {
  return works.map(({ topic, partition, done, highWatermark }) => {
    const asked = ends?.find((each) => each.topic === topic && each.partition === partition)?.offset;
    const end = ends ? asked : highWatermark;
    return {
      topic,
      partition,
      done: done === undefined ? undefined : String(done),
      lag: done === undefined || end === undefined ? undefined : Math.max(0, Number(end - done)),
    };
  });
}

/** Messages that are not done in all; null while that is not known of each partition. */
export function totalLag(partitions: readonly PartitionStats[]): number | null {
  if (partitions.some(({ lag }) => lag === undefined)) return null;
  return partitions.reduce((sum, { lag = 0 }) => sum + lag, 0);
}
