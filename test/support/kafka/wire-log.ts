import type { RecordBatch, WireRecord } from './record-batch.js';

export interface LoggedRecord extends WireRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export const kafkaErrors = {
  none: 0,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  messageTooLarge: 10,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  topicAuthorizationFailed: 29,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
} as const;

interface RememberedBatch {
  readonly first: number;
  readonly last: number;
  readonly baseOffset: number;
}

interface ProducerState {
  epoch: number;
  /** The last five, as Apache Kafka's ProducerStateEntry keeps them. */
  batches: RememberedBatch[];
}

const rememberedBatches = 5;

export interface AppendResult {
  readonly error: number;
  readonly baseOffset: number;
}

/**
 * One partition with the rules of Apache Kafka's ProducerAppendInfo: exactly the first and last sequence of one of the
 * last five batches is a duplicate and is answered with its old offset, the next sequence is appended, anything else is
 * out of order.
 */
export class WireLog {
  readonly topic: string;
  readonly partition: number;
  readonly records: LoggedRecord[] = [];
  readonly #producers = new Map<bigint, ProducerState>();
  readonly #batches: { readonly baseOffset: number; readonly bytes: Buffer }[] = [];
  leader: number;
  /** Batches that came again and were not stored again. */
  duplicates = 0;

  constructor(topic: string, partition: number, leader: number) {
    this.topic = topic;
    this.partition = partition;
    this.leader = leader;
  }

  append(batch: RecordBatch): AppendResult {
    const { producerId, producerEpoch, baseSequence: first, records } = batch;
    if (producerId < 0n) return { error: kafkaErrors.none, baseOffset: this.#store(batch) };
    let producer = this.#producers.get(producerId);
    if (!producer) {
      // A producer that the broker does not know has to begin at 0: a strict reading, as brokers since 2.5 accept any.
      if (first !== 0) return { error: kafkaErrors.outOfOrderSequence, baseOffset: -1 };
      producer = { epoch: producerEpoch, batches: [] };
      this.#producers.set(producerId, producer);
    }
    if (producerEpoch < producer.epoch) return { error: kafkaErrors.invalidProducerEpoch, baseOffset: -1 };
    const last = first + records.length - 1;
    const known = producer.batches.find((one) => one.first === first && one.last === last);
    if (known) {
      this.duplicates += 1;
      return { error: kafkaErrors.none, baseOffset: known.baseOffset };
    }
    const newest = producer.batches.at(-1);
    if (newest && first !== newest.last + 1) return { error: kafkaErrors.outOfOrderSequence, baseOffset: -1 };
    const baseOffset = this.#store(batch);
    producer.batches = [...producer.batches, { first, last, baseOffset }].slice(-rememberedBatches);
    return { error: kafkaErrors.none, baseOffset };
  }

  /** Whole batches, as a fetch gets them: the one that holds `offset` and what fits after it. */
  read(offset: number, limit: number): Buffer {
    const from = this.#batches.findLastIndex(({ baseOffset }) => baseOffset <= offset);
    const found: Buffer[] = [];
    let size = 0;
    if (offset >= this.records.length) return Buffer.alloc(0);
    for (const { bytes } of this.#batches.slice(from)) {
      if (found.length > 0 && size + bytes.length > limit) break;
      found.push(bytes);
      size += bytes.length;
    }
    return Buffer.concat(found);
  }

  #store({ records, bytes }: RecordBatch): number {
    const baseOffset = this.records.length;
    const stored = Buffer.from(bytes);
    // The checksum does not cover it.
    stored.writeBigInt64BE(BigInt(baseOffset));
    this.#batches.push({ baseOffset, bytes: stored });
    const { topic, partition } = this;
    records.forEach((record, index) => {
      this.records.push({ ...record, topic, partition, offset: baseOffset + index });
    });
    return baseOffset;
  }
}
