import type { ProducerOptions, ProducerRecord } from './producer-port.js';

export interface TransactionalOptions extends ProducerOptions {
  /** What the brokers know the producer by, over restarts: only the one that took it last may write. */
  readonly transactionalId: string;
  /** How long the brokers let a transaction stay open. Milliseconds. */
  readonly transactionTimeoutMs: number;
}

/**
 * One transactional producer, with one transaction at a time and one call at a time. Whatever rejects, the transaction can
 * only be aborted; {@link kill} does no less, for what is not committed is aborted by the brokers in the end.
 */
export interface TransactionalPort {
  /**
   * Takes the transactional id: whoever had it before is fenced, and what that one left open is aborted. After a rejection
   * it is only good for {@link kill}.
   */
  connect(): Promise<void>;
  /** The topic's number of partitions. Where the brokers allow it, asking creates the topic. */
  partitionsOf(topic: string): Promise<number>;
  begin(): Promise<void>;
  /** Writes records into the open transaction. @returns the offset of the first. */
  produce(topic: string, partition: number, records: readonly ProducerRecord[]): Promise<bigint>;
  /** Rejects with `fenced`, `auth` or `rejected` if it certainly is not committed. */
  commit(): Promise<void>;
  abort(): Promise<void>;
  /** Gives up the connections in order. Never rejects. */
  close(): Promise<void>;
  /** Cuts every connection at once; outstanding calls fail. Resolves when none is left. */
  kill(): Promise<void>;
}
