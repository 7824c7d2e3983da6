import type { ConsumerOptions, ConsumerPort } from '../../consumer-port.js';
import type { ClusterDescription, KafkaDriver, ProducerOptions, ProducerPort } from '../../producer-port.js';
import type { TransactionalOptions, TransactionalPort } from '../../transactional-port.js';
import { MemoryConsumer } from './memory-consumer.js';
import { MemoryKafka } from './memory-kafka.js';
import { MemoryProducer } from './memory-producer.js';
import { MemoryTransactions } from './memory-transactions.js';

/** Producers and consumers on a cluster in this process, by default one of the driver's own. */
export class MemoryDriver implements KafkaDriver {
  readonly name = 'memory';
  readonly address: string;
  readonly cluster: MemoryKafka;

  constructor(cluster: MemoryKafka = new MemoryKafka(), address = 'memory://') {
    this.cluster = cluster;
    this.address = address;
  }

  createProducer({ onDisconnect }: Partial<ProducerOptions> = {}): ProducerPort {
    return new MemoryProducer(this.cluster, onDisconnect);
  }
  createTransactions(options: TransactionalOptions): TransactionalPort {
    return new MemoryTransactions(this.cluster, options);
  }
  createConsumer(options: ConsumerOptions): ConsumerPort {
    return new MemoryConsumer(this.cluster, options);
  }
  describeCluster(_options: unknown, topics: readonly string[] = []): Promise<ClusterDescription> {
    const described = topics
      .map((name) => ({ name, count: this.cluster.partitions(name) }))
      .filter(({ count }) => count > 0)
      .map(({ name, count }) => ({
        name,
        partitions: Array.from({ length: count }, (_, id) => ({ id, leader: 0, replicas: 1, inSync: 1 })),
      }));
    return Promise.resolve({ clusterId: undefined, brokers: [], topics: described });
  }
}
