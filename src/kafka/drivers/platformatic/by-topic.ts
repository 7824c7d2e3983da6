import type { TopicPartition } from '../../consumer-port.js';

/** Partitions as @platformatic/kafka's requests have them. */
export function byTopic(
  partitions: readonly TopicPartition[],
): readonly { topic: string; partitions: number[] }[] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  return Array.from(topics, ([topic, numbers]) => ({ topic, partitions: numbers }));
}
