import type {
  ConsumerOptions,
  ConsumerPort,
  PartitionOffset,
  RecordBatch,
  TopicPartition,
} from '../../kafka/consumer-port.js';
import type {
  ClusterDescription,
  DescribeOptions,
  KafkaDriver,
  ProduceReport,
  ProducerOptions,
  ProducerPort,
  ProducerRecord,
  WriteGate,
} from '../../kafka/producer-port.js';
import type { TransactionalOptions, TransactionalPort } from '../../kafka/transactional-port.js';
import type { Progress } from './group-work.js';
import { TrackedConsumer } from './tracked-consumer.js';
import { TrackedTransactions } from './tracked-transactions.js';

/** What goes through a driver. */
export interface Traffic {
  /** Records were acknowledged, the first of them at `offset`; those of a transaction when it is committed. */
  onStored(partition: TopicPartition, offset: bigint, records: readonly ProducerRecord[]): void;
  /** There is a consumer of this group. */
  onConsumer(groupId: string): ConsumerTraffic;
}

/** What goes through one consumer. A `member` is who reads, over as many connections as it takes. */
export interface ConsumerTraffic {
  onJoin(member: object, progress: () => readonly Progress[]): void;
  /** It has its partitions of these topics. */
  onAssigned(member: object, topics: readonly string[]): void;
  /** A batch is handed out, by `handOut`. */
  onBatch(batch: RecordBatch, handOut: () => Promise<void>): Promise<void>;
  onCommitted(offsets: readonly PartitionOffset[]): void;
  onLeave(member: object): void;
}

/**
 * A driver that tells what goes through it, and that puts a prefix before every topic and group on the cluster, so that
 * the tests on one cluster do not see each other. Those who use the driver know nothing of the prefix.
 */
export class TrackedDriver implements KafkaDriver {
  readonly name: string;
  readonly address: string;
  readonly createConsumer?: (options: ConsumerOptions) => ConsumerPort;
  readonly createTransactions?: (options: TransactionalOptions) => TransactionalPort;
  readonly describeCluster?: (
    options: DescribeOptions,
    topics?: readonly string[],
  ) => Promise<ClusterDescription>;
  readonly #inner: KafkaDriver;
  readonly #prefix: string;
  readonly #traffic: Traffic;

  constructor(inner: KafkaDriver, prefix: string, traffic: Traffic) {
    this.#inner = inner;
    this.#prefix = prefix;
    this.#traffic = traffic;
    this.name = inner.name;
    this.address = inner.address;
    const create = inner.createConsumer?.bind(inner);
    if (create !== undefined) {
      this.createConsumer = (options) => {
        const port = create({ ...options, groupId: prefix + options.groupId });
        return new TrackedConsumer(port, prefix, traffic.onConsumer(options.groupId));
      };
    }
    const begin = inner.createTransactions?.bind(inner);
    if (begin !== undefined) {
      this.createTransactions = (options) => {
        const port = begin({ ...options, transactionalId: prefix + options.transactionalId });
        return new TrackedTransactions(port, prefix, traffic);
      };
    }
    const describe = inner.describeCluster?.bind(inner);
    if (describe !== undefined) {
      this.describeCluster = async (options, topics = []) => {
        const found = await describe(
          options,
          topics.map((topic) => prefix + topic),
        );
        const own = found.topics.map((topic) => ({ ...topic, name: topic.name.slice(prefix.length) }));
        return { ...found, topics: own };
      };
    }
  }

  createProducer(options: ProducerOptions): ProducerPort {
    return new TrackedProducer(this.#inner.createProducer(options), this.#prefix, this.#traffic);
  }
}

class TrackedProducer implements ProducerPort {
  readonly ping?: () => Promise<void>;
  readonly #inner: ProducerPort;
  readonly #prefix: string;
  readonly #traffic: Traffic;

  constructor(inner: ProducerPort, prefix: string, traffic: Traffic) {
    this.#inner = inner;
    this.#prefix = prefix;
    this.#traffic = traffic;
    const ping = inner.ping?.bind(inner);
    if (ping !== undefined) this.ping = ping;
  }

  connect(): Promise<void> {
    return this.#inner.connect();
  }

  partitionsOf(topic: string): Promise<number> {
    return this.#inner.partitionsOf(this.#prefix + topic);
  }

  async produce(
    topic: string,
    batches: ReadonlyMap<number, readonly ProducerRecord[]>,
    gate: WriteGate,
  ): Promise<ProduceReport> {
    const report = await this.#inner.produce(this.#prefix + topic, batches, gate);
    for (const [partition, offset] of report.offsets) {
      this.#traffic.onStored({ topic, partition }, offset, batches.get(partition) ?? []);
    }
    return report;
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  kill(): Promise<void> {
    return this.#inner.kill();
  }
}
