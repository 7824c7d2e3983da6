import type { PartitionOffset, TopicPartition } from '../../consumer-port.js';
import type { Coordinator, GroupCluster } from './group-seam.js';
import { byTopic } from './record-batch.js';

/** Where partitions end, by asking their leaders. */
export async function fetchEnds(
  cluster: GroupCluster,
  partitions: readonly TopicPartition[],
): Promise<readonly PartitionOffset[]> {
  const topics = byTopic(partitions, ({ partition }) => ({ partition }));
  const found = await cluster.fetchTopicsOffset(topics.map((each) => ({ ...each, fromBeginning: false })));
  return found.flatMap(({ topic, partitions: ends }) =>
    ends.map(({ partition, offset }) => ({ topic, partition, offset: BigInt(offset) })),
  );
}

/** What a group has committed, by asking its coordinator; of a partition of which it has not, nothing. */
export async function fetchCommitted(
  coordinator: Coordinator,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<readonly PartitionOffset[]> {
  const topics = byTopic(partitions, ({ partition }) => ({ partition }));
  const { responses } = await coordinator.offsetFetch({ groupId, topics });
  const offsets = responses.flatMap(({ topic, partitions: committed }) =>
    committed.map(({ partition, offset }) => ({ topic, partition, offset: BigInt(offset) })),
  );
  return offsets.filter(({ offset }) => offset >= 0n);
}
