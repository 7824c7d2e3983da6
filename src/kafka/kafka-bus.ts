import type { PublishError } from '../errors/publish-error.js';
import { encodeEnvelope } from '../events/encode-envelope.js';
import type { EventEnvelope } from '../events/envelope.js';
import { componentSamples, type MetricSample, type MetricSource } from '../observability/metric-source.js';
import { telemetry } from '../observability/telemetry.js';
import type { Component, ComponentStatus, Startup } from '../protocols/component.js';
import type { EventRegistry } from '../protocols/event-registry.js';
import type {
  KafkaPublisherProtocol,
  PublishEventOptions,
  PublishItem,
  PublishOptions,
  PublishResult,
} from '../protocols/kafka.js';
import { type LoggerFactory, silentLogger } from '../protocols/logger.js';
import { BusLife } from './bus-life.js';
import { busSamples } from './bus-samples.js';
import { connectTimeoutMs } from './connect.js';
import { Dispatcher, type KafkaBusStats } from './dispatcher.js';
import { KafkaErrors } from './kafka-errors.js';
import { observePublish } from './observe-publish.js';
import { publishBatch } from './publish-batch.js';
import { refuseTopic } from './topic-name.js';
import type { KafkaTransaction } from './transactions/kafka-transaction.js';
import { Transactions } from './transactions/transactions.js';
import { resolveDriver } from './resolve-driver.js';
import {
  type KafkaBusSettings,
  requestTimeoutOf,
  type ResolvedSettings,
  resolveSettings,
} from './settings.js';

/**
 * Publishes events to Kafka: an acknowledged one is stored exactly once, those of one key in the order of the calls,
 * and every call is settled within its delivery timeout. docs/kafka.md holds the guarantees and their limits.
 */
export class KafkaBus implements KafkaPublisherProtocol, Component, MetricSource, AsyncDisposable {
  readonly name = 'kafka';
  readonly #settings: ResolvedSettings;
  readonly #registry: EventRegistry | undefined;
  readonly #errors: KafkaErrors;
  readonly #dispatcher: Dispatcher;
  readonly #transactions: Transactions;
  readonly #life: BusLife;

