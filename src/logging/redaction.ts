import { isSecretKey, redactText, secretMask } from '../errors/redact.js';
import { maskNamedValues, namesWith } from '../errors/secret-texts.js';
import type { RedactOptions } from './logging-options.js';

/** How a key stands in a line. */
export interface RedactedKey {
  readonly name: string;
  /** Is its value masked? */
  readonly hidden: boolean;
}

const maxKnownKeys = 2_000;
const maxKeyCharacters = 128;

/** What may stand in a log: without secrets by key, by shape and by what the options name. */
export class Redaction {
  readonly #keys: readonly RegExp[];
  readonly #named: RegExp | undefined;
  readonly #values: readonly RegExp[];
  /** Keys are few and come again with each line. */
  readonly #known = new Map<string, RedactedKey>();

  constructor({ keys = [], values = [] }: RedactOptions = {}) {
    const names = keys.filter((key) => typeof key === 'string').filter((key) => key !== '');
    const patterns = keys.filter((key) => key instanceof RegExp);
    this.#keys = [
      ...names.map((name) => new RegExp(`^${anySpelling(name)}$`, 'i')),
      ...patterns.map((pattern) => withFlags(pattern, '')),
    ];
    this.#named = names.length === 0 ? undefined : namesWith(names.map(anySpelling).join('|'));
    const texts = values.filter((value) => typeof value === 'string').filter((value) => value !== '');
    const spellings = new Set(texts.flatMap((text) => [text, urlEncoded(text)]));
    // The longest first: one secret may begin another.
    const longestFirst = [...spellings].toSorted((left, right) => right.length - left.length);
    this.#values = [
      ...(longestFirst.length === 0 ? [] : [new RegExp(longestFirst.map(literal).join('|'), 'g')]),
      ...values.filter((value) => value instanceof RegExp).map((pattern) => withFlags(pattern, 'g')),
    ];
  }

  text(text: string): string {
    let redacted = text;
    for (const value of this.#values) redacted = redacted.replace(value, secretMask);
    redacted = redactText(redacted);
    return this.#named === undefined ? redacted : maskNamedValues(redacted, this.#named);
  }

  /** `text` without secrets, cut to `limit` characters. */
  cut(text: string, limit: number): string {
    if (text.length <= limit) return this.text(text);
    // Looked at beyond the limit and kept well before the end of that: no secret is cut in half and so not found.
    const redacted = this.text(text.slice(0, 2 * limit));
    const kept = redacted.slice(0, Math.min(limit, Math.max(0, redacted.length - limit / 2)));
    return `${kept}... (${text.length} characters)`;
  }

  key(key: string): RedactedKey {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const hidden = isSecretKey(key) || this.#keys.some((pattern) => pattern.test(key));
    const redacted = { name: this.cut(key, maxKeyCharacters), hidden };
    if (this.#known.size < maxKnownKeys && key.length <= maxKeyCharacters) this.#known.set(key, redacted);
    return redacted;
  }
}

/** `cardNumber` finds card_number, card-number, CardNumber and CARDNUMBER too. */
function anySpelling(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[-_ ]+/)
    .map(literal)
    .join('[-_ ]?');
}

function urlEncoded(text: string): string {
  // What is not well-formed has no such form.
  return /\p{Surrogate}/u.test(text) ? text : encodeURIComponent(text);
}

function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** A copy without a state of its own: `g` and `y` remember where they were. */
function withFlags(pattern: RegExp, added: string): RegExp {
  return new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, '') + added);
}
