import { hash } from 'node:crypto';
import { SlipwayError } from '../../errors/slipway-error.js';
import { decodeJson } from '../json/decode-json.js';
import type { JsonRules } from '../json/json-builder.js';
import { JsonFault } from '../json/json-fault.js';
import { JsonReader } from '../json/json-reader.js';
import { sortedText } from '../json/json-text.js';

/**
 * What Python's json.loads takes. How deep it may go depends there on how deep the caller stands in its own stack: with
 * Python 3.11 it is 992 for a function that a script calls through another one.
 */
export const loadsRules: JsonRules = {
  maxDepth: 992,
  emptyHasDepth: true,
  loneSurrogates: true,
  maxIntegerDigits: 4300,
  signCountsAsDigit: false,
};

/** What of an event id counts as none. */
const falsy: ReadonlySet<string> = new Set(['null', 'false', '0', '0.0', '-0.0', '""', '[]', '{}']);

/** The exceptions of the original that stand behind the faults. */
const exceptions = {
  syntax: 'ValueError',
  integer: 'ValueError',
  encoding: 'UnicodeDecodeError',
  depth: 'RecursionError',
} as const;

/**
 * The id under which the original's consumers remember that they handled an event, from the Kafka value alone: SHA-256,
 * in hex, of the canonical JSON of its `event_id` and `data` (of `data` alone if it has no id). The same event gives
 * the same id however its JSON is spaced and ordered.
 *
 * @throws SlipwayError SLIPWAY_EVENT_UNREADABLE if `value` is no JSON, SLIPWAY_EVENT_INVALID if it is no object or has
 * no data. `context.original` names the exception that the original throws: ValueError, UnicodeDecodeError,
 * RecursionError or AttributeError.
 */
export function deterministicEventId(value: Uint8Array): string {
  return hash('sha256', canonicalEvent(value), 'hex');
}

/** The ASCII text that {@link deterministicEventId} hashes. */
export function canonicalEvent(value: Uint8Array): string {
  const members = readMembers(value);
  if (members === undefined) throw invalid('is no JSON object', 'AttributeError', value);
  const data = members.get('data') ?? 'null';
  if (data === 'null') throw invalid('has no data', 'ValueError', value);
  const eventId = members.get('event_id') ?? 'null';
  return falsy.has(eventId) ? data : `{"data": ${data}, "event_id": ${eventId}}`;
}

function readMembers(value: Uint8Array): ReadonlyMap<string, string> | undefined {
  try {
    return JsonReader.readMembers(decodeJson(value), sortedText, loadsRules);
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new SlipwayError('SLIPWAY_EVENT_UNREADABLE', {
      message: `A Kafka value of ${value.byteLength} bytes is no JSON. ${error.message}. Look at what its producer writes.`,
      context: { fault: error.kind, position: error.position, original: exceptions[error.kind] },
      cause: error,
    });
  }
}

function invalid(what: string, original: string, value: Uint8Array): SlipwayError {
  return new SlipwayError('SLIPWAY_EVENT_INVALID', {
    message: `A Kafka value of ${value.byteLength} bytes ${what}: no id can be made of it. Is it an event envelope?`,
    context: { original },
  });
}
