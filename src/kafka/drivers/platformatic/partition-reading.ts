import type { TopicPartition } from '../../consumer-port.js';

/** Where one assigned partition stands. */
export interface PartitionReading extends TopicPartition {
  /** Where the next fetch begins; undefined until it is known. */
  position: bigint | undefined;
  /** Is the listener at a batch of it? */
  isBusy: boolean;
}