  /**
   * @param registry what {@link publishEvent} asks for topics and keys, and what writes the data of its events.
   * @throws SlipwayError SLIPWAY_KAFKA_SETTINGS for a setting out of range or an address that is none.
   */
  constructor(
    settings: KafkaBusSettings,
    logger: LoggerFactory = () => silentLogger,
    registry?: EventRegistry,
  ) {
    this.#registry = registry;
    this.#settings = resolveSettings(settings);
    const { driver = 'kafkajs', ...others } = settings;
    const resolved = typeof driver === 'object' ? driver : resolveDriver({ ...others, driver });
    this.#errors = new KafkaErrors(this.#settings.clientId, resolved.address);
    const busLogger = logger('kafka-bus');
    const context = {
      driver: resolved,
      producerOptions: {
        clientId: this.#settings.clientId,
        connectTimeoutMs,
        requestTimeoutMs: requestTimeoutOf(this.#settings),
        retryBackoffMs: this.#settings.retryBackoffMs,
        compression: this.#settings.compression,
        logger: busLogger,
      },
      settings: this.#settings,
      errors: this.#errors,
      logger: busLogger,
    };
    const encode = registry?.encode.bind(registry) ?? encodeEnvelope;
    this.#dispatcher = new Dispatcher({ ...context, onHealth: () => this.#life.onLaneHealth() }, encode);
    this.#transactions = new Transactions({ ...context, source: this, encode, registry });
    this.#life = new BusLife(context, { dispatcher: this.#dispatcher, transactions: this.#transactions });
  }

  /**
   * Connects, and resolves when Kafka answers. Idempotent; a bus that was stopped starts anew. Where `startup` is
   * `optional` it resolves after one attempt too that failed, and Kafka is sought; where `enabled` is false, at once.
   * @throws SlipwayError with the address and the true cause if Kafka is not reached within `startTimeoutMs`. Nothing is
   * left running then.
   */
  start(): Promise<void> {
    return this.#life.start();
  }

  /**
   * Refuses new publishes, waits up to `drainTimeoutMs` for those accepted, rejects the rest and closes every
   * connection. Idempotent; never rejects. What was not delivered is logged and stands in {@link stats}.
   */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Resolves when all in-sync replicas have the message. An abort of `options.signal` settles the call at once: with
   * outcome `not-written` if the message could be taken back, else `unknown`.
   * @throws PublishError within `deliveryTimeoutMs` of the call; its `outcome` says what is known of the message. Its code
   * is SLIPWAY_EVENT_INVALID if the envelope cannot be written as JSON.
   */
  publish(topic: string, envelope: EventEnvelope, options: PublishOptions = {}): Promise<PublishResult> {
    if (!telemetry.isObserved) return this.#publish(topic, envelope, options);
    const { clientId } = this.#settings;
    return observePublish({ source: this, clientId, topic, envelope, options }, (traced) =>
      this.#publish(topic, envelope, traced),
    );
  }

  /**
   * As {@link publish}, with topic and key by the event registry.
   * @throws PublishError SLIPWAY_EVENT_UNKNOWN for a type that is not registered, SLIPWAY_EVENT_INVALID for data without
   * a key, SLIPWAY_KAFKA_NO_REGISTRY for a bus without a registry.
   */
  publishEvent(envelope: EventEnvelope, options: PublishEventOptions = {}): Promise<PublishResult> {
    if (!this.#registry) return Promise.reject(this.#errors.noRegistry(envelope.eventType));
    try {
      const { topic, key } = this.#registry.route(envelope);
      return this.publish(topic, envelope, key === undefined ? options : { key, ...options });
    } catch (error) {
      return Promise.reject(this.#errors.unwritable('(unknown)', error));
    }
  }

  publishBatch(
    items: readonly PublishItem[],
    options: Pick<PublishOptions, 'signal'> = {},
  ): Promise<readonly PublishResult[]> {
    return publishBatch(this, items, options);
  }

  /**
   * Publishes all that `work` publishes by the transaction it is given, or nothing of it: committed when `work` resolves,
   * aborted when it throws. For consumers that read what is committed (`isolation.level=read_committed`); others read all of
   * it. One at a time: concurrent calls wait for each other, so `work` may not wait for another one.
   * @returns what `work` returns.
   * @throws whatever `work` throws; PublishError if it could not be begun or committed, or took longer than
   * `transactionTimeoutMs`: outcome `unknown` only where the commit was sent and not answered. SLIPWAY_KAFKA_FENCED:
   * another producer has taken the `transactionalId`. SLIPWAY_KAFKA_TRANSACTION for a driver without transactions.
   */
  transaction<T>(work: (transaction: KafkaTransaction) => T | PromiseLike<T>): Promise<T> {
    const refusal = this.#refusal('transaction', undefined);
    return refusal ? Promise.reject(refusal) : this.#transactions.run(work);
  }

  get startup(): Startup {
    return this.#settings.startup;
  }

  get status(): ComponentStatus {
    return this.#life.status;
  }

  stats(): KafkaBusStats {
    return this.#dispatcher.stats();
  }

  /** For metrics. */
  get operations(): object {
    return this;
  }

  samples(): readonly MetricSample[] {
    const { clientId } = this.#settings;
    return [...componentSamples(this, clientId), ...busSamples(this.stats(), clientId)];
  }

  #publish(topic: string, envelope: EventEnvelope, options: PublishOptions): Promise<PublishResult> {
    const refusal = this.#refusal(topic, options.signal);
    return refusal ? Promise.reject(refusal) : this.#dispatcher.publish(topic, envelope, options);
  }

  #refusal(topic: string, signal: AbortSignal | undefined): PublishError | undefined {
    const refusal = this.#life.refusal(topic);
    if (refusal) return refusal;
    if (signal?.aborted) return this.#errors.aborted(topic, signal.reason, 'not-written');
    return refuseTopic(topic, this.#errors);
  }
}
