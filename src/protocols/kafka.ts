import type { EventEnvelope } from '../events/envelope.js';
import { protocol } from '../tokens/protocol.js';

export interface PublishOptions {
  /** Messages of one key keep their order and share a partition. Empty or absent: no key. */
  readonly key?: string;
  /** Sent as UTF-8 beside the headers that slipway sets itself. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Settles the call at once when it aborts. A message still here is taken back (outcome `not-written`); one already on
   * its way is not cut (outcome `unknown`).
   */
  readonly signal?: AbortSignal;
}

/** Where an acknowledged message stands in its topic. */
export interface PublishResult {
  readonly topic: string;
  readonly partition: number;
  /** A decimal number that may exceed 2^53. */
  readonly offset: string;
}

/** Publishes events to Kafka. Resolves when all in-sync replicas have the message. */
export interface KafkaPublisherProtocol {
  /**
   * @throws PublishError with `outcome: 'not-written'` if the message certainly is not in the topic, `'unknown'` if it
   * may be: publish the same envelope again, and its event id tells consumers that it is the same.
   */
  publish(topic: string, envelope: EventEnvelope, options?: PublishOptions): Promise<PublishResult>;
}
export const KafkaPublisherProtocol = protocol<KafkaPublisherProtocol>()('KafkaPublisherProtocol', [
  'publish',
]);
