import type { ClusterDescription, KafkaDriver } from '../../kafka/producer-port.js';
import { silentLogger } from '../../protocols/logger.js';
import type { KafkaSettings } from '../../protocols/settings.js';
import type { CheckRun } from './run.js';

/** Asks the brokers; nothing where the driver cannot. @throws DriverError */
export function clusterOf(
  run: CheckRun,
  { clientId, retryBackoffMs }: KafkaSettings,
  driver: KafkaDriver,
  topics: readonly string[] = [],
): Promise<ClusterDescription> | undefined {
  return driver.describeCluster?.(
    {
      clientId: `${clientId}-check`,
      // What hangs is named before the step ends.
      connectTimeoutMs: Math.ceil(run.timeoutMs * 0.4),
      requestTimeoutMs: Math.ceil(run.timeoutMs * 0.8),
      retryBackoffMs,
      logger: silentLogger,
    },
    topics,
  );
}
