import { type MetricSample, samplesOf } from '../observability/metric-source.js';
import type { KafkaBusStats } from './dispatcher.js';

export function busSamples(stats: KafkaBusStats, clientId: string): readonly MetricSample[] {
  return samplesOf(
    {
      publisherBuffered: stats.buffered,
      publisherBufferedBytes: stats.bufferedBytes,
      publisherWaiting: stats.waiting,
      publisherInFlight: stats.inFlight,
      publisherAcknowledged: stats.acknowledged,
      publisherFailed: stats.failed,
      publisherRetries: stats.retries,
      publisherRetired: stats.retiredProducers,
    },
    { messaging_client_id: clientId },
  );
}
