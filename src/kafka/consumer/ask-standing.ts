import { describeError } from '../../errors/describe.js';
import type { Logger } from '../../protocols/logger.js';
import type { ConsumerOptions, ConsumerPort, PartitionOffset, TopicPartition } from '../consumer-port.js';
import type { PartitionWork } from './partition-work.js';

/**
 * Asks where the group stands in partitions that were just assigned, so that their lag is true before they bring anything,
 * and if they never do. Never rejects: until the first batch it is not known then.
 */
export async function askStanding(
  port: ConsumerPort | undefined,
  works: readonly PartitionWork[],
  autoOffsetReset: ConsumerOptions['autoOffsetReset'],
  logger: Logger,
): Promise<void> {
  if (!port?.committed || works.length === 0) return;
  const partitions = works.map(({ topic, partition }) => ({ topic, partition }));
  try {
    const [committed, ends] = await Promise.all([port.committed(partitions), port.endOffsets(partitions)]);
    for (const work of works) {
      const end = offsetIn(ends, work);
      if (end === undefined) continue;
      const beginsAtEnd = end === 0n || autoOffsetReset === 'latest';
      work.standsAt(offsetIn(committed, work) ?? (beginsAtEnd ? end : undefined), end);
    }
  } catch (error) {
    logger.debug('lag not known yet', { error: describeError(error) });
  }
}

/** Asks where partitions end that are not read now. Never rejects: it is known as of before then. */
export async function askEnds(
  port: ConsumerPort | undefined,
  works: readonly PartitionWork[],
  logger: Logger,
): Promise<void> {
  try {
    const ends = (await port?.endOffsets(works.map(({ topic, partition }) => ({ topic, partition })))) ?? [];
    for (const work of works) {
      const end = offsetIn(ends, work);
      if (end !== undefined) work.endsAt(end);
    }
  } catch (error) {
    logger.debug('ends of partitions not known', { error: describeError(error) });
  }
}

function offsetIn(offsets: readonly PartitionOffset[], of: TopicPartition): bigint | undefined {
  return offsets.find(({ topic, partition }) => topic === of.topic && partition === of.partition)?.offset;
}
