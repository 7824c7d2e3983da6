import type { KafkaSecuritySettings } from '../protocols/kafka-security.js';
import type { KafkaDriverName, KafkaSettings } from '../protocols/settings.js';
import type { KafkaDriver } from './producer-port.js';
import { settingsError } from './settings-error.js';

/** What a {@link KafkaBus} is made from. `KafkaSettings` of the environment fits; a client id alone suffices. */
export interface KafkaBusSettings
  extends
    KafkaSecuritySettings,
    Partial<
      Pick<
        KafkaSettings,
        'requestTimeoutMs' | 'retryBackoffMs' | 'deliveryTimeoutMs' | 'compression' | 'startup' | 'enabled'
      >
    > {
  /** Names the producer on the broker and in logs. */
  readonly clientId: string;
  /** `host:port`, several of them as an array or with commas, or `memory://` and `memory://name`. Default `kafka:9092`. */
  readonly bootstrapServers?: string | readonly string[];
  /** How long `start()` tries to reach Kafka. Milliseconds, default 5000. */
  readonly startTimeoutMs?: number;
  /** How long `stop()` waits for publishes to be acknowledged. Milliseconds, default 5000. */
  readonly drainTimeoutMs?: number;
  /** What publishes not yet acknowledged may hold in memory before new ones wait. Bytes, default 32 MiB. */
  readonly maxBufferedBytes?: number;
  /** The longest a publish waits for room in the buffer. Milliseconds, default 10000. */
  readonly maxBlockMs?: number;
  /** The largest message: key, value and headers. Bytes, default 1000000; Kafka's own default allows 1048588 a batch. */
  readonly maxMessageBytes?: number;
  /** Messages of one request. Default 1000: larger ones are slower in kafkajs (docs/kafka.md). */
  readonly maxBatchMessages?: number;
  /** Bytes of one partition's batch. Default 900000. */
  readonly maxBatchBytes?: number;
  /**
   * What the brokers know this producer's transactions by, over restarts: whoever takes it next fences this one, and ends what
   * it left open. One for each process that runs at the same time. Default: one of its own, which nobody takes.
   */
  readonly transactionalId?: string;
  /** The longest a transaction takes. Milliseconds, default 60000; the brokers allow 900000 by default. */
  readonly transactionTimeoutMs?: number;
  /** Default `kafkajs`, or `memory` where the address says so. Or one that you made. */
  readonly driver?: KafkaDriver | KafkaDriverName;
}

/** {@link KafkaBusSettings} with every default in place. */
export type ResolvedSettings = Required<
  Omit<KafkaBusSettings, 'bootstrapServers' | 'driver' | 'transactionalId' | keyof KafkaSecuritySettings>
> &
  Pick<KafkaBusSettings, 'transactionalId'>;

export function resolveSettings(settings: KafkaBusSettings): ResolvedSettings {
  if (settings.clientId === '') throw settingsError('clientId is empty', 'Give the producer a name.');
  const resolved: ResolvedSettings = {
    clientId: settings.clientId,
    requestTimeoutMs: settings.requestTimeoutMs ?? 40_000,
    retryBackoffMs: settings.retryBackoffMs ?? 100,
    deliveryTimeoutMs: settings.deliveryTimeoutMs ?? 30_000,
    startTimeoutMs: settings.startTimeoutMs ?? 5_000,
    drainTimeoutMs: settings.drainTimeoutMs ?? 5_000,
    maxBufferedBytes: settings.maxBufferedBytes ?? 32 * 1024 * 1024,
    maxBlockMs: settings.maxBlockMs ?? 10_000,
    maxMessageBytes: settings.maxMessageBytes ?? 1_000_000,
    maxBatchMessages: settings.maxBatchMessages ?? 1_000,
    maxBatchBytes: settings.maxBatchBytes ?? 900_000,
    transactionTimeoutMs: settings.transactionTimeoutMs ?? 60_000,
    compression: settings.compression ?? 'none',
    ...(settings.transactionalId !== undefined && { transactionalId: settings.transactionalId }),
    startup: settings.startup ?? 'required',
    enabled: settings.enabled ?? true,
  };
  if (settings.transactionalId === '')
    throw settingsError('transactionalId is empty', 'Give it a name, or leave it out.');
  for (const [name, value] of Object.entries(resolved)) {
    if (typeof value === 'number' && !(value > 0 && value <= 0x7fffffff)) {
      throw settingsError(`${name} is ${value}`, 'Give a number from 1 to 2147483647.');
    }
  }
  return resolved;
}

/** One request must leave time for a second one within the delivery timeout. */
export function requestTimeoutOf({ requestTimeoutMs, deliveryTimeoutMs }: ResolvedSettings): number {
  return Math.min(requestTimeoutMs, Math.max(1_000, Math.floor(deliveryTimeoutMs / 2)));
}
