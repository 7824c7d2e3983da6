import { z } from 'zod';
import {
  createEnvelope,
  defineEvent,
  EventConsumer,
  type EventConsumerOptions,
  type EventConsumerSettings,
  KafkaBus,
  MemoryDriver,
  MemoryKafka,
} from '../../../src/index.js';

/** An event that tells its number and its key, in a topic of one's own. */
export function countedIn(topic: string) {
  return defineEvent('test.counted.v1', {
    topic,
    schema: z.object({ number: z.int(), key: z.string() }),
    key: 'key',
  });
}

export const Counted = countedIn('counted');

export const counted = (number: number, key = 'a') =>
  createEnvelope(Counted, { number, key }, { sourceService: 'test' });

/** A consumer on a memory cluster with a topic `counted`, and what publishes to it. */
export class ConsumerScene implements AsyncDisposable {
  readonly cluster: MemoryKafka;
  readonly driver: MemoryDriver;
  readonly bus: KafkaBus;
  readonly consumers: EventConsumer[] = [];

  private constructor(partitions: number) {
    this.cluster = new MemoryKafka();
    this.cluster.createTopic('counted', partitions);
    this.driver = new MemoryDriver(this.cluster);
    this.bus = new KafkaBus({ clientId: 'test', driver: this.driver });
  }

  static async begin(partitions = 1): Promise<ConsumerScene> {
    const scene = new ConsumerScene(partitions);
    await scene.bus.start();
    return scene;
  }

  consumer(settings: Partial<EventConsumerSettings> = {}, options: EventConsumerOptions = {}): EventConsumer {
    const consumer = new EventConsumer(
      {
        groupId: 'desk',
        driver: this.driver,
        autoOffsetReset: 'earliest',
        backoff: { minMs: 1, maxMs: 4 },
        commitIntervalMs: 5,
        stopTimeoutMs: 200,
        retryBackoffMs: 2,
        ...settings,
      },
      options,
    );
    this.consumers.push(consumer);
    return consumer;
  }

  async publish(...numbers: readonly number[]): Promise<void> {
    await Promise.all(numbers.map((number) => this.bus.publish('counted', counted(number), { key: 'a' })));
  }

  committed(partition = 0, topic = 'counted'): bigint | undefined {
    return this.cluster.committed('desk', topic, partition);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cluster.refuse(false);
    this.cluster.resume();
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
    await this.bus.stop();
  }
}
