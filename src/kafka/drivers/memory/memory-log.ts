import { DriverError } from '../../driver-error.js';
import type { ProducerRecord } from '../../producer-port.js';

/** A record as it stands in a partition. */
export interface StoredRecord extends ProducerRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

export interface ReadRecords {
  readonly records: StoredRecord[];
  /** Where reading goes on. */
  readonly nextOffset: bigint;
}

/** One partition: its records, and the last batch of each producer, by which a retry is recognised. */
export class MemoryLog {
  readonly records: StoredRecord[] = [];
  readonly #topic: string;
  readonly #partition: number;
  readonly #producers = new Map<number, { firstSequence: number; count: number; baseOffset: bigint }>();

  constructor(topic: string, partition: number) {
    this.#topic = topic;
    this.#partition = partition;
  }

  get endOffset(): bigint {
    return BigInt(this.records.length);
  }

  /** Up to the first record that may not be read yet, without those that never may. */
  readUpTo(
    offset: bigint,
    limit: number,
    isVisible: (record: StoredRecord) => boolean | undefined,
  ): ReadRecords {
    const records: StoredRecord[] = [];
    let next = Number(offset);
    for (
      let record = this.records[next];
      record !== undefined && records.length < limit;
      record = this.records[next]
    ) {
      const visible = isVisible(record);
      if (visible === undefined) break;
      if (visible) records.push(record);
      next += 1;
    }
    return { records, nextOffset: BigInt(next) };
  }

  store(records: readonly ProducerRecord[]): readonly StoredRecord[] {
    const baseOffset = this.endOffset;
    const stored = records.map((record, index) => ({
      ...record,
      topic: this.#topic,
      partition: this.#partition,
      offset: baseOffset + BigInt(index),
    }));
    this.records.push(...stored);
    return stored;
  }

  /** Stores a batch once, however often its producer brings it. `stored` is empty for one that is there already. */
  append(
    records: readonly ProducerRecord[],
    producerId: number,
    firstSequence: number,
  ): { readonly baseOffset: bigint; readonly stored: readonly StoredRecord[] } {
    const last = this.#producers.get(producerId);
    if (last && last.firstSequence === firstSequence && last.count === records.length) {
      return { baseOffset: last.baseOffset, stored: [] };
    }
    if (firstSequence !== (last ? last.firstSequence + last.count : 0)) {
      throw new DriverError(
        'sequence',
        `Sequence ${firstSequence} is not the next one of ${this.#topic}-${this.#partition}.`,
      );
    }
    const baseOffset = this.endOffset;
    const stored = this.store(records);
    this.#producers.set(producerId, { firstSequence, count: records.length, baseOffset });
    return { baseOffset, stored };
  }
}
