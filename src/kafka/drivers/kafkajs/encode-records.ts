/** What a record is made of: of a message as kafkajs has it, what concerns the bytes. */
export interface RecordFields {
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, Buffer | string>>;
  /** Milliseconds since 1970, a whole number. */
  readonly timestamp: number | string;
}

/**
 * Records of magic 2 as they follow each other in a batch: each its length, attributes, deltas, key, value and headers; the
 * same bytes as kafkajs makes.
 * @param firstTimestamp the earliest of theirs: deltas are never negative.
 */
export function encodeRecords(records: readonly RecordFields[], firstTimestamp: number): Buffer {
  const lengths = records.map((record, index) => bodyLengthOf(record, index, firstTimestamp));
  let total = 0;
  for (const length of lengths) total += sizeOfBytes(length);
  const target = Buffer.allocUnsafe(total);
  let at = 0;
  records.forEach((record, index) => {
    at = writeVarInt(target, lengths[index] ?? 0, at);
    at = writeBody(target, record, index, firstTimestamp, at);
  });
  return target;
}

function bodyLengthOf(record: RecordFields, offsetDelta: number, firstTimestamp: number): number {
  const { key, value, headers, timestamp } = record;
  let length = 1 + sizeOfVarInt(Number(timestamp) - firstTimestamp) + sizeOfVarInt(offsetDelta);
  length += sizeOfBytes(key?.length ?? -1) + sizeOfBytes(value.length);
  let count = 0;
  for (const name in headers) {
    count += 1;
    length += sizeOfBytes(Buffer.byteLength(name)) + sizeOfBytes(Buffer.byteLength(headers[name] ?? ''));
  }
  return length + sizeOfVarInt(count);
}

/** @returns where it ends. */
function writeBody(
  target: Buffer,
  { key, value, headers, timestamp }: RecordFields,
  offsetDelta: number,
  firstTimestamp: number,
  start: number,
): number {
  target[start] = 0; // attributes, of which there are none
  let at = writeVarInt(target, Number(timestamp) - firstTimestamp, start + 1);
  at = writeVarInt(target, offsetDelta, at);
  at = writeVarInt(target, key?.length ?? -1, at);
  if (key) at += key.copy(target, at);
  at = writeVarInt(target, value.length, at);
  at += value.copy(target, at);
  at = writeVarInt(target, Object.keys(headers).length, at);
  for (const name in headers) {
    at = writeContent(target, name, at);
    at = writeContent(target, headers[name] ?? '', at);
  }
  return at;
}

/** @returns where it ends. */
function writeContent(target: Buffer, content: Buffer | string, at: number): number {
  const start = writeVarInt(target, Buffer.byteLength(content), at);
  if (typeof content === 'string') return start + target.write(content, start);
  return start + content.copy(target, start);
}

function sizeOfBytes(length: number): number {
  return sizeOfVarInt(length) + Math.max(length, 0);
}

/** Zigzag, then seven bits a byte, the lowest first. By arithmetic, since bit operations end at 32 bits. */
function zigzag(number: number): number {
  return number < 0 ? -2 * number - 1 : 2 * number;
}

function sizeOfVarInt(number: number): number {
  let size = 1;
  for (let left = zigzag(number); left > 0x7f; left = Math.floor(left / 0x80)) size += 1;
  return size;
}

/** @returns where it ends. */
function writeVarInt(target: Buffer, number: number, at: number): number {
  let left = zigzag(number);
  for (; left > 0x7f; left = Math.floor(left / 0x80)) {
    target[at] = (left % 0x80) + 0x80;
    at += 1;
  }
  target[at] = left;
  return at + 1;
}
