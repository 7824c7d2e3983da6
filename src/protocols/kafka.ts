import type { PublishResult } from '../errors/publish-batch-error.js';
import type { EventEnvelope } from '../events/envelope.js';
import { protocol } from '../tokens/protocol.js';

export type { PublishResult } from '../errors/publish-batch-error.js';

export interface PublishEventOptions {
  /** Sent as UTF-8 beside the headers that slipway sets itself. `traceparent` goes into the envelope's metadata too. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Settles the call at once when it aborts. A message still here is taken back (outcome `not-written`); one already on
   * its way is not cut (outcome `unknown`).
   */
  readonly signal?: AbortSignal;
}

export interface PublishOptions extends PublishEventOptions {
  /** Messages of one key keep their order and share a partition. Empty or absent: no key. */
  readonly key?: string;
}

/** One message of a batch. */
export interface PublishItem {
  readonly envelope: EventEnvelope;
  /** Default: topic and key as the event registry has them. */
  readonly topic?: string;
  /** Default: that of the event registry if it gives the topic too, else none. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Publishes events to Kafka. Resolves when all in-sync replicas have the message. */
export interface KafkaPublisherProtocol {
  /**
   * An event of the event registry is written as its schema has it; any other as it is.
   * @throws PublishError with `outcome: 'not-written'` if the message certainly is not in the topic, `'unknown'` if it
   * may be: publish the same envelope again, and its event id tells consumers that it is the same.
   */
  publish(topic: string, envelope: EventEnvelope, options?: PublishOptions): Promise<PublishResult>;
  /**
   * Publishes an event of the event registry, which gives its topic and key.
   * @throws PublishError as {@link publish}; also for an event that the registry does not know.
   */
  publishEvent(envelope: EventEnvelope, options?: PublishEventOptions): Promise<PublishResult>;
  /**
   * Publishes all of them at once, those of one topic and key in their order.
   * @returns where each stands, in the order of the items.
   * @throws PublishBatchError if one or more were not acknowledged; it holds the result or error of every item.
   */
  publishBatch(
    items: readonly PublishItem[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly PublishResult[]>;
}
export const KafkaPublisherProtocol = protocol<KafkaPublisherProtocol>()('KafkaPublisherProtocol', [
  'publish',
  'publishEvent',
  'publishBatch',
]);
