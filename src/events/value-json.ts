import { types } from 'node:util';
import { SlipwayError } from '../errors/slipway-error.js';
import { JsonFloat } from './json/json-float.js';
import { pythonFloat } from './json/python-float.js';
import { pythonString } from './json/python-string.js';
import { isoFormat } from './precise-date.js';

/** Deeper than data is, and well within the stack. */
const maxDepth = 500;

/**
 * `value` as JSON text in the original's form: `", "` and `": "` between items, ASCII only, floats as Python's, dates as
 * its isoformat. Nothing is left out silently but members that are undefined.
 *
 * Not pythonJson, which writes envelopes fast by keeping no path and drops or bends what JSON lacks as
 * JSON.stringify and pydantic do: a value is refused here instead, and told where it stands.
 * @throws SlipwayError SLIPWAY_EVENT_INVALID for what is no data, naming where it stands.
 */
export function valueJson(value: unknown): string {
  const writer = new ValueWriter();
  try {
    return writer.write(value);
  } catch (error) {
    // A getter or a toJSON of the value.
    throw SlipwayError.is(error) ? error : writer.invalid('throws when it is read', error);
  }
}

class ValueWriter {
  readonly #path: (string | number)[] = [];
  readonly #above = new Set<object>();

  write(value: unknown): string {
    switch (typeof value) {
      case 'string':
        return pythonString(value);
      case 'number':
        return this.#number(value);
      case 'boolean':
      case 'bigint':
        return String(value);
      case 'object':
        return value === null ? 'null' : this.#enter(value);
      case 'undefined':
      case 'function':
      case 'symbol':
      default:
        throw this.invalid(
          `is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}, which JSON cannot hold`,
        );
    }
  }

  invalid(what: string, cause?: unknown): SlipwayError {
    const at = this.#path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
    return new SlipwayError('SLIPWAY_EVENT_INVALID', {
      message: `The value${at === '' ? '' : ` at ${at}`} ${what}. Give plain data.`,
      context: { path: [...this.#path] },
      ...(cause === undefined ? {} : { cause }),
    });
  }

  #number(value: number): string {
    if (!Number.isFinite(value)) throw this.invalid(`is ${value}, which JSON cannot hold`);
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : pythonFloat(value);
  }

  #enter(value: object): string {
    if (this.#above.has(value)) throw this.invalid('contains itself');
    if (this.#above.size >= maxDepth) throw this.invalid(`is nested more than ${maxDepth} levels deep`);
    this.#above.add(value);
    const text = this.#object(value);
    this.#above.delete(value);
    return text;
  }

  #object(value: object): string {
    if (Array.isArray(value) || types.isSet(value)) return this.#list(value);
    if (types.isMap(value)) return this.#members(this.#mapEntries(value));
    if (types.isDate(value)) return this.#date(value);
    if (value instanceof JsonFloat) return this.#float(value.value);
    if (value instanceof Uint8Array) return `"${base64(value)}"`;
    if (types.isAnyArrayBuffer(value)) return `"${base64(new Uint8Array(value))}"`;
    if (hasToJson(value)) return this.write(value.toJSON(String(this.#path.at(-1) ?? '')));
    const kind = kindOfNoData(value);
    if (kind !== undefined) throw this.invalid(`is a ${kind}, which is no data`);
    return this.#members(Object.entries(value));
  }

  #float(value: number): string {
    return Number.isFinite(value) ? pythonFloat(value) : this.#number(value);
  }

  #date(value: Date): string {
    const year = value.getUTCFullYear();
    if (!(year >= 1 && year <= 9999)) throw this.invalid('is a date that is not within the years 1 to 9999');
    return `"${isoFormat(value)}"`;
  }

  #list(values: Iterable<unknown>): string {
    const items: string[] = [];
    for (const item of values) {
      // As JSON.stringify does: an item that is left out would move those behind it.
      items.push(item === undefined ? 'null' : this.#at(items.length, item));
    }
    return `[${items.join(', ')}]`;
  }

  #members(entries: Iterable<readonly [string, unknown]>): string {
    const members: string[] = [];
    for (const [key, member] of entries) {
      if (member !== undefined) members.push(`${pythonString(key)}: ${this.#at(key, member)}`);
    }
    return `{${members.join(', ')}}`;
  }

  #mapEntries(map: ReadonlyMap<unknown, unknown>): Map<string, unknown> {
    const entries = new Map<string, unknown>();
    for (const [key, member] of map) {
      const name = this.#keyText(key);
      if (entries.has(name))
        throw this.invalid(`has two keys that are both written as ${pythonString(name)}`);
      entries.set(name, member);
    }
    return entries;
  }

  /** As Python writes the keys of a dict. */
  #keyText(key: unknown): string {
    if (typeof key === 'string') return key;
    if (key === null || typeof key === 'boolean' || typeof key === 'bigint') return String(key);
    if (typeof key === 'number') return this.#number(key);
    throw this.invalid('has a key that is no text, number, boolean or null');
  }

  #at(key: string | number, value: unknown): string {
    this.#path.push(key);
    const text = this.write(value);
    this.#path.pop();
    return text;
  }
}

function hasToJson(value: object): value is { toJSON(key: string): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

/** What JSON.stringify would write as `{}` or take apart, although that is not what it holds. */
function kindOfNoData(value: object): string | undefined {
  if (types.isNativeError(value) || value instanceof Error) return 'JavaScript error';
  if (types.isPromise(value)) return 'promise';
  if (types.isRegExp(value)) return 'regular expression';
  if (types.isWeakMap(value) || types.isWeakSet(value) || value instanceof WeakRef) return 'weak reference';
  if (ArrayBuffer.isView(value)) return 'view of memory other than Uint8Array';
  if (types.isBoxedPrimitive(value)) return 'boxed primitive';
  return undefined;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
