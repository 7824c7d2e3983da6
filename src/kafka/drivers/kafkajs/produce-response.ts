import { createRequire } from 'node:module';
import { isRefusal } from '../../driver-error.js';
import { classify } from './classify.js';

const { createErrorFromCode } = createRequire(import.meta.url)('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};

/** What a broker says of one partition of a Produce request. */
export interface PartitionResult {
  /** 0: written. */
  readonly errorCode: number;
  /** Of the first record; -1 if it was not written. */
  readonly baseOffset: bigint;
}

const int16 = 2;
const int32 = 4;
const int64 = 8;

/**
 * The answer to a Produce request of one topic, version 5 to 7.
 * @returns its partitions, and how long the broker asks to be left alone.
 */
export function partitionResults(payload: Buffer): {
  readonly results: ReadonlyMap<number, PartitionResult>;
  readonly throttleMs: number;
} {
  const results = new Map<number, PartitionResult>();
  const topicAt = int32; // after the number of topics
  let at = topicAt + int16 + payload.readInt16BE(topicAt);
  const count = payload.readInt32BE(at);
  at += int32;
  for (let left = count; left > 0; left -= 1) {
    const partition = payload.readInt32BE(at);
    const errorCode = payload.readInt16BE(at + int32);
    results.set(partition, { errorCode, baseOffset: payload.readBigInt64BE(at + int32 + int16) });
    // The times at which it was appended and the log begins follow.
    at += int32 + int16 + 3 * int64;
  }
  return { results, throttleMs: payload.readInt32BE(at) };
}

/** Does the code say that nothing was written? Some come after the records are in the log. */
export function isWrittenNowhere(errorCode: number): boolean {
  return isRefusal(classify(createErrorFromCode(errorCode)).kind);
}
