import { SlipwayError } from '../../errors/slipway-error.js';
import { isoFormat, wireTimestamp } from '../precise-date.js';
import { JsonFloat } from './json-float.js';
import { pythonFloat } from './python-float.js';
import { pythonKey, pythonString } from './python-string.js';

/** How the original writes what JSON has no one way for. */
export interface PythonStyle {
  /** NaN and infinities: as Python's json.dumps does (`NaN`), or as `null`. */
  readonly nonFinite: 'literal' | 'null';
  readonly date: (date: Date) => string;
  /** How deep arrays and objects may be nested. */
  readonly maxDepth: number;
}

/** The depth of what the original's parser of envelopes takes, the envelope itself counted. */
export const maxEnvelopeDepth = 200;

/** As pydantic's `model_dump(mode='json')` and json.dumps write an envelope. */
const envelopeStyle: PythonStyle = {
  nonFinite: 'null',
  date: wireTimestamp,
  maxDepth: maxEnvelopeDepth,
};

/** As json.dumps alone writes, and `datetime.isoformat()` before it. */
export const dumpsStyle: PythonStyle = { nonFinite: 'literal', date: isoFormat, maxDepth: 992 };

/** Where a value stands. */
export interface Place {
  readonly style?: PythonStyle;
  /** Its key in the object around it, for `toJSON`. */
  readonly key?: string;
  /** How many arrays and objects stand around it. */
  readonly depth?: number;
}

interface HasToJson {
  toJSON(key: string): unknown;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * `value` as the original writes it: separators `", "` and `": "`, ASCII only, numbers as Python does. A number that
 * is a safe integer is written as one, every other as a float; JsonFloat and bigint say it themselves. Besides what
 * JSON.stringify takes (`toJSON` included) it takes bigints, a Map as an object, a Set as an array, and bytes as UTF-8
 * text.
 * @throws SlipwayError SLIPWAY_EVENT_INVALID for what is no JSON value, bytes that are no UTF-8, and a value that is
 * nested too deep or contains itself.
 */
export function pythonJson(
  value: unknown,
  { style = envelopeStyle, key = '', depth = 0 }: Place = {},
): string {
  const text = write(value, key, style, depth);
  if (text === undefined) throw invalid(`${typeof value} is no JSON value`);
  return text;
}

/** `value` as a member of an object or an array; undefined if JSON has no word for it. */
function write(value: unknown, key: string, style: PythonStyle, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return pythonString(value);
    case 'number':
      return writeNumber(value, style);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? 'null' : writeObject(value, key, style, depth);
    case 'undefined':
    case 'function':
    case 'symbol':
    default:
      return undefined;
  }
}

function writeNumber(value: number, style: PythonStyle): string {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return `${value}`;
  return writeFloat(value, style);
}

function writeFloat(value: number, style: PythonStyle): string {
  return style.nonFinite === 'null' && !Number.isFinite(value) ? 'null' : pythonFloat(value);
}

function writeObject(value: object, key: string, style: PythonStyle, depth: number): string | undefined {
  if (Array.isArray(value)) return writeArray(value, style, depth + 1);
  if (hasToJson(value)) return writeOwn(value, key, style, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    if (value instanceof Uint8Array) return pythonString(textOf(value));
    if (value instanceof Set) return writeArray([...value], style, depth + 1);
    if (value instanceof Map) return writeMap(value, style, depth + 1);
  }
  return writePlain(value as Readonly<Record<string, unknown>>, style, depth + 1);
}

function writeOwn(value: HasToJson, key: string, style: PythonStyle, depth: number): string | undefined {
  if (value instanceof JsonFloat) return writeFloat(value.value, style);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'null' : `"${style.date(value)}"`;
  // A Buffer has a toJSON that nobody means.
  if (value instanceof Uint8Array) return pythonString(textOf(value));
  if (depth > style.maxDepth) throw tooDeep(style);
  return write(value.toJSON(key), key, style, depth + 1);
}

function writePlain(value: Readonly<Record<string, unknown>>, style: PythonStyle, depth: number): string {
  const keys = Object.keys(value);
  if (keys.length > 0 && depth > style.maxDepth) throw tooDeep(style);
  let text = '{';
  let isFirst = true;
  for (const key of keys) {
    const member = write(value[key], key, style, depth);
    if (member === undefined) continue;
    const name = pythonKey(key);
    text += (isFirst ? name.first : name.later) + member;
    isFirst = false;
  }
  return `${text}}`;
}

function writeMap(members: ReadonlyMap<unknown, unknown>, style: PythonStyle, depth: number): string {
  if (members.size > 0 && depth > style.maxDepth) throw tooDeep(style);
  const texts: string[] = [];
  for (const [key, value] of members) {
    const member = write(value, String(key), style, depth);
    if (member !== undefined) texts.push(`${pythonString(String(key))}: ${member}`);
  }
  return `{${texts.join(', ')}}`;
}

function writeArray(items: readonly unknown[], style: PythonStyle, depth: number): string {
  if (items.length > 0 && depth > style.maxDepth) throw tooDeep(style);
  let text = '[';
  for (let index = 0; index < items.length; index += 1) {
    const item = write(items[index], String(index), style, depth) ?? 'null';
    text += index === 0 ? item : `, ${item}`;
  }
  return `${text}]`;
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalid(`its ${bytes.byteLength} bytes are no UTF-8`);
  }
}

function hasToJson(value: object): value is HasToJson {
  return typeof (value as { readonly toJSON?: unknown }).toJSON === 'function';
}

function tooDeep({ maxDepth }: PythonStyle): SlipwayError {
  return invalid(`it contains itself, or is nested more than ${maxDepth} deep`);
}

function invalid(why: string): SlipwayError {
  return new SlipwayError('SLIPWAY_EVENT_INVALID', {
    message: `The value cannot be written as JSON: ${why}. Give plain data.`,
  });
}
