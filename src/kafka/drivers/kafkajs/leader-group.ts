import type { FailureKind } from '../../driver-error.js';
import type { ProducerRecord } from '../../producer-port.js';
import { sender, type Sender } from './produce-request-patch.js';

/** A record as kafkajs takes it. kafkajs hands this very object to the partitioner. */
export interface RoutedMessage {
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers: Record<string, Buffer | string>;
  readonly timestamp: string;
  readonly partition: number;
  readonly group: Group;
  readonly [sender]: Sender;
}

export type Batches = ReadonlyMap<number, readonly ProducerRecord[]>;

/** What goes to one broker in one send. */
export interface Group {
  readonly leader: number;
  readonly partitions: Map<number, readonly ProducerRecord[]>;
  /** How often it was begun to send it, without an answer that says that nothing was written. */
  attempts: number;
  /** Of one that was part of a group which was refused: for what. */
  readonly refusedAs?: FailureKind | undefined;
  /** The message that kafkajs routes first in each attempt. */
  first?: RoutedMessage | undefined;
}

/**
 * Splits the batches by the broker that leads their partitions.
 * @param attempts how often it was begun to send them.
 */
export function groupByLeader(batches: Batches, leaders: ReadonlyMap<number, number>, attempts = 0): Group[] {
  const groups = new Map<number, Group>();
  for (const [partition, records] of batches) {
    // A partition that the metadata lacks stands alone, so that it holds up no other.
    const leader = leaders.get(partition) ?? -2 - partition;
    let group = groups.get(leader);
    if (!group) {
      group = { leader, partitions: new Map(), attempts };
      groups.set(leader, group);
    }
    group.partitions.set(partition, records);
  }
  return [...groups.values()];
}

/** The group's records as kafkajs takes them. */
export function messagesOf(group: Group, by: Sender): RoutedMessage[] {
  return Array.from(group.partitions).flatMap(([partition, records]) =>
    records.map(({ key, value, headers, timestamp }) => {
      return { key, value, headers, timestamp: String(timestamp), partition, group, [sender]: by };
    }),
  );
}
