import { SlipwayError } from '../../../errors/slipway-error.js';
import type { KafkaConnection } from '../../connection.js';
import type { ConsumerOptions, ConsumerPort } from '../../consumer-port.js';
import type {
  ClusterDescription,
  DescribeOptions,
  KafkaDriver,
  ProducerOptions,
  ProducerPort,
} from '../../producer-port.js';
import { describeCluster } from './describe-cluster.js';
import { PlatformaticConsumer } from './platformatic-consumer.js';
import { PlatformaticProducer } from './platformatic-producer.js';

/**
 * Producers and consumers on @platformatic/kafka, an optional peer that is loaded by the first of them.
 * @throws SlipwayError SLIPWAY_KAFKA_PACKAGE on a Node older than it runs on.
 */
export class PlatformaticDriver implements KafkaDriver {
  readonly name = 'platformatic';
  readonly address: string;
  readonly #connection: KafkaConnection;
  #clients = 0;

  /** @param connection how to reach the brokers; addresses alone, as `host:port`, mean plain text. */
  constructor(connection: KafkaConnection | readonly string[], nodeVersion = process.versions.node) {
    if (!isEnough(nodeVersion)) {
      throw new SlipwayError('SLIPWAY_KAFKA_PACKAGE', {
        message:
          `The Kafka driver platformatic needs Node 22.22 or 24.6 and later; this is Node ${nodeVersion}. Use a newer ` +
          'Node, or the driver kafkajs.',
        context: { package: '@platformatic/kafka', nodeVersion },
      });
    }
    this.#connection = 'brokers' in connection ? connection : { brokers: connection };
    this.address = this.#connection.brokers.join(',');
  }

  createProducer(options: ProducerOptions): ProducerPort {
    return new PlatformaticProducer(this.#next(), options);
  }

  createConsumer(options: ConsumerOptions): ConsumerPort {
    return new PlatformaticConsumer(this.#next(), options);
  }

  describeCluster(options: DescribeOptions, topics: readonly string[] = []): Promise<ClusterDescription> {
    return describeCluster(this.#next(), options, topics);
  }

  /** Each client begins with another address: the first may be of a broker that takes connections and is silent. */
  #next(): KafkaConnection {
    const { brokers } = this.#connection;
    const first = this.#clients++ % brokers.length;
    return { ...this.#connection, brokers: [...brokers.slice(first), ...brokers.slice(0, first)] };
  }
}

/** `>= 22.22.0 || >= 24.6.0` in its package.json, taken as it is meant: not 23, and not 24.0 to 24.5. */
function isEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 22 && minor >= 22) || (major === 24 && minor >= 6) || major > 24;
}
