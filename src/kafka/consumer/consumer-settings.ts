import { SlipwayError } from '../../errors/slipway-error.js';
import type { BackoffSettings, HandlingSettings } from '../../protocols/event-consumer.js';
import type { KafkaSecuritySettings } from '../../protocols/kafka-security.js';
import type { KafkaDriverName, KafkaSettings } from '../../protocols/settings.js';
import type { KafkaDriver } from '../producer-port.js';

/** What an {@link EventConsumer} is made from. `KafkaSettings` of the environment fits; a group id alone suffices. */
export interface EventConsumerSettings
  extends
    HandlingSettings,
    KafkaSecuritySettings,
    Partial<
      Pick<
        KafkaSettings,
        | 'autoOffsetReset'
        | 'sessionTimeoutMs'
        | 'requestTimeoutMs'
        | 'retryBackoffMs'
        | 'deliveryTimeoutMs'
        | 'startup'
        | 'enabled'
      >
    > {
  /** The consumer group: its members share the partitions, and it remembers what is done. */
  readonly groupId: string;
  /** Names the consumer on the broker and in logs. Default: the group id. */
  readonly clientId?: string;
  /** `host:port`, several of them as an array or with commas, or `memory://` and `memory://name`. Default `kafka:9092`. */
  readonly bootstrapServers?: string | readonly string[];
  /**
   * How many keys of one partition are handled at a time. Messages of one key always go one after the other. Default 1:
   * the partition's own order; above it, messages without a key have no order.
   */
  readonly concurrency?: number;
  /**
   * How many messages of a partition may be begun or done beyond the oldest that is not done: what a slow key or a dead
   * letter topic out of reach lets pass, and what is handled again if the process dies then. Default 500.
   */
  readonly maxInFlight?: number;
  /** Where messages go that cannot be handled. Default `<topic>.DLQ`. */
  readonly deadLetterTopic?: string | ((topic: string) => string);
  /** What becomes of events of types that nothing subscribes to, in a topic that is subscribed to. Default `ignore`. */
  readonly unknownEvents?: 'ignore' | 'dead-letter';
  /** Offsets are committed this often, and when partitions go. Milliseconds, default 1000. */
  readonly commitIntervalMs?: number;
  /** Offsets are committed earlier when so many messages are done. Default 1000. */
  readonly commitEvery?: number;
  /**
   * Partitions that are added to a topic are found after so long, and shared out anew. Milliseconds, default 60000. With
   * `autoOffsetReset: 'latest'` what is published to them before that is passed over.
   */
  readonly metadataMaxAgeMs?: number;
  /** How long `start()` tries to reach Kafka. Milliseconds, default 5000. */
  readonly startTimeoutMs?: number;
  /**
   * How long running handlers may go on when the consumer stops or its partitions go, before their signals abort. For
   * partitions that go, half of the session timeout at most. Milliseconds, default 5000.
   */
  readonly stopTimeoutMs?: number;
  /**
   * How long the consumer may be without its partitions, as it is while its group rebalances, before the service counts as
   * not ready. Milliseconds, default 30000.
   */
  readonly readinessGraceMs?: number;
  /** Stands in the headers of dead letters. Default: the client id. */
  readonly serviceName?: string;
  /** Instead of the driver that the address means. */
  readonly driver?: KafkaDriver | KafkaDriverName;
}

/** How one message is tried, with every default in place. */
export interface Handling {
  readonly attempts: number;
  readonly handlerTimeoutMs: number;
  readonly backoff: Required<BackoffSettings>;
}

/** {@link EventConsumerSettings} with every default in place. */
export interface ResolvedConsumerSettings
  extends
    Handling,
    Required<
      Omit<
        EventConsumerSettings,
        'bootstrapServers' | 'driver' | keyof Handling | keyof KafkaSecuritySettings
      >
    > {
  readonly deadLetterTopic: (topic: string) => string;
}

const maxTimerMs = 0x7fffffff;

/** @throws SlipwayError SLIPWAY_KAFKA_SETTINGS */
export function resolveConsumerSettings(settings: EventConsumerSettings): ResolvedConsumerSettings {
  if (settings.groupId === '') throw settingsError('groupId is empty', 'Give the consumer group a name.');
  const clientId = settings.clientId ?? settings.groupId;
  const { deadLetterTopic = (topic: string): string => `${topic}.DLQ` } = settings;
  const numbers = {
    sessionTimeoutMs: settings.sessionTimeoutMs ?? 30_000,
    requestTimeoutMs: settings.requestTimeoutMs ?? 40_000,
    retryBackoffMs: settings.retryBackoffMs ?? 100,
    deliveryTimeoutMs: settings.deliveryTimeoutMs ?? 30_000,
    concurrency: settings.concurrency ?? 1,
    maxInFlight: settings.maxInFlight ?? 500,
    commitIntervalMs: settings.commitIntervalMs ?? 1_000,
    commitEvery: settings.commitEvery ?? 1_000,
    metadataMaxAgeMs: settings.metadataMaxAgeMs ?? 60_000,
    startTimeoutMs: settings.startTimeoutMs ?? 5_000,
    stopTimeoutMs: settings.stopTimeoutMs ?? 5_000,
  };
  checkNumbers(numbers);
  return {
    ...numbers,
    ...resolveHandling(settings),
    groupId: settings.groupId,
    clientId,
    serviceName: settings.serviceName ?? clientId,
    autoOffsetReset: settings.autoOffsetReset ?? 'latest',
    unknownEvents: settings.unknownEvents ?? 'ignore',
    startup: settings.startup ?? 'required',
    enabled: settings.enabled ?? true,
    readinessGraceMs: settings.readinessGraceMs ?? 30_000,
    deadLetterTopic: typeof deadLetterTopic === 'string' ? () => deadLetterTopic : deadLetterTopic,
  };
}

/** @param defaults for what `settings` leaves open. */
export function resolveHandling(settings: HandlingSettings, defaults?: Handling): Handling {
  const backoff = {
    minMs: settings.backoff?.minMs ?? defaults?.backoff.minMs ?? 200,
    maxMs: settings.backoff?.maxMs ?? defaults?.backoff.maxMs ?? 10_000,
    jitter: settings.backoff?.jitter ?? defaults?.backoff.jitter ?? 0.2,
  };
  const numbers = {
    attempts: settings.attempts ?? defaults?.attempts ?? 5,
    handlerTimeoutMs: settings.handlerTimeoutMs ?? defaults?.handlerTimeoutMs ?? 30_000,
  };
  checkNumbers({ ...numbers, 'backoff.minMs': backoff.minMs, 'backoff.maxMs': backoff.maxMs });
  if (!(backoff.jitter >= 0 && backoff.jitter <= 1)) {
    throw settingsError(`backoff.jitter is ${backoff.jitter}`, 'Give a number from 0 to 1.');
  }
  return { ...numbers, backoff };
}

function checkNumbers(numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!(value >= 1 && value <= maxTimerMs)) {
      throw settingsError(`${name} is ${value}`, `Give a number from 1 to ${maxTimerMs}.`);
    }
  }
}

export function settingsError(what: string, advice: string): SlipwayError {
  return new SlipwayError('SLIPWAY_KAFKA_SETTINGS', {
    message: `A setting of a Kafka consumer is wrong: ${what}. ${advice}`,
  });
}
