import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';

export interface ReadRecord {
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads a topic from its beginning with a kafkajs consumer of its own, until there are `count` records. */
export async function readTopic(
  brokers: readonly string[],
  topic: string,
  count: number,
): Promise<ReadRecord[]> {
  for (;;) {
    try {
      return await readOnce(brokers, topic, count);
    } catch (error) {
      // A broker that has just started: kafkajs gives up at once.
      if ((error as { type?: string }).type !== 'GROUP_LOAD_IN_PROGRESS') throw error;
    }
  }
}

async function readOnce(brokers: readonly string[], topic: string, count: number): Promise<ReadRecord[]> {
  const kafka = new Kafka({ clientId: 'reader', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const records: ReadRecord[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer
        .run({
          autoCommit: false,
          eachMessage: ({ partition, message }) => {
            records.push({
              partition,
              offset: message.offset,
              key: message.key?.toString() ?? null,
              value: message.value?.toString() ?? '',
              headers: Object.fromEntries(
                Object.entries(message.headers ?? {}).map(([name, content]) => [name, String(content)]),
              ),
            });
            if (records.length >= count) resolve();
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return records.toSorted((a, b) => a.partition - b.partition || Number(BigInt(a.offset) - BigInt(b.offset)));
}
