import type { Consumer, KafkaRecord, RecordsBatch } from '@platformatic/kafka';
import type { ConsumerRecord } from '../../consumer-port.js';

/** @platformatic/kafka does not export its own names of these. */
export type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
export type FetchResponsePartition = FetchResponse['responses'][number]['partitions'][number];

/** Bits of a batch's attributes. */
const isTransactional = 1 << 4;
const isControl = 1 << 5;
/** The type that the key of a control record has at an abort. */
const abortMark = 0;

export interface FetchedRecords {
  readonly records: readonly ConsumerRecord[];
  /** After all that was fetched, what consumers may not see included. */
  readonly nextOffset: bigint;
}

/**
 * The records from `fetchOffset` on that consumers may see: without the marks of transactions, and without what was aborted.
 * @platformatic/kafka leaves aborted records in, unless the mark of their abort came with the same fetch.
 */
export function fetchedRecords(
  { abortedTransactions, records: batches }: FetchResponsePartition,
  fetchOffset: bigint,
): FetchedRecords {
  const records: ConsumerRecord[] = [];
  const aborted = [...(abortedTransactions ?? [])].toSorted((a, b) => Number(a.firstOffset - b.firstOffset));
  const aborting = new Set<bigint>();
  let nextOffset = fetchOffset;
  for (const batch of batches ?? []) {
    const lastOffset = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    if (lastOffset >= nextOffset) nextOffset = lastOffset + 1n;
    for (let next = aborted[0]; next !== undefined && next.firstOffset <= lastOffset; next = aborted[0]) {
      aborting.add(next.producerId);
      aborted.shift();
    }
    if ((batch.attributes & isControl) !== 0) {
      if (batch.records[0]?.key?.readInt16BE(2) === abortMark) aborting.delete(batch.producerId);
    } else if ((batch.attributes & isTransactional) === 0 || !aborting.has(batch.producerId)) {
      for (const record of batch.records) {
        if (batch.firstOffset + BigInt(record.offsetDelta) >= fetchOffset)
          records.push(toRecord(batch, record));
      }
    }
  }
  return { records, nextOffset };
}

function toRecord({ firstOffset, firstTimestamp }: RecordsBatch, record: KafkaRecord): ConsumerRecord {
  const headers: Record<string, Buffer> = {};
  for (const [name, content] of record.headers) headers[String(name)] = content ?? Buffer.alloc(0);
  return {
    offset: firstOffset + BigInt(record.offsetDelta),
    key: record.key,
    value: record.value,
    headers,
    timestamp: Number(firstTimestamp + record.timestampDelta),
  };
}
