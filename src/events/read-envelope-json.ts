import { SlipwayError } from '../errors/slipway-error.js';
import { strictUtf8 } from './json/decode-json.js';
import { JsonFault } from './json/json-fault.js';
import { JsonReader } from './json/json-reader.js';
import { losslessValue, plainValue } from './json/json-value.js';
import { envelopeRules } from './wire-source.js';

export interface EnvelopeJson {
  readonly text: string;
  readonly members: Readonly<Record<string, unknown>>;
}

const surrogateEscape = /\\u[dD][89a-fA-F]/;
const longDigits = /\d{4300}/;

/**
 * The JSON object in a Kafka value.
 * @throws SlipwayError SLIPWAY_EVENT_UNREADABLE if it is no JSON in UTF-8, SLIPWAY_EVENT_INVALID if it is no object.
 */
export function readEnvelopeJson(value: Uint8Array, lossless: boolean): EnvelopeJson {
  const text = strictUtf8(value);
  if (text === undefined) throw unreadable(value, 'They are not UTF-8.');
  const members = lossless || needsReader(text) ? undefined : parseNatively(text);
  return { text, members: members ?? readMembers(value, text, lossless) };
}

/** May JSON.parse take what the original refuses? */
function needsReader(text: string): boolean {
  return (
    surrogateEscape.test(text) ||
    mayBeDeep(text) ||
    (text.length > envelopeRules.maxIntegerDigits && longDigits.test(text))
  );
}

/** Has `text` more opening brackets than may be open at once? */
function mayBeDeep(text: string): boolean {
  if (text.length < 2 * envelopeRules.maxDepth) return false;
  let openings = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      openings += 1;
      if (openings > envelopeRules.maxDepth) return isDeep(text);
    }
  }
  return false;
}

/** Are more brackets open at once than may be? Empty ones are counted too: the reader decides then. */
function isDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) inString = !inString;
    else if (inString) {
      if (unit === 0x5c) at += 1;
    } else if (unit === 0x7b || unit === 0x5b) depth += 1;
    else if (unit === 0x7d || unit === 0x5d) depth -= 1;
    if (depth > envelopeRules.maxDepth) return true;
  }
  return false;
}

/** Undefined for what JSON.parse cannot read, which the original may. */
function parseNatively(text: string): EnvelopeJson['members'] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as EnvelopeJson['members']) : undefined;
  } catch {
    return undefined;
  }
}

function readMembers(value: Uint8Array, text: string, lossless: boolean): EnvelopeJson['members'] {
  const members = readJson(value, text, lossless);
  if (members !== undefined) return Object.fromEntries(members);
  throw new SlipwayError('SLIPWAY_EVENT_INVALID', {
    message: `The envelope is not valid: a value of ${value.byteLength} bytes is JSON, but no object.`,
    context: { fields: [], problems: ['it must be an object'] },
  });
}

function readJson(
  value: Uint8Array,
  text: string,
  lossless: boolean,
): ReadonlyMap<string, unknown> | undefined {
  try {
    return JsonReader.readMembers(text, lossless ? losslessValue : plainValue, envelopeRules);
  } catch (error) {
    if (error instanceof JsonFault) throw unreadable(value, `${error.message}.`, error);
    throw error;
  }
}

function unreadable(value: Uint8Array, why: string, cause?: JsonFault): SlipwayError {
  return new SlipwayError('SLIPWAY_EVENT_UNREADABLE', {
    message: `The ${value.byteLength} bytes of a value are no envelope in JSON. ${why} Look at what its producer writes.`,
    context: { fault: cause?.kind ?? 'encoding', position: cause?.position },
    ...(cause === undefined ? {} : { cause }),
  });
}
