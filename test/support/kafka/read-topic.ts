import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';

const patienceMs = 20_000;

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
  return again(() => readOnce(brokers, topic, count));
}

/** Reads all that is in a topic now. */
export async function readWholeTopic(brokers: readonly string[], topic: string): Promise<ReadRecord[]> {
  return again(async () => {
    const kafka = new Kafka({ clientId: 'reader', brokers: [...brokers], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    let count = 0;
    try {
      // Of a topic without transactions and compaction: each offset is a record.
      for (const { low, high } of await admin.fetchTopicOffsets(topic)) count += Number(high) - Number(low);
    } finally {
      await admin.disconnect();
    }
    return count === 0 ? [] : await readOnce(brokers, topic, count);
  });
}

/** For a broker that has just started, or leaders that have just moved: kafkajs gives up at once. */
export async function again<T>(read: () => Promise<T>): Promise<T> {
  const limit = performance.now() + patienceMs;
  for (;;) {
    try {
      return await read();
    } catch (error) {
      const { type, retriable } = error as { readonly type?: string; readonly retriable?: boolean };
      const passes = type === 'GROUP_LOAD_IN_PROGRESS' || retriable === true;
      if (!passes || performance.now() > limit) throw error;
      await sleep(50);
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
