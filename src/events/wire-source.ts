import type { JsonRules } from './json/json-builder.js';
import { JsonReader } from './json/json-reader.js';
import { orderedText } from './json/json-text.js';
import { losslessValue, plainValue } from './json/json-value.js';
import { maxEnvelopeDepth, pythonJson } from './json/python-json.js';

/** What the original's parser of envelopes takes. */
export const envelopeRules: JsonRules = {
  maxDepth: maxEnvelopeDepth,
  emptyHasDepth: false,
  loneSurrogates: false,
  maxIntegerDigits: 4300,
  signCountsAsDigit: true,
};

type Field = 'data' | 'metadata';

interface Source {
  /** The JSON of the envelope. */
  readonly text: string;
  readonly field: Field;
  readonly lossless: boolean;
}

/** Where a value that was read came from. Of data that is no object the envelope is the key. */
const sources = new WeakMap<object, Source>();

/** Remembers that `value` is the `field` of the envelope in `text`. */
export function rememberSource(value: object, source: Source): void {
  sources.set(value, source);
}

/**
 * The JSON of `value`, a field of `envelope`. If it was read from JSON and says the same still, it is what the original
 * would write of that JSON: `1.0`, long integers and the order of the keys are kept. Nothing old is ever written: what
 * was read is compared with what `value` holds now.
 */
export function wireText(value: unknown, field: Field, envelope: object): string {
  const text = fieldText(value, field);
  const source = sources.get(typeof value === 'object' && value !== null ? value : envelope);
  if (source === undefined || source.field !== field) return text;
  const builder = source.lossless ? losslessValue : plainValue;
  const read = JsonReader.readMembers(source.text, builder, envelopeRules)?.get(field);
  if (fieldText(read, field) !== text) return text;
  return JsonReader.readMembers(source.text, orderedText, envelopeRules)?.get(field) ?? text;
}

function fieldText(value: unknown, field: Field): string {
  return pythonJson(value, { key: field, depth: 1 });
}
