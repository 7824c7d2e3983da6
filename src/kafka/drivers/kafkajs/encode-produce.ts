import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { CompressionTypes } from 'kafkajs';
import { encodeRecords, type RecordFields } from './encode-records.js';

const gzipped = promisify(gzip);

/** A Produce request of version 3 to 7, as kafkajs gives it to what encodes it. */
export interface ProduceRequest<Message extends RecordFields = RecordFields> {
  readonly transactionalId?: string | null | undefined;
  readonly acks: number;
  readonly timeout: number;
  readonly compression: CompressionTypes;
  /** An int64: as a number, as digits or as what prints as them. */
  readonly producerId: unknown;
  readonly producerEpoch: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly PartitionData<Message>[];
  }[];
}

export interface PartitionData<Message extends RecordFields = RecordFields> {
  readonly partition: number;
  readonly firstSequence: number;
  readonly messages: readonly Message[];
}

/** A partition whose records are encoded, and compressed if they are to be. */
interface Encoded extends PartitionData {
  readonly firstTimestamp: number;
  readonly maxTimestamp: number;
  readonly records: Buffer;
}

/** The checksum of Kafka's batches, CRC-32C. */
export type Checksum = (bytes: Buffer) => number;

/** Of a batch, all before its records; of that, what stands before the bytes that its length and its checksum count. */
const batchHeader = 61;
const beforeCounted = 12;
const beforeChecked = 21;
const magic = 2;
const transactionalMask = 16;

/**
 * The body of the request in one buffer, of exactly its size: the same bytes as kafkajs makes of some twenty.
 * @param room how many bytes stay free before it.
 */
export async function encodeProduce(request: ProduceRequest, checksum: Checksum, room = 0): Promise<Buffer> {
  const topics: { readonly topic: string; readonly partitions: readonly Encoded[] }[] = [];
  for (const { topic, partitions } of request.topicData) {
    const encoded = partitions.map(encodePartition);
    const isPlain = request.compression === CompressionTypes.None;
    topics.push({ topic, partitions: isPlain ? encoded : await Promise.all(encoded.map(compress)) });
  }
  const target = Buffer.allocUnsafe(room + sizeOf(request, topics));
  let at = writeString(target, request.transactionalId, room);
  at = target.writeInt16BE(request.acks, at);
  at = target.writeInt32BE(request.timeout, at);
  at = target.writeInt32BE(topics.length, at);
  for (const { topic, partitions } of topics) {
    at = writeString(target, topic, at);
    at = target.writeInt32BE(partitions.length, at);
    for (const partition of partitions) {
      at = target.writeInt32BE(partition.partition, at);
      at = target.writeInt32BE(batchHeader + partition.records.length, at);
      at = writeBatch(target, request, partition, checksum, at);
    }
  }
  return target;
}

function encodePartition(partition: PartitionData): Encoded {
  let firstTimestamp = Infinity;
  let maxTimestamp = -Infinity;
  for (const { timestamp } of partition.messages) {
    firstTimestamp = Math.min(firstTimestamp, Number(timestamp));
    maxTimestamp = Math.max(maxTimestamp, Number(timestamp));
  }
  const records = encodeRecords(partition.messages, firstTimestamp);
  return { ...partition, firstTimestamp, maxTimestamp, records };
}

async function compress(partition: Encoded): Promise<Encoded> {
  return { ...partition, records: await gzipped(partition.records) };
}

function sizeOf(
  { transactionalId }: ProduceRequest,
  topics: readonly { readonly topic: string; readonly partitions: readonly Encoded[] }[],
): number {
  let size = 2 + Buffer.byteLength(transactionalId ?? '') + 2 + 4 + 4;
  for (const { topic, partitions } of topics) {
    size += 2 + Buffer.byteLength(topic) + 4;
    for (const { records } of partitions) size += 8 + batchHeader + records.length;
  }
  return size;
}

/** @returns where it ends. */
function writeBatch(
  target: Buffer,
  { compression, transactionalId, producerId, producerEpoch }: ProduceRequest,
  { messages, firstSequence, firstTimestamp, maxTimestamp, records }: Encoded,
  checksum: Checksum,
  start: number,
): number {
  const end = start + batchHeader + records.length;
  let at = target.writeBigInt64BE(0n, start); // the offset of the first, which the broker sets
  at = target.writeInt32BE(end - start - beforeCounted, at);
  at = target.writeInt32BE(0, at); // the leader's epoch, which the broker sets
  at = target.writeInt8(magic, at);
  const checksumAt = at;
  at = target.writeInt16BE(compression | (transactionalId ? transactionalMask : 0), at + 4);
  at = target.writeInt32BE(messages.length - 1, at);
  at = target.writeBigInt64BE(BigInt(firstTimestamp), at);
  at = target.writeBigInt64BE(BigInt(maxTimestamp), at);
  at = target.writeBigInt64BE(BigInt(String(producerId)), at);
  at = target.writeInt16BE(producerEpoch, at);
  at = target.writeInt32BE(firstSequence, at);
  at = target.writeInt32BE(messages.length, at);
  records.copy(target, at);
  target.writeUInt32BE(checksum(target.subarray(start + beforeChecked, end)), checksumAt);
  return end;
}

/** @returns where it ends. */
function writeString(target: Buffer, text: string | null | undefined, at: number): number {
  if (text === null || text === undefined) return target.writeInt16BE(-1, at);
  const length = target.write(text, at + 2);
  target.writeInt16BE(length, at);
  return at + 2 + length;
}
