import { GroupMember } from '../../kafka/consumer/group-member.js';
import type {
  ConsumerListener,
  ConsumerPort,
  PartitionOffset,
  TopicPartition,
} from '../../kafka/consumer-port.js';
import type { ConsumerTraffic } from './tracked-driver.js';

/** Tells what goes through a consumer, and puts the prefix before its topics. */
export class TrackedConsumer implements ConsumerPort {
  readonly committed?: (partitions: readonly TopicPartition[]) => Promise<readonly PartitionOffset[]>;
  readonly #inner: ConsumerPort;
  readonly #prefix: string;
  readonly #traffic: ConsumerTraffic;
  #member: ConsumerListener | undefined;

  constructor(inner: ConsumerPort, prefix: string, traffic: ConsumerTraffic) {
    this.#inner = inner;
    this.#prefix = prefix;
    this.#traffic = traffic;
    const committed = inner.committed?.bind(inner);
    if (committed !== undefined) {
      this.committed = async (partitions) => this.#without(await committed(this.#onCluster(partitions)));
    }
  }

  get memberId(): string | undefined {
    return this.#inner.memberId;
  }

  connect(): Promise<void> {
    return this.#inner.connect();
  }

  run(topics: readonly string[], listener: ConsumerListener): Promise<void> {
    const traffic = this.#traffic;
    this.#member = listener;
    // It knows at once what is done, of which commits tell after a while.
    traffic.onJoin(listener, () => (listener instanceof GroupMember ? listener.works : []));
    return this.#inner.run(
      topics.map((topic) => this.#prefix + topic),
      {
        onAssigned: (partitions) => {
          listener.onAssigned(this.#within(partitions));
          traffic.onAssigned(listener, topics);
        },
        onRevoked: (partitions) => listener.onRevoked(this.#within(partitions)),
        onBatch: (batch) => {
          const [own] = this.#within([batch]);
          const known = { ...batch, ...own };
          return traffic.onBatch(known, () => listener.onBatch(known));
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
    return this.#without(await this.#inner.endOffsets(this.#onCluster(partitions)));
  }

  async close(): Promise<void> {
    await this.#inner.close();
    if (this.#member !== undefined) this.#traffic.onLeave(this.#member);
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

  #without(offsets: readonly PartitionOffset[]): PartitionOffset[] {
    return offsets.map((each) => ({ ...each, topic: each.topic.slice(this.#prefix.length) }));
  }

  #within(partitions: readonly TopicPartition[]): TopicPartition[] {
    return partitions.map(({ topic, partition }) => ({ topic: topic.slice(this.#prefix.length), partition }));
  }
}
