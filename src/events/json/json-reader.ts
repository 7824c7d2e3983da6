import { codeUnits } from './code-units.js';
import { escapedCharacter } from './escaped-character.js';
import type { JsonBuilder, JsonRules } from './json-builder.js';
import { JsonFault } from './json-fault.js';
import { fractionEnd, integerEnd, isDigit } from './scan-number.js';

const loneSurrogate = /\p{Surrogate}/u;

/**
 * Reads JSON as Python does, which JSON.parse does not: it keeps literals as they are (`1.0` is not `1`, an integer may
 * have any length), tells of keys given twice, takes `NaN` and infinities, and names faults as Python's json module.
 */
export class JsonReader<T> {
  readonly #text: string;
  /** The code units of the text and a 0 behind them. */
  readonly #units: Uint16Array;
  readonly #builder: JsonBuilder<T>;
  readonly #rules: JsonRules;
  #at = 0;
  #depth = 0;
  /** Was the string read last plain, see {@link JsonBuilder.plainString}? */
  #plain = true;

  private constructor(text: string, builder: JsonBuilder<T>, rules: JsonRules) {
    this.#text = text;
    this.#units = codeUnits(text);
    this.#builder = builder;
    this.#rules = rules;
  }

  /**
   * What `text` is.
   * @throws JsonFault
   */
  static read<T>(text: string, builder: JsonBuilder<T>, rules: JsonRules): T {
    const reader = new JsonReader(text, builder, rules);
    reader.#skipSpace();
    const value = reader.#value();
    reader.#end();
    return value;
  }

  /**
   * The members of the object that `text` is, by name; undefined if it is another value.
   * @throws JsonFault
   */
  static readMembers<T>(
    text: string,
    builder: JsonBuilder<T>,
    rules: JsonRules,
  ): ReadonlyMap<string, T> | undefined {
    const reader = new JsonReader(text, builder, rules);
    let members: Map<string, T> | undefined;
    if (reader.#skipSpace() === 0x7b) {
      members = new Map();
      const { keys, values } = reader.#members();
      for (let index = 0; index < keys.length; index += 1)
        members.set(keys[index] as string, values[index] as T);
    } else {
      reader.#value();
    }
    reader.#end();
    return members;
  }

