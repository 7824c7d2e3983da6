import type { Consumer } from 'kafkajs';
import { partitionKey, type TopicPartition } from '../../consumer-port.js';

/** Which partitions kafkajs may not fetch: those paused from outside, and those whose last batch is still worked on. */
export class FetchPauses {
  readonly #consumer: Pick<Consumer, 'pause' | 'resume'>;
  readonly #paused = new Set<string>();
  #held = new Set<string>();
  #isJoined = false;

  constructor(consumer: Pick<Consumer, 'pause' | 'resume'>) {
    this.#consumer = consumer;
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#paused.add(partitionKey(partition));
    this.#apply(partitions);
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#paused.delete(partitionKey(partition));
    this.#apply(partitions);
  }

  /** Fetches no more of the partition until `room` settles or the partitions change. */
  hold(partition: TopicPartition, room: Promise<void>): void {
    const held = this.#held;
    const release = (): void => {
      held.delete(partitionKey(partition));
      if (this.#held === held) this.#apply([partition]);
    };
    held.add(partitionKey(partition));
    this.#apply([partition]);
    room.then(release, release);
  }

  /** The group was joined, and nothing is worked on. kafkajs keeps its pauses through it. */
  begin(partitions: readonly TopicPartition[]): void {
    this.#isJoined = true;
    this.#held = new Set();
    this.#apply(partitions);
  }

  /** kafkajs has ended, and would throw. */
  end(): void {
    this.#isJoined = false;
  }

  #apply(partitions: readonly TopicPartition[]): void {
    if (!this.#isJoined) return;
    for (const each of partitions) {
      const key = partitionKey(each);
      const one = [{ topic: each.topic, partitions: [each.partition] }];
      if (this.#paused.has(key) || this.#held.has(key)) this.#consumer.pause(one);
      else this.#consumer.resume(one);
    }
  }
}
