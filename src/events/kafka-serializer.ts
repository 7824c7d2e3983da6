import { SlipwayError } from '../errors/slipway-error.js';
import { loadsRules } from './ids/deterministic-event-id.js';
import { JsonReader } from './json/json-reader.js';
import { plainValue } from './json/json-value.js';
import { valueJson } from './value-json.js';

export interface KafkaSerializerOptions {
  /**
   * How a value that is a text and nothing else travels.
   *
   * `json` (default): quoted, as in any JSON, so that it reads back as it was. Bytes that are no JSON are an error.
   *
   * `raw`: as the second original does it: unquoted, and bytes that are no JSON read back as a text. So the text `123`
   * reads back as a number and `null` as null; a broken document reads back as a text.
   */
  readonly strings?: 'json' | 'raw';
}

/**
 * Kafka values that are JSON but no envelope, byte for byte as the original's serializer writes them. Dates become its
 * isoformat (`2025-07-20T14:47:20.418000+00:00`), maps objects, sets lists, bytes base64; `undefined` members are left out.
 * What it cannot hold is an error, never left out or changed: NaN, a cycle, a function, an error, a promise.
 */
export class KafkaSerializer {
  readonly #strings: 'json' | 'raw';

  constructor(options: KafkaSerializerOptions = {}) {
    this.#strings = options.strings ?? 'json';
  }

  /**
   * `null` stays null: a record without a value, which deletes its key in a compacted topic.
   * @throws SlipwayError SLIPWAY_EVENT_INVALID for what is no data, naming where it stands.
   */
  serialize(value: unknown): Uint8Array | null {
    if (value === null) return null;
    if (typeof value !== 'string' || this.#strings === 'json') return Buffer.from(valueJson(value));
    if (/\p{Surrogate}/u.test(value)) {
      throw new SlipwayError('SLIPWAY_EVENT_INVALID', {
        message: 'The text has half of a surrogate pair, which UTF-8 cannot hold. Give well-formed text.',
      });
    }
    return Buffer.from(value);
  }

  /**
   * Numbers are JavaScript's: an integer beyond 2^53 loses its last digits. `NaN` and `Infinity`, which Python writes, are read.
   * @throws SlipwayError SLIPWAY_EVENT_UNREADABLE for bytes that are no UTF-8 and, unless strings are raw, no JSON.
   */
  deserialize(bytes: Uint8Array | null): unknown {
    if (bytes === null) return null;
    const text = decode(bytes);
    try {
      return JsonReader.read(text, plainValue, loadsRules);
    } catch (error) {
      if (this.#strings === 'raw') return text;
      throw unreadable(bytes, 'no JSON', error);
    }
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw unreadable(bytes, 'no UTF-8', error);
  }
}

function unreadable(bytes: Uint8Array, what: string, cause: unknown): SlipwayError {
  return new SlipwayError('SLIPWAY_EVENT_UNREADABLE', {
    message: `A Kafka value of ${bytes.byteLength} bytes is ${what}. Look at what its producer writes.`,
    context: { bytes: bytes.byteLength },
    cause,
  });
}
