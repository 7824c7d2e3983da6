import { JsonFloat } from './json/json-float.js';

// What the original takes for the fields of an envelope; undefined for what it refuses.

const hex = '[0-9a-fA-F]';
const hyphenated = `${hex}{8}-${hex}{4}-${hex}{4}-${hex}{4}-${hex}{12}`;
const uuidPattern = new RegExp(`^(?:(${hyphenated})|urn:uuid:(${hyphenated})|\\{(${hyphenated})\\})$`);
const simpleUuid = /^[0-9a-f]{32}$/i;
const integerPattern = /^[+-]?\d+(?:_\d+)*(?:\.0+)?$/;
/** What the original's parser cuts from both ends of a number in a string. */
const space = /^\p{White_Space}+|\p{White_Space}+$/gu;

/** A UUID in lower case: hyphenated, in braces, as a URN, or without hyphens. */
export function readUuid(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const match = uuidPattern.exec(value);
  if (match !== null) return (match[1] ?? match[2] ?? match[3] ?? '').toLowerCase();
  return simpleUuid.test(value) ? hyphenate(value.toLowerCase()) : undefined;
}

/** 32 hex digits as a UUID. */
export function hyphenate(digits: string): string {
  return [0, 8, 12, 16, 20].map((from, group) => digits.slice(from, [8, 12, 16, 20, 32][group])).join('-');
}

/** A whole number: as such, as a float without a fraction, as a string, or as a boolean. */
export function readInteger(value: unknown): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  const number = typeof value === 'string' ? integerOf(value) : plainNumber(value);
  if (!Number.isSafeInteger(number)) return undefined;
  return number === 0 ? 0 : (number as number);
}

/** Of a JsonFloat its number. */
export function plainNumber(value: unknown): unknown {
  return value instanceof JsonFloat ? value.value : value;
}

function integerOf(text: string): number | undefined {
  const trimmed = text.replace(space, '');
  return integerPattern.test(trimmed) ? Number(trimmed.replaceAll('_', '')) : undefined;
}

export function readText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** An object of JSON. */
export function readObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isScalar = typeof value !== 'object' || value === null || value instanceof JsonFloat;
  return !isScalar && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}
