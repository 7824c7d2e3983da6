import { describeError } from '../errors/describe.js';
import type { Logger } from '../protocols/logger.js';
import { connect, readyTimeoutMs } from './connect.js';
import type { KafkaDriver, ProducerOptions, ProducerPort } from './producer-port.js';

/** The producer of one topic, made when it is needed. */
export class ProducerSlot {
  readonly #topic: string;
  readonly #driver: KafkaDriver;
  readonly #options: ProducerOptions;
  readonly #logger: Logger;
  #producer: ProducerPort | undefined;
  retired = 0;

  constructor(topic: string, driver: KafkaDriver, options: ProducerOptions) {
    this.#topic = topic;
    this.#driver = driver;
    this.#options = options;
    this.#logger = options.logger;
  }

  /** @throws DriverError if it cannot be connected. The next call makes another. */
  async connected(): Promise<ProducerPort> {
    if (this.#producer) return this.#producer;
    const producer = this.#driver.createProducer(this.#options);
    this.#producer = producer;
    try {
      await connect(producer, readyTimeoutMs);
    } catch (reason) {
      if (this.#producer === producer) this.#producer = undefined;
      throw reason;
    }
    return producer;
  }

  /** Gives up the producer together with the fate of what it sent: the next one has a new id and new sequences. */
  async retire(): Promise<void> {
    if (!this.#producer) return;
    this.retired += 1;
    this.#logger.warn('Kafka producer retired: what it sent last may or may not be written', {
      topic: this.#topic,
    });
    await this.discard();
  }

  /** Gives up a producer that has sent nothing whose end is not known. */
  async discard(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.kill();
  }

  /** As {@link discard}, for a producer that may break its contract. */
  async abandon(): Promise<void> {
    try {
      await this.discard();
    } catch (reason) {
      this.#logger.error('Kafka producer not closed', { topic: this.#topic, error: describeError(reason) });
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.close();
  }
}
