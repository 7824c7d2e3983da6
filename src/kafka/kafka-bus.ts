import { describeError } from '../errors/describe.js';
import type { PublishError } from '../errors/publish-error.js';
import type { EventEnvelope } from '../events/envelope.js';
import type { Component, ComponentState, ComponentStatus } from '../protocols/component.js';
import type { KafkaPublisherProtocol, PublishOptions, PublishResult } from '../protocols/kafka.js';
import { type Logger, type LoggerFactory, silentLogger } from '../protocols/logger.js';
import { connectTimeoutMs } from './connect.js';
import { Dispatcher, type KafkaBusStats } from './dispatcher.js';
import { DriverError } from './driver-error.js';
import { KafkaErrors } from './kafka-errors.js';
import { Link } from './link.js';
import type { KafkaDriver, ProducerOptions } from './producer-port.js';
import { resolveDriver } from './resolve-driver.js';
import {
  type KafkaBusSettings,
  requestTimeoutOf,
  type ResolvedSettings,
  resolveSettings,
} from './settings.js';

type Life = 'stopped' | 'starting' | 'running' | 'stopping';

const topicName = /^[a-zA-Z0-9._-]{1,249}$/;

/**
 * Publishes events to Kafka: an acknowledged one is stored exactly once, those of one key in the order of the calls,
 * and every call is settled within its delivery timeout. docs/kafka.md holds the guarantees and their limits.
 */
export class KafkaBus implements KafkaPublisherProtocol, Component, AsyncDisposable {
  readonly name = 'kafka';
  readonly #settings: ResolvedSettings;
  readonly #driver: KafkaDriver;
  readonly #errors: KafkaErrors;
  readonly #logger: Logger;
  readonly #producerOptions: ProducerOptions;
  readonly #dispatcher: Dispatcher;
  #life: Life = 'stopped';
  #changing: Promise<void> = Promise.resolve();
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #link: Link | undefined;
  #linkFailure: DriverError | undefined;
  #startFailure: string | undefined;
  #state: ComponentState = 'stopped';
  #since = new Date();
  #reconnects = 0;
  #wasStarted = false;

