import type { EventEnvelope } from '../../events/envelope.js';
import type { EventDefinition } from '../../events/event-definition.js';
import { eventRegistry } from '../../events/event-registry.js';
import { parseEnvelope } from '../../events/parse-envelope.js';
import { MemoryDriver } from '../../kafka/drivers/memory/memory-driver.js';
import {
  MemoryKafka as MemoryCluster,
  type MemoryKafkaOptions,
} from '../../kafka/drivers/memory/memory-kafka.js';
import { KafkaBus } from '../../kafka/kafka-bus.js';
import type { KafkaBusSettings } from '../../kafka/settings.js';
import { noteServer } from '../leaks/running.js';

/** The publisher that runs in production, on a Kafka cluster of its own in this process. */
export interface MemoryKafkaForTests extends AsyncDisposable {
  /** Started. It stands for KafkaPublisherProtocol. */
  readonly publisher: KafkaBus;
  /** Topics, records, and faults: `refuse`, `cut`, `stall`, `loseAcks`, `moveLeaders`, `limit`, `forbid`, `evict`. */
  readonly cluster: MemoryCluster;
  /** For an EventConsumer on the same cluster. */
  readonly driver: MemoryDriver;
  /** The envelopes that lie in a topic, one partition after the other. */
  events(topic: string): readonly EventEnvelope[];
}

export interface MemoryKafkaForTestsOptions extends MemoryKafkaOptions {
  /** What `publishEvent` knows. */
  readonly events?: readonly EventDefinition[];
  /** Of the publisher, as its delivery timeout. */
  readonly settings?: Partial<Omit<KafkaBusSettings, 'bootstrapServers' | 'driver'>>;
}

/** A Kafka for a test: `await using kafka = await memoryKafka({ events: [ContentCreated] })`. */
export async function memoryKafka({
  events = [],
  settings = {},
  ...options
}: MemoryKafkaForTestsOptions = {}): Promise<MemoryKafkaForTests> {
  const cluster = new MemoryCluster(options);
  const driver = new MemoryDriver(cluster);
  const publisher = new KafkaBus(
    { clientId: 'memory-kafka', retryBackoffMs: 5, ...settings, driver },
    undefined,
    eventRegistry(events),
  );
  await publisher.start();
  const close = noteServer('memoryKafka()');
  return {
    publisher,
    cluster,
    driver,
    events: (topic) => cluster.records(topic).map(({ value }) => parseEnvelope(value)),
    [Symbol.asyncDispose]: async () => {
      await publisher.stop();
      close();
    },
  };
}
