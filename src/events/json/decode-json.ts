import { isAscii } from 'node:buffer';
import { JsonFault } from './json-fault.js';
import { decodeUtf8 } from './decode-utf8.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of `bytes`; undefined if they are not UTF-8. A byte order mark stays in it.
 */
export function strictUtf8(bytes: Uint8Array): string | undefined {
  if (isAscii(bytes)) return viewOf(bytes).toString('latin1');
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The text of `bytes` as Python's json.loads decodes it: UTF-8, UTF-16 or UTF-32 by their byte order mark or by where
 * the zero bytes stand, surrogates encoded on their own taken as they are.
 *
 * One difference is left: two halves of a pair, each encoded on its own, become one character here and stay two in
 * Python. It shows in the order of keys that hold them, nowhere else.
 * @throws JsonFault
 */
export function decodeJson(bytes: Uint8Array): string {
  const [b0 = -1, b1 = -1, b2 = -1, b3 = -1] = bytes;
  if (b0 === 0xff && b1 === 0xfe) {
    return b2 === 0 && b3 === 0 ? decodeUtf32(bytes, 4, true) : decodeUtf16(bytes, 2, true);
  }
  if (b0 === 0xfe && b1 === 0xff) return decodeUtf16(bytes, 2, false);
  if (b0 === 0 && b1 === 0 && b2 === 0xfe && b3 === 0xff) return decodeUtf32(bytes, 4, false);
  if (b0 === 0xef && b1 === 0xbb && b2 === 0xbf) return decodeUtf8(bytes.subarray(3));
  if (b3 >= 0) {
    if (b0 === 0) return b1 === 0 ? decodeUtf32(bytes, 0, false) : decodeUtf16(bytes, 0, false);
    if (b1 === 0) return b2 === 0 && b3 === 0 ? decodeUtf32(bytes, 0, true) : decodeUtf16(bytes, 0, true);
  } else if (bytes.length === 2) {
    if (b0 === 0) return decodeUtf16(bytes, 0, false);
    if (b1 === 0) return decodeUtf16(bytes, 0, true);
  }
  return strictUtf8(bytes) ?? decodeUtf8(bytes);
}

function decodeUtf16(bytes: Uint8Array, from: number, littleEndian: boolean): string {
  const length = bytes.length - from;
  if (length % 2 !== 0) throw new JsonFault('Truncated UTF-16', 'encoding', bytes.length - 1);
  const units = Buffer.from(bytes.subarray(from));
  return (littleEndian ? units : units.swap16()).toString('utf16le');
}

function decodeUtf32(bytes: Uint8Array, from: number, littleEndian: boolean): string {
  if ((bytes.length - from) % 4 !== 0) throw new JsonFault('Truncated UTF-32', 'encoding', bytes.length - 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let at = from; at < bytes.length; at += 4) {
    const point = view.getUint32(at, littleEndian);
    if (point > 0x10ffff) throw new JsonFault('No code point in UTF-32', 'encoding', at);
    text += String.fromCodePoint(point);
  }
  return text;
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
