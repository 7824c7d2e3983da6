import type { ClusterMetadata, Consumer, GroupAssignment } from '@platformatic/kafka';
import { backoffMs, Pause } from '../../connect.js';
import {
  type ConsumerListener,
  type ConsumerOptions,
  partitionKey,
  type TopicPartition,
} from '../../consumer-port.js';
import type { DriverError } from '../../driver-error.js';
import { classify } from './classify.js';

/** How often it is tried to join again before the membership is given up. */
const joinAttempts = 6;

/**
 * A consumer's place in its group: it joins, joins again when it was put out or when a topic has got partitions, and tells
 * the listener what is the member's and what no longer is. Nothing of it rejects.
 */
export class GroupMembership {
  readonly #consumer: Consumer;
  readonly #options: Pick<ConsumerOptions, 'retryBackoffMs' | 'logger'>;
  readonly #listener: Omit<ConsumerListener, 'onBatch'>;
  readonly #pause = new Pause();
  #assigned: readonly TopicPartition[] = [];
  #revoking: Promise<void> | undefined;
  #isJoining = false;
  #isLeader = false;
  #hasEnded = false;
  /** Partitions of each topic, as of the last time that it joined. */
  #counts: ReadonlyMap<string, number> = new Map();

  constructor(
    consumer: Consumer,
    options: Pick<ConsumerOptions, 'retryBackoffMs' | 'logger'>,
    listener: Omit<ConsumerListener, 'onBatch'>,
  ) {
    this.#consumer = consumer;
    this.#options = options;
    this.#listener = listener;
    // It joins again by itself after a heartbeat that says so; but once, and then there are no more heartbeats.
    consumer.on('error', () => {
      if (!consumer.isActive()) void this.join();
    });
    consumer.on('consumer:heartbeat:end', () => void this.#lookForPartitions());
    consumer.on('consumer:group:join', ({ assignments, isLeader = false }) => {
      this.#isLeader = isLeader;
      this.#assign(assignments ?? []);
    });
  }

  /** Are they all this member's? */
  has(partitions: readonly TopicPartition[]): boolean {
    const keys = new Set(this.#assigned.map(partitionKey));
    return partitions.every((partition) => keys.has(partitionKey(partition)));
  }

  /** Joins, or joins again. What goes on failing is a crash. */
  async join(): Promise<void> {
    if (this.#isJoining) return;
    this.#isJoining = true;
    await this.#tryToJoin();
    this.#isJoining = false;
  }

  /** To be called before each JoinGroup, which waits for it. */
  async leavePartitions({ topics }: Pick<ClusterMetadata, 'topics'>): Promise<void> {
    this.#counts = new Map([...topics].map(([topic, { partitionsCount }]) => [topic, partitionsCount]));
    if (this.#assigned.length === 0) return;
    this.#revoking ??= this.#tellRevoked().finally(() => {
      this.#revoking = undefined;
    });
    await this.#revoking;
  }

  /** Says nothing more. Does not leave the group. */
  end(): void {
    this.#hasEnded = true;
    this.#pause.end();
  }

  async #tryToJoin(): Promise<void> {
    for (let attempt = 0; !this.#hasEnded; attempt += 1) {
      try {
        await this.#consumer.joinGroup({});
        return;
      } catch (reason) {
        if (this.#hasEnded) return;
        const error = classify(reason);
        this.#options.logger.debug('Kafka group not joined', { error: error.message });
        if (attempt + 1 >= joinAttempts) {
          this.#crash(error);
          return;
        }
        await this.#pause.wait(backoffMs(this.#options.retryBackoffMs, attempt));
      }
    }
  }

  /** Partitions that a topic got later are shared out when the member that shares them out joins again. */
  async #lookForPartitions(): Promise<void> {
    if (!this.#isLeader) return;
    try {
      const { topics } = await this.#consumer.metadata({ topics: this.#consumer.topics.current });
      const hasGrown = [...topics].some(
        ([topic, { partitionsCount }]) => partitionsCount > (this.#counts.get(topic) ?? partitionsCount),
      );
      if (hasGrown && !this.#hasEnded) await this.join();
    } catch (reason) {
      this.#options.logger.debug('Kafka metadata not known', { error: classify(reason).message });
    }
  }

  #crash(error: DriverError): void {
    this.#assigned = [];
    this.#listener.onCrash(error);
  }

  #assign(assignments: readonly GroupAssignment[]): void {
    if (this.#hasEnded) return;
    this.#assigned = assignments.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    this.#listener.onAssigned(this.#assigned);
  }

  async #tellRevoked(): Promise<void> {
    try {
      await this.#listener.onRevoked(this.#assigned);
    } catch (reason) {
      this.#options.logger.error('A listener failed on revoked partitions', { error: String(reason) });
    }
    this.#assigned = [];
  }
}
