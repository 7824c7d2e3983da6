import { type MetricSample, samplesOf } from '../observability/metric-source.js';
import type { IdempotencyStats } from './receiver-telemetry.js';

export function receiverSamples(stats: IdempotencyStats, service: string): readonly MetricSample[] {
  return samplesOf(
    {
      idempotencyProcessed: stats.processed,
      idempotencyCommitted: stats.committed,
      idempotencyFailed: stats.failed,
      idempotencyReleased: stats.released,
      idempotencyDuplicates: stats.duplicates,
      idempotencyLegacy: stats.legacy,
      idempotencyInProgress: stats.inProgress,
      idempotencyRacesLost: stats.racesLost,
      idempotencyFailOpen: stats.failOpen,
      idempotencyUnidentified: stats.unidentified,
      idempotencyTakenOver: stats.takenOver,
      idempotencyRenewals: stats.renewals,
      idempotencyLostClaims: stats.lostClaims,
      idempotencyUnconfirmed: stats.unconfirmed,
      idempotencyRepeats: stats.repeats,
    },
    { service },
  );
}