  /** @throws SlipwayError SLIPWAY_KAFKA_SETTINGS for a setting out of range or an address that is none. */
  constructor(settings: KafkaBusSettings, logger: LoggerFactory = () => silentLogger) {
    this.#settings = resolveSettings(settings);
    this.#driver = settings.driver ?? resolveDriver(settings.bootstrapServers);
    this.#errors = new KafkaErrors(this.#settings.clientId, this.#driver.address);
    this.#logger = logger('kafka-bus');
    this.#producerOptions = {
      clientId: this.#settings.clientId,
      connectTimeoutMs,
      requestTimeoutMs: requestTimeoutOf(this.#settings),
      retryBackoffMs: this.#settings.retryBackoffMs,
      logger: this.#logger,
    };
    this.#dispatcher = new Dispatcher({
      driver: this.#driver,
      producerOptions: this.#producerOptions,
      settings: this.#settings,
      errors: this.#errors,
      logger: this.#logger,
      onHealth: () => this.#onLaneHealth(),
    });
  }

  /**
   * Connects, and resolves when Kafka answers. Idempotent; a bus that was stopped starts anew.
   * @throws SlipwayError with the address and the true cause if Kafka is not reached within `startTimeoutMs`. Nothing is
   * left running then.
   */
  start(): Promise<void> {
    if (this.#life === 'running') return Promise.resolve();
    this.#starting ??= this.#afterwards(() => this.#start()).finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /**
   * Refuses new publishes, waits up to `drainTimeoutMs` for those accepted, rejects the rest and closes every
   * connection. Idempotent; never rejects. What was not delivered is logged and stands in {@link stats}.
   */
  stop(): Promise<void> {
    if (this.#life === 'stopped' && !this.#starting) return Promise.resolve();
    if (this.#life === 'running') this.#enter('stopping');
    this.#stopping ??= this.#afterwards(() => this.#stop()).finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Resolves when all in-sync replicas have the message. An abort of `options.signal` settles the call at once: with
   * outcome `not-written` if the message could be taken back, else `unknown`.
   * @throws PublishError within `deliveryTimeoutMs` of the call; its `outcome` says what is known of the message.
   * @throws SlipwayError SLIPWAY_EVENT_INVALID if the envelope cannot be written as JSON.
   */
  publish(topic: string, envelope: EventEnvelope, options: PublishOptions = {}): Promise<PublishResult> {
    const refusal = this.#refusal(topic, options.signal);
    return refusal ? Promise.reject(refusal) : this.#dispatcher.publish(topic, envelope, options);
  }

  get status(): ComponentStatus {
    const [failing] = this.#dispatcher.failures();
    const failure = this.#linkFailure ?? failing;
    const lastError = failure ? this.#errors.describe(failure) : this.#startFailure;
    return {
      state: this.#state,
      since: this.#since,
      reconnects: this.#reconnects,
      ...(lastError === undefined || this.#state === 'ready' ? {} : { lastError }),
    };
  }

  stats(): KafkaBusStats {
    return this.#dispatcher.stats();
  }

  #refusal(topic: string, signal: AbortSignal | undefined): PublishError | undefined {
    if (this.#life !== 'running') {
      const wasStarted = this.#wasStarted && this.#life !== 'starting';
      return wasStarted ? this.#errors.closed(topic, 'not-written') : this.#errors.notStarted(topic);
    }
    if (signal?.aborted) return this.#errors.aborted(topic, signal.reason, 'not-written');
    if (topicName.test(topic)) return undefined;
    const failure = new DriverError('rejected', `"${topic}" is no topic name`);
    return this.#errors.failed(topic, failure, 'not-written');
  }

  /** Starts and stops happen one after the other. */
  #afterwards(change: () => Promise<void>): Promise<void> {
    const result = this.#changing.then(change);
    this.#changing = result.catch(() => undefined);
    return result;
  }

  async #start(): Promise<void> {
    if (this.#life === 'running') return;
    this.#enter('starting');
    const link = new Link(this.#driver, this.#producerOptions, {
      onDown: (failure) => this.#onLinkDown(failure),
      onUp: () => this.#onLinkUp(),
    });
    try {
      await link.open(this.#settings.startTimeoutMs);
    } catch (reason) {
      await link.close();
      const error = this.#errors.start(DriverError.of(reason));
      this.#startFailure = error.message;
      this.#enter('stopped');
      throw error;
    }
    this.#link = link;
    this.#linkFailure = undefined;
    this.#startFailure = undefined;
    this.#wasStarted = true;
    this.#enter('running');
    this.#logger.info('Kafka connected', {
      address: this.#driver.address,
      clientId: this.#settings.clientId,
    });
  }

  async #stop(): Promise<void> {
    if (this.#life === 'stopped') return;
    this.#enter('stopping');
    await this.#dispatcher.drained(this.#settings.drainTimeoutMs);
    await Promise.all([this.#dispatcher.close(), this.#link?.close()]);
    this.#link = undefined;
    this.#linkFailure = undefined;
    this.#enter('stopped');
    const { undelivered } = this.#dispatcher.stats();
    if (undelivered.notWritten + undelivered.unknown > 0) {
      this.#logger.warn('Kafka stopped with events undelivered', { ...undelivered });
    } else {
      this.#logger.info('Kafka disconnected', { clientId: this.#settings.clientId });
    }
  }

  #onLaneHealth(): void {
    if (this.#linkFailure && this.#dispatcher.failures().length === 0) this.#link?.nudge();
    this.#refreshState();
  }

  #onLinkDown(failure: DriverError): void {
    if (!this.#linkFailure) {
      this.#logger.warn('Kafka connection lost', {
        address: this.#driver.address,
        error: describeError(failure),
      });
    }
    this.#linkFailure = failure;
    this.#refreshState();
  }

  #onLinkUp(): void {
    this.#reconnects += 1;
    if (this.#linkFailure) this.#logger.info('Kafka connection restored', { address: this.#driver.address });
    this.#linkFailure = undefined;
    this.#dispatcher.forgive();
    this.#refreshState();
  }

  #enter(life: Life): void {
    this.#life = life;
    this.#refreshState();
  }

  #refreshState(): void {
    const state = this.#currentState();
    if (state === this.#state) return;
    this.#state = state;
    this.#since = new Date();
  }

  #currentState(): ComponentState {
    if (this.#life !== 'running') return this.#life;
    if (this.#linkFailure) return 'unavailable';
    return this.#dispatcher.failures().length > 0 ? 'degraded' : 'ready';
  }
}
