import { type MetricSample, samplesOf } from '../observability/metric-source.js';
import type { PubSubStats } from './pubsub-stats.js';

export function pubsubSamples(stats: PubSubStats, clientId: string): readonly MetricSample[] {
  const labels = { client_id: clientId };
  return [
    ...samplesOf({ pubsubSubscriptions: stats.channels }, { ...labels, kind: 'channel' }),
    ...samplesOf({ pubsubSubscriptions: stats.streams }, { ...labels, kind: 'stream' }),
    ...samplesOf(
      { pubsubReceived: stats.received, pubsubDropped: stats.dropped, pubsubGaps: stats.gaps },
      labels,
    ),
  ];
}
