import type { Producer } from 'kafkajs';
import { classify } from './classify.js';
import { PartitionsSeen } from './signals.js';

/** What a partitioner answers with {@link PartitionsSeen}. */
export const probePartition = -1;

/**
 * Has kafkajs show the producer's partitioner what it knows of a topic: there is no call for it, so this is a send that ends
 * there.
 * @throws DriverError
 */
export async function showPartitions(producer: Producer, topic: string): Promise<void> {
  const probe = { value: Buffer.alloc(0), partition: probePartition };
  try {
    await producer.send({ topic, messages: [probe] });
  } catch (reason) {
    const error = classify(reason);
    if (!(error.cause instanceof PartitionsSeen)) throw error;
  }
}
