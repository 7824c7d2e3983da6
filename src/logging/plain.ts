import { types } from 'node:util';
import { secretMask } from '../errors/redact.js';
import { Redaction } from './redaction.js';

/** How much of a value a line holds. What is over a limit is named in its place. */
export interface PlainLimits {
  /** Levels of nested objects. */
  readonly depth: number;
  /** Entries of one object, array, map or set. */
  readonly entries: number;
  /** Characters of one text. */
  readonly characters: number;
  /** Characters of all texts and keys together. */
  readonly totalCharacters: number;
  /** Values in all. */
  readonly values: number;
}

export const defaultLimits: PlainLimits = {
  depth: 8,
  entries: 100,
  characters: 8_192,
  totalCharacters: 65_536,
  values: 1_000,
};

/** What JSON holds, and `undefined` for what it leaves out. */
export type Plain = string | number | boolean | null | undefined | readonly Plain[] | PlainRecord;
export interface PlainRecord {
  readonly [key: string]: Plain;
}

interface PlainOptions {
  readonly stacks: boolean;
  readonly limits?: PlainLimits;
  /** Default: the secrets that give themselves away. */
  readonly redaction?: Redaction;
}

const defaultRedaction = new Redaction();

/**
 * A copy of any value that JSON holds: bounded, without cycles, with values under secret keys masked and URLs freed of
 * their passwords. Of an error it keeps name, code, message, causes, the context of ours and, if asked, the stack; other
 * properties of driver errors hold commands and their arguments. Bytes are counted, not shown. Never throws.
 */
export function toPlain(value: unknown, options: PlainOptions): Plain {
  return new PlainCopy(options).of(value, 0);
}

/** The copy of an error, as {@link toPlain} makes it. */
export interface PlainError extends PlainRecord {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string | number;
  readonly stack?: string;
}

const errors = new WeakSet<object>();

/** Is it the copy of an error? What only looks like one is not. */
export function isPlainError(value: Plain): value is PlainError {
  return typeof value === 'object' && value !== null && errors.has(value);
}

class PlainCopy {
  readonly #limits: PlainLimits;
  readonly #stacks: boolean;
  readonly #redaction: Redaction;
  readonly #ancestors: object[] = [];
  #values = 0;
  #characters = 0;

  constructor({ limits = defaultLimits, stacks, redaction = defaultRedaction }: PlainOptions) {
    this.#limits = limits;
    this.#stacks = stacks;
    this.#redaction = redaction;
  }

  of(value: unknown, depth: number): Plain {
    this.#values += 1;
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'boolean':
      case 'undefined':
        return value;
      case 'bigint':
        return this.#text(String(value));
      case 'symbol':
        return this.#text(String(value));
      case 'function':
        return '[function]';
      case 'object':
        return value === null ? null : this.#object(value, depth);
    }
    return undefined;
  }

  get #full(): boolean {
    return this.#values > this.#limits.values || this.#characters > this.#limits.totalCharacters;
  }

  #text(text: string): string {
    const plain = this.#redaction.cut(text, this.#limits.characters);
    this.#characters += plain.length;
    return this.#full ? '[too large]' : plain;
  }

  #object(value: object, depth: number): Plain {
    if (this.#ancestors.includes(value)) return '[circular]';
    if (depth > this.#limits.depth) return '[too deep]';
    this.#ancestors.push(value);
    try {
      return this.#kind(value, depth);
    } catch {
      // A proxy, a toJSON or an iterator that throws.
      return '[unreadable]';
    } finally {
      this.#ancestors.pop();
    }
  }

  #kind(value: object, depth: number): Plain {
    if (Array.isArray(value)) return this.#list(value, value.length, depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      if (value instanceof Error || types.isNativeError(value)) return this.#error(value, depth);
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
      if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) {
        return `[${value.constructor.name} of ${value.byteLength} bytes]`;
      }
      if (value instanceof Set) return this.#list(value, value.size, depth);
      if (value instanceof Map) return this.#map(value, depth);
      if (value instanceof URLSearchParams || isHeaders(value)) return this.#map(new Map(value), depth);
      if (value instanceof RegExp) return this.#text(String(value));
      if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) {
        return `[${value.constructor.name}]`;
      }
    }
    const { toJSON } = value as { readonly toJSON?: unknown };
    // One that returns an object with a toJSON again, and so on, ends at the depth limit.
    if (typeof toJSON === 'function') return this.of(toJSON.call(value), depth + 1);
    const record = value as Readonly<Record<string, unknown>>;
    return this.#record(Object.keys(value), (key) => record[key], depth);
  }

  #list(items: Iterable<unknown>, size: number, depth: number): Plain {
    const list: Plain[] = [];
    for (const item of items) {
      if (list.length >= this.#limits.entries || this.#full) {
        list.push(`[${size - list.length} more]`);
        break;
      }
      list.push(this.of(item, depth + 1) ?? null);
    }
    return list;
  }

  /** A record where all keys are texts, else a list of pairs. */
  #map(map: ReadonlyMap<unknown, unknown>, depth: number): Plain {
    const keys: string[] = [];
    for (const key of map.keys()) {
      if (typeof key !== 'string') return this.#list(this.#pairs(map, depth), map.size, depth);
      keys.push(key);
    }
    return this.#record(keys, (key) => map.get(key), depth);
  }

  *#pairs(map: ReadonlyMap<unknown, unknown>, depth: number): Iterable<Plain> {
    for (const [key, value] of map) {
      const hidden = typeof key === 'string' && this.#redaction.key(key).hidden;
      yield [this.of(key, depth + 2) ?? null, hidden ? secretMask : (this.of(value, depth + 2) ?? null)];
    }
  }

  #record(keys: readonly string[], read: (key: string) => unknown, depth: number): PlainRecord {
    const record: Record<string, Plain> = {};
    let count = 0;
    for (const key of keys) {
      if (count >= this.#limits.entries || this.#full) {
        record['[more]'] = keys.length - count;
        break;
      }
      count += 1;
      this.#characters += key.length;
      const { name, hidden } = this.#redaction.key(key);
      const plain = this.#member(key, read, depth, hidden);
      // Assigning to __proto__ would set the prototype instead.
      if (name === '__proto__') Object.defineProperty(record, name, { value: plain, enumerable: true });
      else record[name] = plain;
    }
    return record;
  }

  #member(key: string, read: (key: string) => unknown, depth: number, hidden: boolean): Plain {
    try {
      const value = read(key);
      if (value === undefined || value === null) return value;
      return hidden ? secretMask : this.of(value, depth + 1);
    } catch {
      return '[unreadable]';
    }
  }

  #error(error: object, depth: number): PlainRecord {
    const source = error as Readonly<Record<string, unknown>>;
    const read = (key: string): unknown => source[key];
    const record: Record<string, Plain> = {};
    for (const key of this.#stacks ? errorKeysWithStack : errorKeys) {
      const plain = this.#member(key, read, depth, false);
      if (plain !== undefined && plain !== '') record[key] = plain;
    }
    errors.add(record);
    return record;
  }
}

/** By its tag: to name the class would load Node's whole fetch. */
function isHeaders(value: object): value is Headers {
  return (value as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'Headers';
}

const errorKeys = ['name', 'code', 'message', 'context', 'errors', 'cause'] as const;
const errorKeysWithStack = [...errorKeys, 'stack'] as const;
