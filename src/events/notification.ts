import { SlipwayError } from '../errors/slipway-error.js';

/**
 * The text of a user notification, byte for byte as the Python original's `json.dumps` writes it: `", "` and `": "`
 * between items, everything but printable ASCII escaped, keys in their order.
 *
 * Numbers are JavaScript's: a safe whole number is written as an integer (`1`, where Python would write `1.0` for a
 * float), any other as Python writes a float. `undefined`, functions and symbols are left out as by JSON.stringify.
 *
 * @throws SlipwayError SLIPWAY_EVENT_INVALID for a value that holds itself.
 */
export function encodeNotification(eventType: string, data: Readonly<Record<string, unknown>>): string {
  return write({ event: eventType, data }, []) ?? 'null';
}

function write(value: unknown, path: readonly object[]): string | undefined {
  if (value === null) return 'null';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value === 'boolean' || typeof value === 'bigint') return value.toString();
  return typeof value === 'object' ? writeObject(value, path) : undefined;
}

function writeObject(value: object, path: readonly object[]): string | undefined {
  if (path.includes(value)) {
    throw new SlipwayError('SLIPWAY_EVENT_INVALID', {
      message: 'A notification holds itself and cannot be written as JSON. Give plain data.',
    });
  }
  const inner = [...path, value];
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === 'function') return write(toJSON.call(value, ''), inner);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, inner) ?? 'null').join(', ')}]`;
  const members: string[] = [];
  for (const [key, member] of Object.entries(value)) {
    const text = write(member, inner);
    if (text !== undefined) members.push(`${quote(key)}: ${text}`);
  }
  return `{${members.join(', ')}}`;
}

function quote(text: string): string {
  // JSON.stringify escapes what JSON must; Python goes on to everything beyond printable ASCII.
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function writeNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
  return pythonFloat(value);
}

/** Python's repr: as many digits as JavaScript's, but an exponent from 1e16 on and below 1e-4, with two digits. */
function pythonFloat(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '0', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const exponent = Number(exponentText);
  const digits = mantissa.replace('.', '');
  if (exponent >= 16 || exponent < -4) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
