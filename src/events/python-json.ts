import { SlipwayError } from '../errors/slipway-error.js';

const beyondAscii = /[\u007f-\uffff]/g;

/**
 * `value` as Python's `json.dumps(pydantic's model_dump(mode='json'))` writes it, which is what the other services of
 * a mixed system read and hash: separators `", "` and `": "`, ASCII only, NaN and infinities as `null`, dates in UTC.
 * Takes what `JSON.stringify` takes (`toJSON` included), and bigints.
 * @throws SlipwayError SLIPWAY_EVENT_INVALID for a cycle, a function or a symbol as the value.
 */
export function pythonJson(value: unknown): string {
  const text = write(value, '', []);
  if (text === undefined) throw invalid(`${typeof value} is no JSON value`);
  return text;
}

/** `date` as pydantic writes it: `Z`, no fraction if it is 0, else exactly six digits. */
function pythonTimestamp(date: Date): string {
  const text = date.toISOString();
  return text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : `${text.slice(0, -1)}000Z`;
}

/** `date` as Python's `datetime.isoformat()` writes it in UTC: `+00:00` where {@link pythonTimestamp} has `Z`. */
export function pythonIsoFormat(date: Date): string {
  return `${pythonTimestamp(date).slice(0, -1)}+00:00`;
}

function write(value: unknown, key: string, above: readonly object[]): string | undefined {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      return writeNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? 'null' : writeObject(value, key, above);
    case 'undefined':
    case 'function':
    case 'symbol':
    default:
      return undefined;
  }
}

function writeObject(value: object, key: string, above: readonly object[]): string | undefined {
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? 'null' : `"${pythonTimestamp(value)}"`;
  }
  if (above.includes(value)) throw invalid('it contains itself');
  const path = [...above, value];
  if (hasToJson(value)) return write(value.toJSON(key), key, path);
  if (Array.isArray(value)) {
    return `[${value.map((item, index) => write(item, String(index), path) ?? 'null').join(', ')}]`;
  }
  const members: string[] = [];
  for (const [name, member] of Object.entries(value)) {
    const text = write(member, name, path);
    if (text !== undefined) members.push(`${writeString(name)}: ${text}`);
  }
  return `{${members.join(', ')}}`;
}

function writeString(value: string): string {
  return JSON.stringify(value).replace(
    beyondAscii,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Python's repr of a float: shortest digits, an exponent of two digits at least from 1e-05 downwards. */
function writeNumber(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  if (value === 0 || Math.abs(value) >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
}

function hasToJson(value: object): value is { toJSON(key: string): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

function invalid(why: string): SlipwayError {
  return new SlipwayError('SLIPWAY_EVENT_INVALID', {
    message: `The value cannot be written as JSON: ${why}. Give plain data.`,
  });
}
