import { type MetricSample, samplesOf } from '../../observability/metric-source.js';
import type { EventConsumerStats } from './consumer-stats.js';

export function consumerSamples(stats: EventConsumerStats, groupId: string): readonly MetricSample[] {
  const labels = { messaging_consumer_group_name: groupId };
  const { lastCommit, partitions } = stats;
  return [
    ...samplesOf(
      {
        consumerHandled: stats.handled,
        consumerFailedAttempts: stats.failedAttempts,
        consumerDeferred: stats.deferred,
        consumerDeadLetters: stats.deadLetters,
        consumerIgnored: stats.ignored,
        consumerAbandoned: stats.abandoned,
        consumerRunning: stats.running,
        ...(lastCommit && { consumerLastCommit: lastCommit.getTime() / 1000 }),
      },
      labels,
    ),
    ...partitions.flatMap(({ topic, partition, lag }) => {
      if (lag === undefined) return [];
      const where = {
        messaging_destination_name: topic,
        messaging_destination_partition_id: String(partition),
      };
      return samplesOf({ consumerLag: lag }, { ...labels, ...where });
    }),
  ];
}
