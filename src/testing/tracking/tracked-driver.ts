import type {
  ConsumerListener,
  ConsumerOptions,
  ConsumerPort,
  PartitionOffset,
  RecordBatch,
  TopicPartition,
} from '../../kafka/consumer-port.js';
import type {
  KafkaDriver,
  ProduceReport,
  ProducerOptions,
  ProducerPort,
  ProducerRecord,
  WriteGate,
} from '../../kafka/producer-port.js';

/** What goes through a driver. */
export interface Traffic {
  /** Records were acknowledged, the first of them at `offset`. */
  onStored(partition: TopicPartition, offset: bigint, records: readonly ProducerRecord[]): void;
  /** A consumer has its partitions of these topics. */
  onAssigned(topics: readonly string[]): void;
  onArrived(batch: RecordBatch): void;
  onCommitted(offsets: readonly PartitionOffset[]): void;
}

/**
 * A driver that tells what goes through it, and that puts a prefix before every topic and group on the cluster, so that
 * the tests on one cluster do not see each other. Those who use the driver know nothing of the prefix.
 */
export class TrackedDriver implements KafkaDriver {
  readonly name: string;
  readonly address: string;
  readonly createConsumer?: (options: ConsumerOptions) => ConsumerPort;
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
        return new TrackedConsumer(port, prefix, traffic);
      };
    }
  }

  createProducer(options: ProducerOptions): ProducerPort {
    return new TrackedProducer(this.#inner.createProducer(options), this.#prefix, this.#traffic);
  }
}

class TrackedProducer implements ProducerPort {
  readonly #inner: ProducerPort;
  readonly #prefix: string;
  readonly #traffic: Traffic;

  constructor(inner: ProducerPort, prefix: string, traffic: Traffic) {
    this.#inner = inner;
    this.#prefix = prefix;
    this.#traffic = traffic;
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

class TrackedConsumer implements ConsumerPort {
  readonly #inner: ConsumerPort;
  readonly #prefix: string;
  readonly #traffic: Traffic;

  constructor(inner: ConsumerPort, prefix: string, traffic: Traffic) {
    this.#inner = inner;
    this.#prefix = prefix;
    this.#traffic = traffic;
  }

  get memberId(): string | undefined {
    return this.#inner.memberId;
  }

  connect(): Promise<void> {
    return this.#inner.connect();
  }

  run(topics: readonly string[], listener: ConsumerListener): Promise<void> {
    const traffic = this.#traffic;
    return this.#inner.run(
      topics.map((topic) => this.#prefix + topic),
      {
        onAssigned: (partitions) => {
          listener.onAssigned(this.#within(partitions));
          traffic.onAssigned(topics);
        },
        onRevoked: (partitions) => listener.onRevoked(this.#within(partitions)),
        onBatch: (batch) => {
          const [own] = this.#within([batch]);
          const known = { ...batch, ...own };
          traffic.onArrived(known);
          return listener.onBatch(known);
        },
        onCrash: (error) => listener.onCrash(error),
      },
    );
  }

  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    await this.#inner.commit(this.#onCluster(offsets));
    this.#traffic.onCommitted(offsets);
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#inner.pause(this.#onCluster(partitions));
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#inner.resume(this.#onCluster(partitions));
  }

  seek(position: PartitionOffset): void {
    for (const each of this.#onCluster([position])) this.#inner.seek(each);
  }

  async endOffsets(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffset[]> {
    const offsets = await this.#inner.endOffsets(this.#onCluster(partitions));
    return offsets.map((each) => ({ ...each, topic: each.topic.slice(this.#prefix.length) }));
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  kill(): Promise<void> {
    return this.#inner.kill();
  }

  // Copied field by field: callers pass objects whose `topic` is a getter.
  #onCluster<P extends TopicPartition>(partitions: readonly P[]): P[] {
    return partitions.map((each) => ({
      ...each,
      topic: this.#prefix + each.topic,
      partition: each.partition,
    }));
  }

  #within(partitions: readonly TopicPartition[]): TopicPartition[] {
    return partitions.map(({ topic, partition }) => ({ topic: topic.slice(this.#prefix.length), partition }));
  }
}
