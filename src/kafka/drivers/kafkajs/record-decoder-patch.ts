import { createRequire } from 'node:module';
import { isPatchedVersion } from './patched-version.js';

interface Header {
  readonly key: string;
  readonly value: Buffer | null;
}

/** The part of kafkajs's decoder that its decoder of records calls. */
interface Decoder {
  readVarIntArray(read: unknown): readonly Header[];
}

type HeaderValue = Buffer | null | (Buffer | null)[];
type Decode = ((decoder: Decoder, context?: object) => { headers: Record<string, HeaderValue> }) & {
  [patched]?: true;
};

const patched = Symbol.for('slipway.kafkajs.recordDecoderPatch');
const recordModule = 'kafkajs/src/protocol/recordBatch/record/v0/decoder';
/** Loaded with the first Fetch response of the process, and the only one that loads the former. */
const batchModule = 'kafkajs/src/protocol/recordBatch/v0/decoder';

/**
 * Has kafkajs collect the headers of a record in one object. It copies the object for each of them, which for nine
 * headers takes as long as all else of reading a record.
 * @returns whether the patch is in place; false, and nothing touched, for any version but the one of patched-version.ts, and
 * where kafkajs has received messages before.
 */
export function patchRecordDecoder(version?: string): boolean {
  if (!isPatchedVersion(version)) return false;
  const require = createRequire(import.meta.url);
  const original = require(recordModule) as Decode;
  if (original[patched]) return true;
  const loaded = require.cache[require.resolve(recordModule)];
  if (loaded === undefined || require.cache[require.resolve(batchModule)]) return false;
  loaded.exports = collectingHeaders(original);
  return true;
}

/** `original` with headers that are collected here: it is shown none. */
export function collectingHeaders(original: Decode): Decode {
  const decode: Decode = (decoder, context) => {
    let headers: readonly Header[] = [];
    // kafkajs makes a decoder for each record, which is the last to be read from it.
    decoder.readVarIntArray = function collect(this: Decoder, read: unknown): readonly Header[] {
      headers = (Object.getPrototypeOf(this) as Decoder).readVarIntArray.call(this, read);
      return [];
    };
    const record = original(decoder, context);
    record.headers = collected(headers);
    return record;
  };
  decode[patched] = true;
  return decode;
}

/** As kafkajs has them: by name, and those that come several times as a list. */
function collected(headers: readonly Header[]): Record<string, HeaderValue> {
  const result: Record<string, HeaderValue> = {};
  for (const { key, value } of headers) {
    const before = Object.hasOwn(result, key) ? result[key] : undefined;
    const now = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
    if (key === '__proto__') {
      Object.defineProperty(result, key, {
        value: now,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } else result[key] = now;
  }
  return result;
}
