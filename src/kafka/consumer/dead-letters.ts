import { describeError } from '../../errors/describe.js';
import type { Logger } from '../../protocols/logger.js';
import { connectTimeoutMs } from '../connect.js';
import type { ConsumerRecord, TopicPartition } from '../consumer-port.js';
import { KafkaErrors } from '../kafka-errors.js';
import { Lane } from '../lane.js';
import type { LaneContext } from '../lane-context.js';
import type { KafkaDriver, ProducerRecord } from '../producer-port.js';
import { Publication } from '../publication.js';
import { sizeOf } from '../record.js';
import { requestTimeoutOf, resolveSettings } from '../settings.js';
import type { ResolvedConsumerSettings } from './consumer-settings.js';

/** Why a message is in the dead letter topic. */
export type DeadLetterReason =
  'undecodable' | 'invalid' | 'unknown-event' | 'permanent-error' | 'attempts-exhausted';

export interface DeadLetter {
  readonly source: TopicPartition;
  readonly record: ConsumerRecord;
  readonly reason: DeadLetterReason;
  readonly error: unknown;
  readonly attempts: number;
}

const maxMessageLength = 1_000;

/**
 * Publishes messages that cannot be handled as they are, key, bytes and headers, with headers that say why. Each is
 * acknowledged by all in-sync replicas before its offset moves.
 */
export class DeadLetters {
  readonly #settings: ResolvedConsumerSettings;
  readonly #context: LaneContext;
  readonly #lanes = new Map<string, Lane>();

  constructor(driver: KafkaDriver, settings: ResolvedConsumerSettings, logger: Logger) {
    this.#settings = settings;
    const { clientId, requestTimeoutMs, retryBackoffMs, deliveryTimeoutMs } = settings;
    const busSettings = resolveSettings({ clientId, requestTimeoutMs, retryBackoffMs, deliveryTimeoutMs });
    this.#context = {
      driver,
      settings: busSettings,
      producerOptions: {
        clientId,
        connectTimeoutMs,
        requestTimeoutMs: requestTimeoutOf(busSettings),
        retryBackoffMs,
        logger,
      },
      errors: new KafkaErrors(clientId, driver.address),
      logger,
      onHealth: () => undefined,
    };
  }

  /** @throws PublishError if it was not acknowledged within the delivery timeout. */
  publish(letter: DeadLetter): Promise<void> {
    const topic = this.#settings.deadLetterTopic(letter.source.topic);
    const record = this.#recordOf(letter);
    const deadline = performance.now() + this.#settings.deliveryTimeoutMs;
    return new Promise((resolve, reject) => {
      const settle = (result: unknown): void => {
        if (result instanceof Error) reject(result);
        else resolve();
      };
      this.#lane(topic).enqueue(new Publication(record, sizeOf(record), deadline, settle));
    });
  }

  /** Rejects what is not acknowledged and gives up the connections. */
  async close(): Promise<void> {
    const lanes = [...this.#lanes.values()];
    this.#lanes.clear();
    await Promise.all(
      lanes.map((lane) => lane.close(({ outcome }) => this.#context.errors.closed(lane.topic, outcome))),
    );
  }

  #lane(topic: string): Lane {
    const lane = this.#lanes.get(topic) ?? new Lane(topic, this.#context);
    this.#lanes.set(topic, lane);
    return lane;
  }

  #recordOf({ source, record, reason, error, attempts }: DeadLetter): ProducerRecord {
    const code = codeOf(error);
    return {
      key: record.key,
      value: record.value ?? Buffer.alloc(0),
      timestamp: record.timestamp,
      headers: {
        ...record.headers,
        'dlq.reason': reason,
        ...(code === undefined ? {} : { 'dlq.error_code': code }),
        'dlq.error_message': describeError(error).slice(0, maxMessageLength),
        'dlq.attempts': String(attempts),
        'dlq.original_topic': source.topic,
        'dlq.original_partition': String(source.partition),
        'dlq.original_offset': String(record.offset),
        'dlq.original_timestamp': new Date(record.timestamp).toISOString(),
        'dlq.failed_at': new Date().toISOString(),
        'dlq.service': this.#settings.serviceName,
        'dlq.group': this.#settings.groupId,
      },
    };
  }
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
