import type { PartitionOffset, TopicPartition } from '../consumer-port.js';
import type { MessageCounts } from './message-run.js';
import type { PartitionWork } from './partition-work.js';

export interface PartitionStats extends TopicPartition {
  /** The offset below which all is done, as a decimal number; undefined before anything is. */
  readonly done: string | undefined;
  /** Messages that are not done. Undefined where nothing was read yet. */
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
  return works.map(({ topic, partition, committable: done, highWatermark }) => {
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
