import {
  deterministicEventId,
  encodeEnvelope,
  extractCorrelationId,
  parseEnvelope,
  SlipwayError,
} from '../../../src/index.js';
import type { Result } from '../suite.js';
import { Random } from './random.js';
import { randomJson, randomObject, randomString } from './random-json.js';

const typed = new Set(['SLIPWAY_EVENT_INVALID', 'SLIPWAY_EVENT_UNREADABLE']);
const known: Readonly<Record<string, readonly string[]>> = {
  event_id: [
    '"0b7f7175-9929-4941-852d-e77d146f3870"',
    '"{0b7f7175-9929-4941-852d-e77d146f3870}"',
    '"e1"',
    'null',
  ],
  event_type: ['"a.b.v1"', '""', 'null', '1'],
  event_timestamp: [
    '"2025-07-20T14:47:20.418173Z"',
    '"2025-07-20 16:47+02:00"',
    '1753022840',
    '"1753022840.5"',
    '1e300',
  ],
  source_service: ['"svc"', '"å"', '5'],
  schema_version: ['1', '"1"', '1.0', 'true', '1.5', '9007199254740993'],
  correlation_id: [
    '"2eaae434375f4d0db668e35bbd33b247"',
    '"urn:uuid:2eaae434-375f-4d0d-b668-e35bbd33b247"',
    '[]',
  ],
  data_schema_uri: ['null', '"https://x/y.json"', '{}'],
  data: ['{"a": 1.0}', 'null', '[]'],
  metadata: ['null', '{"traceparent": "t"}', '[]'],
};

/** Kafka values, whole and broken: each is read, or refused with an error of the table. What is read can be written. */
export function envelopesSurvive(count: number, seed: number): Result {
  const random = new Random(seed);
  let read = 0;
  let refused = 0;
  for (let index = 0; index < count; index += 1) {
    const bytes = mutated(random, randomEnvelope(random));
    try {
      if (survives(bytes, random)) read += 1;
      else refused += 1;
    } catch (error) {
      return {
        id: 'fuzz.envelopes',
        ok: false,
        seed,
        index,
        error: String(error),
        input: bytes.toString('base64'),
      };
    }
  }
  return { id: 'fuzz.envelopes', ok: read > 0 && refused > 0, inputs: count, read, refused, seed };
}

/** Was it read? @throws Error for anything but a value or a typed error. */
function survives(bytes: Buffer, random: Random): boolean {
  attempt(() => deterministicEventId(bytes));
  const id = extractCorrelationId(bytes);
  if (id !== undefined && typeof id !== 'string') throw new TypeError('The correlation id is no text.');
  const numbers = random.pick(['plain', 'lossless'] as const);
  const envelope = attempt(() => parseEnvelope(bytes, { numbers }));
  if (envelope === undefined) return false;
  const encoded = encodeEnvelope(envelope);
  const again = encodeEnvelope(parseEnvelope(encoded));
  if (!Buffer.from(encoded).equals(again)) throw new Error('It is written in another way when read again.');
  return true;
}

/** What `act` gives; undefined if it throws an error of the table. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (SlipwayError.is(error) && typed.has(error.code)) return undefined;
    throw error;
  }
}

function randomEnvelope(random: Random): string {
  const members: string[] = [];
  for (const [name, values] of Object.entries(known)) {
    if (random.once(60)) continue;
    const value = random.once(12) ? random.pick(values) : values[0];
    const isFree = name === 'data' || (name === 'metadata' && random.once(3));
    members.push(`"${name}": ${isFree ? randomObject(random, 3) : value}`);
  }
  if (random.once(10)) members.push(`${randomString(random)}: ${randomJson(random, 3)}`);
  if (random.once(20)) members.push(`"data": ${nested(random)}`);
  return `{${members.join(', ')}}`;
}

function nested(random: Random): string {
  const depth = random.pick([10, 198, 199, 200, 201, 991, 992, 2000]);
  return random.once(2)
    ? '['.repeat(depth) + ']'.repeat(depth)
    : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

/** Half of them are broken: bytes changed, lost, doubled, cut off, or in another encoding. */
function mutated(random: Random, text: string): Buffer {
  if (random.once(50)) return Buffer.from(random.pick(['\ufeff', '']) + text, 'utf16le');
  const bytes = Buffer.from(text);
  if (random.once(2)) return bytes;
  const at = random.below(bytes.length);
  switch (random.below(5)) {
    case 0:
      bytes[at] = random.below(256);
      return bytes;
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(4))]);
    case 3:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(random.pick(['"', '{', '}', '[', ',', ':', '\\', '0', '\u0000'])),
        bytes.subarray(at),
      ]);
    default:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.below(bytes.length))]);
  }
}
