import { gunzipSync } from 'node:zlib';
import { crc32c, WireReader } from './wire-codec.js';

export interface WireRecord {
  readonly key: string | null;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestamp: number;
}

export interface RecordBatch {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly records: readonly WireRecord[];
  /** As they came. */
  readonly bytes: Buffer;
}

const crcEnds = 8 + 4 + 4 + 1 + 4;

/** Decodes a record batch of magic 2, and refuses one whose checksum, lengths or counts are wrong. */
export function decodeRecordBatch(bytes: Buffer): RecordBatch {
  const reader = new WireReader(bytes);
  reader.int64();
  const length = reader.int32();
  if (length !== reader.left) throw new Error(`A batch of ${reader.left} bytes says it has ${length}.`);
  reader.int32();
  const magic = reader.int8();
  if (magic !== 2) throw new Error(`A batch has magic ${magic}.`);
  if (reader.uint32() !== crc32c(bytes.subarray(crcEnds))) throw new Error('A batch has a wrong checksum.');
  const attributes = reader.int16();
  const lastOffsetDelta = reader.int32();
  const firstTimestamp = reader.int64();
  reader.int64();
  const producerId = reader.int64();
  const producerEpoch = reader.int16();
  const baseSequence = reader.int32();
  const count = reader.int32();
  if (lastOffsetDelta !== count - 1)
    throw new Error(`A batch of ${count} records ends at ${lastOffsetDelta}.`);
  const body = reader.bytes(reader.left);
  const recordReader = new WireReader((attributes & 7) === 1 ? gunzipSync(body) : body);
  const records = Array.from({ length: count }, () => decodeRecord(recordReader, firstTimestamp));
  if (recordReader.left > 0) throw new Error(`A batch has ${recordReader.left} bytes after its records.`);
  return { producerId, producerEpoch, baseSequence, records, bytes };
}

function decodeRecord(reader: WireReader, firstTimestamp: bigint): WireRecord {
  reader.varint();
  reader.int8();
  const timestamp = Number(firstTimestamp) + reader.varint();
  reader.varint();
  const key = reader.varbytes();
  const value = reader.varbytes();
  const headers: Record<string, string> = {};
  for (let left = reader.varint(); left > 0; left -= 1) {
    const name = reader.varbytes();
    headers[String(name)] = String(reader.varbytes());
  }
  return { key: key === null ? null : key.toString(), value: String(value), headers, timestamp };
}
