import type { EachBatchPayload, IHeaders, KafkaMessage } from 'kafkajs';
import type { ConsumerRecord, PartitionOffset, RecordBatch, TopicPartition } from '../../consumer-port.js';

type Batch = EachBatchPayload['batch'];

/** The offset after all that kafkajs has read for this batch, control records included. */
function nextOffsetOf(batch: Batch): bigint {
  return BigInt(batch.lastOffset()) + 1n;
}

export function toRecordBatch(batch: Batch): RecordBatch {
  const { topic, partition, messages, highWatermark } = batch;
  return {
    topic,
    partition,
    records: messages.map(toRecord),
    nextOffset: nextOffsetOf(batch),
    highWatermark: BigInt(highWatermark),
  };
}

/** `partitions` as kafkajs's requests have them: by topic. */
export function byTopic<T extends TopicPartition, R>(
  partitions: readonly T[],
  shape: (partition: T) => R,
): { topic: string; partitions: R[] }[] {
  const topics = new Map<string, R[]>();
  for (const each of partitions) {
    const shapes = topics.get(each.topic) ?? [];
    shapes.push(shape(each));
    topics.set(each.topic, shapes);
  }
  return Array.from(topics, ([topic, shapes]) => ({ topic, partitions: shapes }));
}

/** What a request to commit has of a partition. */
export function toCommit({ partition, offset }: PartitionOffset): { partition: number; offset: string } {
  return { partition, offset: String(offset) };
}

function toRecord({ offset, key, value, headers, timestamp }: KafkaMessage): ConsumerRecord {
  return {
    offset: BigInt(offset),
    key,
    value,
    headers: headers === undefined ? {} : singleHeaders(headers),
    timestamp: Number(timestamp),
  };
}

/** Of a header that comes several times, the last. Hardly any does: then they are taken as they are. */
function singleHeaders(headers: IHeaders): Record<string, Buffer> {
  for (const name in headers) if (!Buffer.isBuffer(headers[name])) return lastOfEach(headers);
  return headers as Record<string, Buffer>;
}

function lastOfEach(headers: IHeaders): Record<string, Buffer> {
  const last: Record<string, Buffer> = {};
  for (const [name, content] of Object.entries(headers)) {
    const single = Array.isArray(content) ? content.at(-1) : content;
    last[name] = Buffer.isBuffer(single) ? single : Buffer.from(single ?? '');
  }
  return last;
}
