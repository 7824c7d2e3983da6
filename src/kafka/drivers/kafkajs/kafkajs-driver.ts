import type { KafkaConnection } from '../../connection.js';
import type { ConsumerOptions, ConsumerPort } from '../../consumer-port.js';
import type {
  ClusterDescription,
  DescribeOptions,
  KafkaDriver,
  ProducerOptions,
  ProducerPort,
} from '../../producer-port.js';
import type { TransactionalOptions, TransactionalPort } from '../../transactional-port.js';
import { patchConsumerGroup } from './consumer-group-patch.js';
import { describeCluster } from './describe-cluster.js';
import { patchIdleTimer } from './idle-timer-patch.js';
import { KafkaJsConsumer } from './kafkajs-consumer.js';
import { KafkaJsProducer } from './kafkajs-producer.js';
import { KafkaJsTransactions } from './kafkajs-transactions.js';
import { patchRecordDecoder } from './record-decoder-patch.js';
import { patchProduceRequest } from './produce-request-patch.js';

/** Producers and consumers on kafkajs. */
export class KafkaJsDriver implements KafkaDriver {
  readonly name = 'kafkajs';
  readonly address: string;
  readonly #connection: KafkaConnection;

  /** @param connection how to reach the brokers; addresses alone, as `host:port`, mean plain text. */
  constructor(connection: KafkaConnection | readonly string[]) {
    patchConsumerGroup();
    patchIdleTimer();
    patchProduceRequest();
    patchRecordDecoder();
    this.#connection = 'brokers' in connection ? connection : { brokers: connection };
    this.address = this.#connection.brokers.join(',');
  }

  createProducer(options: ProducerOptions): ProducerPort {
    return new KafkaJsProducer(this.#connection, options);
  }
  createTransactions(options: TransactionalOptions): TransactionalPort {
    return new KafkaJsTransactions(this.#connection, options);
  }
  createConsumer(options: ConsumerOptions): ConsumerPort {
    return new KafkaJsConsumer(this.#connection, options);
  }
  describeCluster(options: DescribeOptions, topics: readonly string[] = []): Promise<ClusterDescription> {
    return describeCluster(this.#connection, options, topics);
  }
}
