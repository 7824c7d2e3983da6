import type { JsonBuilder, JsonRules } from './json-builder.js';
import { JsonFault } from './json-fault.js';
import { numberAt } from './scan-number.js';

const loneSurrogate = /\p{Surrogate}/u;
const hexDigits = /^[0-9a-fA-F]{4}$/;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Reads JSON as Python does, which JSON.parse does not: it keeps literals as they are (`1.0` is not `1`, an integer may
 * have any length), tells of keys given twice, takes `NaN` and infinities, and names faults as Python's json module.
 */
export class JsonReader<T> {
  readonly #text: string;
  readonly #builder: JsonBuilder<T>;
  readonly #rules: JsonRules;
  #at = 0;
  #depth = 0;
  /** Was the string read last plain, see {@link JsonBuilder.string}? */
  #plain = true;

  private constructor(text: string, builder: JsonBuilder<T>, rules: JsonRules) {
    this.#text = text;
    this.#builder = builder;
    this.#rules = rules;
  }

  /**
   * The members of the object that `text` is, by name; the value itself if it is none.
   * @throws JsonFault
   */
  static readMembers<T>(
    text: string,
    builder: JsonBuilder<T>,
    rules: JsonRules,
  ): ReadonlyMap<string, T> | { readonly notAnObject: T } {
    const reader = new JsonReader(text, builder, rules);
    reader.#skipSpace();
    let result: Map<string, T> | { readonly notAnObject: T };
    if (text.charCodeAt(reader.#at) === 0x7b) {
      const { keys, values } = reader.#members();
      result = new Map(keys.map((key, index) => [key, values[index] as T]));
    } else {
      result = { notAnObject: reader.#value() };
    }
    reader.#skipSpace();
    if (reader.#at < text.length) throw reader.#fault('Extra data', reader.#at);
    return result;
  }

  #value(): T {
    switch (this.#text.charCodeAt(this.#at)) {
      case 0x22: {
        const text = this.#string();
        return this.#builder.string(text, this.#plain);
      }
      case 0x7b: {
        const { keys, values } = this.#members();
        return this.#builder.object(keys, values);
      }
      case 0x5b:
        return this.#array();
      case 0x74:
        this.#skipWord('true');
        return this.#builder.literal(true);
      case 0x66:
        this.#skipWord('false');
        return this.#builder.literal(false);
      case 0x6e:
        this.#skipWord('null');
        return this.#builder.literal(null);
      case 0x4e:
        this.#skipWord('NaN');
        return this.#builder.float('NaN');
      case 0x49:
        this.#skipWord('Infinity');
        return this.#builder.float('Infinity');
      default:
        return this.#number();
    }
  }

  #skipWord(word: string): void {
    if (!this.#text.startsWith(word, this.#at)) throw this.#fault('Expecting value', this.#at);
    this.#at += word.length;
  }

  #members(): { readonly keys: string[]; readonly values: T[] } {
    const keys: string[] = [];
    const values: T[] = [];
    const text = this.#text;
    this.#at += 1;
    this.#skipSpace();
    if (text.charCodeAt(this.#at) === 0x7d) {
      this.#emptyContainer();
      return { keys, values };
    }
    this.#enter();
    for (;;) {
      if (text.charCodeAt(this.#at) !== 0x22) {
        throw this.#fault('Expecting property name enclosed in double quotes', this.#at);
      }
      keys.push(this.#string());
      this.#skipSpace();
      if (text.charCodeAt(this.#at) !== 0x3a) throw this.#fault("Expecting ':' delimiter", this.#at);
      this.#at += 1;
      this.#skipSpace();
      values.push(this.#value());
      this.#skipSpace();
      const next = text.charCodeAt(this.#at);
      if (next === 0x7d) break;
      if (next !== 0x2c) throw this.#fault("Expecting ',' delimiter", this.#at);
      this.#at += 1;
      this.#skipSpace();
    }
    this.#at += 1;
    this.#depth -= 1;
    return { keys, values };
  }

  #array(): T {
    const items: T[] = [];
    const text = this.#text;
    this.#at += 1;
    this.#skipSpace();
    if (text.charCodeAt(this.#at) === 0x5d) {
      this.#emptyContainer();
      return this.#builder.array(items);
    }
    this.#enter();
    for (;;) {
      items.push(this.#value());
      this.#skipSpace();
      const next = text.charCodeAt(this.#at);
      if (next === 0x5d) break;
      if (next !== 0x2c) throw this.#fault("Expecting ',' delimiter", this.#at);
      this.#at += 1;
      this.#skipSpace();
    }
    this.#at += 1;
    this.#depth -= 1;
    return this.#builder.array(items);
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > this.#rules.maxDepth) {
      throw this.#fault(`Nested more than ${this.#rules.maxDepth} deep`, this.#at, 'depth');
    }
  }

  #emptyContainer(): void {
    this.#at += 1;
    if (!this.#rules.emptyHasDepth) return;
    this.#enter();
    this.#depth -= 1;
  }

  /** From the opening quote on; goes past the closing one. */
  #string(): string {
    const text = this.#text;
    const begin = this.#at + 1;
    let plain = true;
    for (let at = begin; ; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === 0x22) {
        this.#at = at + 1;
        this.#plain = plain;
        return text.slice(begin, at);
      }
      // The comparison is false for NaN, which is what stands behind the end.
      if (unit === 0x5c || !(unit >= 0x20)) return this.#stringWithEscapes(begin, at);
      if (unit > 0x7e) plain = false;
    }
  }

  /** The string that began at `begin` and has its first escape, or its fault, at `at`. */
  #stringWithEscapes(begin: number, at: number): string {
    const text = this.#text;
    let decoded = text.slice(begin, at);
    let from = at;
    for (;;) {
      const unit = text.charCodeAt(at);
      if (unit === 0x22) break;
      if (unit === 0x5c) {
        const code = text[at + 1];
        decoded += text.slice(from, at) + this.#escape(begin, at, code);
        at += code === 'u' ? 6 : 2;
        from = at;
      } else if (unit >= 0x20) at += 1;
      else if (Number.isNaN(unit)) throw this.#fault('Unterminated string starting at', begin - 1);
      else throw this.#fault('Invalid control character at', at);
    }
    decoded += text.slice(from, at);
    if (!this.#rules.loneSurrogates && loneSurrogate.test(decoded)) {
      throw this.#fault('Half a surrogate pair in the string starting at', begin - 1);
    }
    this.#at = at + 1;
    this.#plain = false;
    return decoded;
  }

  /** What the escape at `at` stands for. */
  #escape(begin: number, at: number, code: string | undefined): string {
    if (code === undefined) throw this.#fault('Unterminated string starting at', begin - 1);
    if (code === 'u') {
      const digits = this.#text.slice(at + 2, at + 6);
      // Python refuses an escape that ends the text, so that is one fault, not an unterminated string.
      if (!hexDigits.test(digits) || at + 6 >= this.#text.length) {
        throw this.#fault('Invalid \\uXXXX escape', at + 1);
      }
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const character = escapes[code];
    if (character === undefined) throw this.#fault('Invalid \\escape', at);
    return character;
  }

  #number(): T {
    const begin = this.#at;
    const { end, isFloat } = numberAt(this.#text, begin);
    if (end === begin) throw this.#fault('Expecting value', begin);
    this.#at = end;
    const literal = this.#text.slice(begin, end);
    if (isFloat) return this.#builder.float(literal);
    const { maxIntegerDigits, signCountsAsDigit } = this.#rules;
    const digits = signCountsAsDigit || !literal.startsWith('-') ? literal.length : literal.length - 1;
    if (digits > maxIntegerDigits) {
      throw this.#fault(`An integer of more than ${maxIntegerDigits} digits`, begin, 'integer');
    }
    return this.#builder.integer(literal);
  }

  #skipSpace(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at += 1;
    }
  }

  #fault(what: string, at: number, kind: JsonFault['kind'] = 'syntax'): JsonFault {
    return JsonFault.at(what, this.#text, at, kind);
  }
}
