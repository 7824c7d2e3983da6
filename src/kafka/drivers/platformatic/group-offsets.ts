import type { Consumer } from '@platformatic/kafka';
import type { PartitionOffset, TopicPartition } from '../../consumer-port.js';
import { byTopic } from './by-topic.js';
import { classify } from './classify.js';

/** As ListOffsets has them for a time. */
const times = { earliest: -2n, latest: -1n } as const;

/** Where the partitions begin or end. @throws DriverError */
export async function boundaryOffsets(
  consumer: Consumer,
  partitions: readonly TopicPartition[],
  boundary: keyof typeof times,
): Promise<readonly PartitionOffset[]> {
  if (partitions.length === 0) return [];
  const topics = byTopic(partitions);
  try {
    const found = await consumer.listOffsets({
      topics: topics.map(({ topic }) => topic),
      partitions: Object.fromEntries(topics.map((each) => [each.topic, each.partitions])),
      timestamp: times[boundary],
    });
    return partitions.flatMap(({ topic, partition }) => {
      const offset = found.get(topic)?.[partition];
      return offset === undefined ? [] : [{ topic, partition, offset }];
    });
  } catch (reason) {
    throw classify(reason);
  }
}

/** What the group has committed; of a partition of which it has not, nothing. @throws DriverError */
export async function committedOffsets(
  consumer: Consumer,
  partitions: readonly TopicPartition[],
): Promise<readonly PartitionOffset[]> {
  if (partitions.length === 0) return [];
  try {
    const found = await consumer.listCommittedOffsets({ topics: [...byTopic(partitions)] });
    return partitions.flatMap(({ topic, partition }) => {
      const offset = found.get(topic)?.[partition] ?? -1n;
      return offset < 0n ? [] : [{ topic, partition, offset }];
    });
  } catch (reason) {
    throw classify(reason);
  }
}
