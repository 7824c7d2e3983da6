import { JsonFault } from './json-fault.js';

/**
 * UTF-8 that may hold surrogates encoded on their own, as Python's `surrogatepass` takes it; for bytes that a
 * TextDecoder refuses, so it need not be fast.
 * @throws JsonFault with the position of the byte that is wrong.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  const points: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] ?? 0;
    const length = lengthOf(first);
    if (length === 0) throw wrong(first, at, 'invalid start byte');
    let point = length === 1 ? first : first & (0xff >> (length + 1));
    for (let next = at + 1; next < at + length; next += 1) {
      const byte = bytes[next];
      if (byte === undefined) throw wrong(first, at, 'unexpected end of data');
      if ((byte & 0xc0) !== 0x80) throw wrong(first, at, 'invalid continuation byte');
      point = (point << 6) | (byte & 0x3f);
    }
    if (point < (smallest[length] ?? 0) || point > 0x10ffff)
      throw wrong(first, at, 'invalid continuation byte');
    points.push(String.fromCodePoint(point));
    at += length;
  }
  return points.join('');
}

/** The smallest code point that takes 1, 2, 3 and 4 bytes. */
const smallest = [0, 0, 0x80, 0x800, 0x10000];

/** How many bytes the character takes that begins with `first`; 0 if none does. */
function lengthOf(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

function wrong(byte: number, at: number, why: string): JsonFault {
  return new JsonFault(`No UTF-8: byte 0x${byte.toString(16)} in position ${at}: ${why}`, 'encoding', at);
}