  #end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#fault('Extra data', this.#at);
  }

  #value(): T {
    const unit = this.#units[this.#at] as number;
    if (unit === 0x22) return this.#stringValue();
    if (unit === 0x7b) {
      const { keys, values, plain } = this.#members();
      return this.#builder.object(keys, values, plain);
    }
    if (unit === 0x5b) return this.#array();
    return isDigit(unit) || unit === 0x2d ? this.#number() : this.#word(unit);
  }

  #stringValue(): T {
    const begin = this.#at + 1;
    const end = this.#plainEnd(begin);
    if (this.#units[end] !== 0x22) return this.#builder.string(this.#string());
    this.#at = end + 1;
    return this.#builder.plainString(this.#text, begin, end);
  }

  #word(unit: number): T {
    switch (unit) {
      case 0x74:
        this.#skip('true');
        return this.#builder.literal(true);
      case 0x66:
        this.#skip('false');
        return this.#builder.literal(false);
      case 0x6e:
        this.#skip('null');
        return this.#builder.literal(null);
      case 0x4e:
        this.#skip('NaN');
        return this.#builder.float('NaN');
      default:
        this.#skip('Infinity');
        return this.#builder.float('Infinity');
    }
  }

  #skip(word: string): void {
    if (!this.#text.startsWith(word, this.#at)) throw this.#fault('Expecting value', this.#at);
    this.#at += word.length;
  }

  #members(): { readonly keys: string[]; readonly values: T[]; readonly plain: boolean } {
    const keys: string[] = [];
    const values: T[] = [];
    let plain = true;
    let next = this.#open();
    if (next === 0x7d) {
      this.#closeEmpty();
      return { keys, values, plain };
    }
    this.#enter();
    for (;;) {
      if (next !== 0x22) throw this.#fault('Expecting property name enclosed in double quotes', this.#at);
      keys.push(this.#string());
      plain &&= this.#plain;
      if (this.#skipSpace() !== 0x3a) throw this.#fault("Expecting ':' delimiter", this.#at);
      this.#open();
      values.push(this.#value());
      next = this.#skipSpace();
      if (next === 0x7d) break;
      if (next !== 0x2c) throw this.#fault("Expecting ',' delimiter", this.#at);
      next = this.#open();
    }
    this.#at += 1;
    this.#depth -= 1;
    return { keys, values, plain };
  }

  #array(): T {
    const items: T[] = [];
    if (this.#open() === 0x5d) {
      this.#closeEmpty();
      return this.#builder.array(items);
    }
    this.#enter();
    for (;;) {
      items.push(this.#value());
      const next = this.#skipSpace();
      if (next === 0x5d) break;
      if (next !== 0x2c) throw this.#fault("Expecting ',' delimiter", this.#at);
      this.#open();
    }
    this.#at += 1;
    this.#depth -= 1;
    return this.#builder.array(items);
  }

  /** Goes past a bracket, a colon or a comma and the space behind it. */
  #open(): number {
    this.#at += 1;
    return this.#skipSpace();
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > this.#rules.maxDepth) {
      throw this.#fault(`Nested more than ${this.#rules.maxDepth} deep`, this.#at, 'depth');
    }
  }

  #closeEmpty(): void {
    this.#at += 1;
    if (!this.#rules.emptyHasDepth) return;
    this.#enter();
    this.#depth -= 1;
  }

  /** Where the run of plain characters ends that begins at `at`. */
  #plainEnd(at: number): number {
    const units = this.#units;
    let end = at;
    for (;;) {
      const unit = units[end] as number;
      if (unit < 0x20 || unit > 0x7e || unit === 0x22 || unit === 0x5c) return end;
      end += 1;
    }
  }

  /** From the opening quote on; goes past the closing one. */
  #string(): string {
    const begin = this.#at + 1;
    let end = this.#plainEnd(begin);
    this.#plain = this.#units[end] === 0x22;
    // Beyond plain characters, and without escapes, every text stands for itself.
    while ((this.#units[end] as number) > 0x7e) end = this.#plainEnd(end + 1);
    if (this.#units[end] !== 0x22) return this.#stringWithEscapes(begin, end);
    this.#at = end + 1;
    return this.#text.slice(begin, end);
  }

  /** The string that began at `begin` and has its first escape, or its fault, at `at`. */
  #stringWithEscapes(begin: number, at: number): string {
    const text = this.#text;
    let decoded = text.slice(begin, at);
    let from = at;
    for (;;) {
      const unit = this.#units[at] as number;
      if (unit === 0x22) break;
      if (unit === 0x5c) {
        const code = text[at + 1];
        decoded += text.slice(from, at) + this.#escape(begin, at, code);
        at += code === 'u' ? 6 : 2;
        from = at;
      } else if (unit >= 0x20) at += 1;
      else if (at < text.length) throw this.#fault('Invalid control character at', at);
      else throw this.#fault('Unterminated string starting at', begin - 1);
    }
    decoded += text.slice(from, at);
    if (!this.#rules.loneSurrogates && loneSurrogate.test(decoded)) {
      throw this.#fault('Half a surrogate pair in the string starting at', begin - 1);
    }
    this.#at = at + 1;
    return decoded;
  }

  /** What the escape at `at` stands for. */
  #escape(begin: number, at: number, code: string | undefined): string {
    if (code === undefined) throw this.#fault('Unterminated string starting at', begin - 1);
    const character = escapedCharacter(this.#text, at);
    if (character !== undefined) return character;
    throw code === 'u' ? this.#fault('Invalid \\uXXXX escape', at + 1) : this.#fault('Invalid \\escape', at);
  }

  #number(): T {
    const begin = this.#at;
    const whole = integerEnd(this.#units, begin);
    if (whole === begin) {
      this.#skip('-Infinity');
      return this.#builder.float('-Infinity');
    }
    const end = fractionEnd(this.#units, whole);
    this.#at = end;
    const literal = this.#text.slice(begin, end);
    if (end > whole) return this.#builder.float(literal);
    const { maxIntegerDigits, signCountsAsDigit } = this.#rules;
    const digits = signCountsAsDigit || !literal.startsWith('-') ? literal.length : literal.length - 1;
    if (digits <= maxIntegerDigits) return this.#builder.integer(literal);
    throw this.#fault(`An integer of more than ${maxIntegerDigits} digits`, begin, 'integer');
  }

  /** Goes to what is no space and gives it; 0 at the end. */
  #skipSpace(): number {
    const units = this.#units;
    for (let at = this.#at; ; at += 1) {
      const unit = units[at] as number;
      if (unit > 0x20 || (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09)) {
        this.#at = at;
        return unit;
      }
    }
  }

  #fault(what: string, at: number, kind: JsonFault['kind'] = 'syntax'): JsonFault {
    return JsonFault.at(what, this.#text, at, kind);
  }
}
