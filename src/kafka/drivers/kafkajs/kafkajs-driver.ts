import type { ConsumerOptions, ConsumerPort } from '../../consumer-port.js';
import type { KafkaDriver, ProducerOptions, ProducerPort } from '../../producer-port.js';
import { patchIdleTimer } from './idle-timer-patch.js';
import { KafkaJsConsumer } from './kafkajs-consumer.js';
import { KafkaJsProducer } from './kafkajs-producer.js';

/** Producers and consumers on kafkajs. @param brokers addresses to begin with, as `host:port`. */
export class KafkaJsDriver implements KafkaDriver {
  readonly name = 'kafkajs';
  readonly address: string;
  readonly #brokers: readonly string[];

  constructor(brokers: readonly string[]) {
    patchIdleTimer();
    this.#brokers = brokers;
    this.address = brokers.join(',');
  }

  createProducer(options: ProducerOptions): ProducerPort {
    return new KafkaJsProducer(this.#brokers, options);
  }
  createConsumer(options: ConsumerOptions): ConsumerPort {
    return new KafkaJsConsumer(this.#brokers, options);
  }
}
