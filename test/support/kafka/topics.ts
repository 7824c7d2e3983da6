import type { Admin, ITopicConfig } from 'kafkajs';
import { until } from '../until.js';

/**
 * Makes topics and waits for their leaders. kafkajs can wait too (`waitForLeaders`), but gives up at a broker that has not heard
 * of the topic yet.
 */
export async function createTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  await admin.createTopics({ topics, waitForLeaders: false });
  for (const { topic, numPartitions = 1 } of topics) await untilLed(admin, topic, numPartitions);
}

/** Gives a topic more partitions, and waits for their leaders. */
export async function growTopic(admin: Admin, topic: string, partitions: number): Promise<void> {
  await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
  await untilLed(admin, topic, partitions);
}

function untilLed(admin: Admin, topic: string, partitions: number): Promise<void> {
  // The metadata may name a broker that does not know it yet: a consumer that asks it then joins its group again.
  const answers = (): Promise<boolean> =>
    admin.fetchTopicOffsets(topic).then(
      () => true,
      () => false,
    );
  const isLed = async (): Promise<boolean> => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] }).catch(() => ({ topics: [] }));
    const led = topics[0]?.partitions.filter(({ leader }) => leader >= 0) ?? [];
    return led.length === partitions && (await answers());
  };
  return until(isLed, `${topic} has leaders`, 20_000);
}
