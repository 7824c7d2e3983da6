import { partitionKey, type PartitionOffset, type TopicPartition } from '../../consumer-port.js';
import { DriverError } from '../../driver-error.js';
import { settlesWithin } from '../../settles-within.js';
import type { MemoryKafka } from './memory-kafka.js';

/** A member as its group sees it. */
export interface MemoryMember {
  readonly topics: readonly string[];
  /** The longest the group waits for {@link revoke}. */
  readonly revokeTimeoutMs: number;
  readonly isClosed: boolean;
  assign(partitions: readonly TopicPartition[]): void;
  revoke(): Promise<void>;
}

/** A consumer group of a {@link MemoryKafka}: its members, whose partition is which, and what was committed. */
export class MemoryGroup {
  readonly #cluster: MemoryKafka;
  readonly #members = new Set<MemoryMember>();
  readonly #owners = new Map<string, MemoryMember>();
  readonly #committed = new Map<string, bigint>();
  #rebalancing: Promise<void> | undefined;
  #isStale = false;

  constructor(cluster: MemoryKafka) {
    this.#cluster = cluster;
  }

  committed(partition: TopicPartition): bigint | undefined {
    return this.#committed.get(partitionKey(partition));
  }

  /** Resolves when the member has its partitions. */
  join(member: MemoryMember): Promise<void> {
    this.#members.add(member);
    return this.#rebalance();
  }

  /** Its partitions go to the others. Nobody waits for what it was doing. */
  leave(member: MemoryMember): Promise<void> {
    if (!this.#members.delete(member)) return Promise.resolve();
    for (const [key, owner] of this.#owners) if (owner === member) this.#owners.delete(key);
    return this.#rebalance();
  }

  /** A topic has more partitions: they are shared out anew if it is one of the group's. */
  grow(topic: string): void {
    if ([...this.#members].some(({ topics }) => topics.includes(topic))) void this.#rebalance();
  }

  /**
   * Throws all members out, as if their sessions had ended: what they are doing and have not committed is nobody's. They
   * hear of it, end their work, and join again.
   */
  async evict(): Promise<void> {
    const members = [...this.#members];
    this.#members.clear();
    this.#owners.clear();
    await Promise.all(members.map((member) => settlesWithin(member.revokeTimeoutMs, member.revoke())));
    for (const member of members) if (!member.isClosed) this.#members.add(member);
    await this.#rebalance();
  }

  /** @throws DriverError if a partition is not the member's; nothing is committed then. */
  commit(member: MemoryMember, offsets: readonly PartitionOffset[]): void {
    const foreign = offsets.find((offset) => this.#owners.get(partitionKey(offset)) !== member);
    if (foreign) throw new DriverError('failed', `${partitionKey(foreign)} is not this member's.`);
    for (const offset of offsets) this.#committed.set(partitionKey(offset), offset.offset);
  }

  #rebalance(): Promise<void> {
    this.#isStale = true;
    this.#rebalancing ??= this.#settle().finally(() => {
      this.#rebalancing = undefined;
    });
    return this.#rebalancing;
  }

  /** All give up all, as in Kafka's eager protocol, then all are given theirs. */
  async #settle(): Promise<void> {
    do {
      this.#isStale = false;
      // What joins and leaves in the same turn is one rebalance.
      await Promise.resolve();
      const owners = new Set(this.#owners.values());
      await Promise.all([...owners].map((member) => settlesWithin(member.revokeTimeoutMs, member.revoke())));
      this.#owners.clear();
      // A listener may have a member join or leave while it is told.
      if (!this.#isStale) this.#assign();
    } while (this.#isStale);
  }

  #assign(): void {
    const members = [...this.#members];
    for (const [index, partition] of this.#partitions(members).entries()) {
      const takers = members.filter(({ topics }) => topics.includes(partition.topic));
      const taker = takers[index % takers.length];
      if (taker) this.#owners.set(partitionKey(partition), taker);
    }
    for (const member of members) {
      member.assign(
        this.#partitions([member]).filter((each) => this.#owners.get(partitionKey(each)) === member),
      );
    }
  }

  #partitions(members: readonly MemoryMember[]): TopicPartition[] {
    const topics = [...new Set(members.flatMap((member) => member.topics))];
    return topics.flatMap((topic) =>
      Array.from({ length: this.#cluster.partitions(topic) }, (_, partition) => ({ topic, partition })),
    );
  }
}
