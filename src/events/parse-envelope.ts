import { randomUUID } from 'node:crypto';
import { SlipwayError } from '../errors/slipway-error.js';
import type { EventEnvelope } from './envelope.js';
import { readEnvelopeJson } from './read-envelope-json.js';
import { readInteger, readObject, readText, readUuid } from './read-fields.js';
import { readTimestamp } from './read-timestamp.js';
import { rememberSource } from './wire-source.js';

/** The fields that are made up if an envelope lacks them. */
export type GeneratedField = 'eventId' | 'eventTimestamp' | 'correlationId';

/** An envelope as it was read. */
export interface ParsedEnvelope<T = unknown> extends EventEnvelope<T> {
  /** What the envelope did not have: a new UUID or the time of reading stands there. Most often empty. */
  readonly generated: readonly GeneratedField[];
}

export interface ParseOptions {
  /**
   * `plain` (default): every number of `data` and `metadata` is a number; an integer beyond 2^53 is the nearest.
   * `lossless`: such an integer is a bigint, and a float that looks like an integer (`1.0`) a JsonFloat.
   */
  readonly numbers?: 'plain' | 'lossless';
}

/**
 * The envelope in a Kafka value. It takes what the original takes: fields it does not know are ignored; an absent
 * event id, timestamp or correlation id is made up and named in `generated`; UUIDs may stand in braces, as URNs or
 * without hyphens; timestamps may be unix times; the schema version may be `"1"`, `1.0` or `true`. `data` stays
 * unchecked.
 *
 * `encodeEnvelope(parseEnvelope(value))` gives the bytes that the original would, with either kind of numbers.
 * @throws SlipwayError SLIPWAY_EVENT_UNREADABLE if the value is no JSON in UTF-8; SLIPWAY_EVENT_INVALID if it is no
 * envelope, which names each field that is wrong, in `context.fields` by its name in JSON.
 */
export function parseEnvelope(value: Uint8Array, { numbers = 'plain' }: ParseOptions = {}): ParsedEnvelope {
  const lossless = numbers === 'lossless';
  const { text, members } = readEnvelopeJson(value, lossless);
  const fields = new Fields(members);
  const envelope: ParsedEnvelope = {
    eventId: fields.optional('event_id', readUuid, 'must be a UUID', fields.generate('eventId', randomUUID)),
    eventType: fields.required('event_type', readText, 'must be a string'),
    eventTimestamp: fields.optional(
      'event_timestamp',
      readTimestamp,
      'must be a time, as in 2025-07-20T14:47:20.418173Z',
      fields.generate('eventTimestamp', () => new Date()),
    ),
    sourceService: fields.required('source_service', readText, 'must be a string'),
    schemaVersion: fields.optional('schema_version', readInteger, 'must be a whole number', () => 1),
    correlationId: fields.optional(
      'correlation_id',
      readUuid,
      'must be a UUID',
      fields.generate('correlationId', randomUUID),
    ),
    dataSchemaUri: fields.optional('data_schema_uri', nullOr(readText), 'must be a string', () => null),
    data: fields.required('data', (data) => data, ''),
    metadata: fields.optional('metadata', nullOr(readObject), 'must be an object', () => null),
    generated: fields.generated,
  };
  fields.check();
  const { data, metadata } = envelope;
  rememberSource(typeof data === 'object' && data !== null ? data : envelope, {
    text,
    field: 'data',
    lossless,
  });
  if (metadata !== null) rememberSource(metadata, { text, field: 'metadata', lossless });
  return envelope;
}

/** The fields of an envelope in JSON, and what is wrong with them. */
class Fields {
  readonly generated: GeneratedField[] = [];
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #problems = new Map<string, string>();

  constructor(members: Readonly<Record<string, unknown>>) {
    this.#members = members;
  }

  /** @param read gives undefined for a value that is wrong. */
  required<T>(name: string, read: (value: unknown) => T | undefined, expected: string): T {
    return this.optional(name, read, expected, () => {
      this.#problems.set(name, 'is missing');
      return undefined as T;
    });
  }

  optional<T>(name: string, read: (value: unknown) => T | undefined, expected: string, absent: () => T): T {
    const value = this.#members[name];
    if (value === undefined) return absent();
    const result = read(value);
    if (result === undefined) this.#problems.set(name, expected);
    return result as T;
  }

  /** Makes up a field and says so. */
  generate<T>(name: GeneratedField, make: () => T): () => T {
    return () => {
      this.generated.push(name);
      return make();
    };
  }

  /** @throws SlipwayError if anything was wrong. */
  check(): void {
    if (this.#problems.size === 0) return;
    const problems = Array.from(this.#problems, ([name, problem]) => `${name} ${problem}`);
    throw new SlipwayError('SLIPWAY_EVENT_INVALID', {
      message: `The envelope is not valid: ${problems.join('; ')}. Look at what its producer writes.`,
      context: { fields: [...this.#problems.keys()], problems },
    });
  }
}

function nullOr<T>(read: (value: unknown) => T | undefined): (value: unknown) => T | null | undefined {
  return (value) => (value === null ? null : read(value));
}
