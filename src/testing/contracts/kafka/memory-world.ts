import { randomUUID } from 'node:crypto';
import { MemoryDriver } from '../../../kafka/drivers/memory/memory-driver.js';
import { MemoryKafka } from '../../../kafka/drivers/memory/memory-kafka.js';
import type { OpenedKafka } from './opened-kafka.js';

/** A cluster in this process for a contract, with all its faults. Whoever wraps its driver tests the wrapper. */
export function openMemoryKafka(): Promise<OpenedKafka & { readonly cluster: MemoryKafka }> {
  const cluster = new MemoryKafka({ autoCreateTopics: false });
  return Promise.resolve({
    cluster,
    driver: new MemoryDriver(cluster),
    createTopic: (partitions) => {
      const topic = randomUUID();
      cluster.createTopic(topic, partitions);
      return Promise.resolve(topic);
    },
    read: (topic) =>
      Promise.resolve(
        cluster.records(topic).map(({ partition, offset, key, value, headers }) => ({
          partition,
          offset: String(offset),
          key: key?.toString() ?? null,
          value: value.toString(),
          headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
        })),
      ),
    committed: (groupId, topic, partition) => cluster.committed(groupId, topic, partition),
    faults: {
      cut: () => cluster.cut(),
      loseAcks: (count) => cluster.loseAcks(count),
      acksToLose: () => cluster.faults.acksToLose,
      refuse: (refusing) => cluster.refuse(refusing),
      stall: () => cluster.stall(),
      resume: () => cluster.resume(),
      moveLeaders: () => cluster.moveLeaders(),
      limit: (topic, bytes) => cluster.limit(topic, bytes),
      forbid: (topic) => cluster.forbid(topic),
      evict: (groupId) => cluster.evict(groupId),
      missingTopic: () => randomUUID(),
    },
    sessionTimeoutMs: 1_000,
    close: () => {
      cluster.resume();
      return Promise.resolve();
    },
  });
}
