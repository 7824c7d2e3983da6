import { z } from 'zod';
import { formatDuration, formatSize, readDuration, readSize } from './units.js';

/** What docs and faults say of a field; given to any zod schema with `.meta({ ... })`. */
export interface FieldMeta {
  /** What the variable is for, as a sentence. */
  readonly description?: string;
  /** What a fault says was expected: `a whole number from 1 to 65535`. */
  readonly expected?: string;
  /** The value is never shown. Default: true where the variable's name says so (`..._PASSWORD`, `..._TOKEN`). */
  readonly secret?: boolean;
  /** Shown as the default in the docs, where the default is computed. */
  readonly defaultText?: string;
  /** A value to begin with, shown in `.env.example`. Default: the default. */
  readonly example?: string;
  /** What stands behind the prefix in the variable's name. Default: the field's name in upper case. */
  readonly variable?: string;
  /** Writes a default as the text that the variable would hold. */
  readonly format?: (value: number) => string;
  /** The text has a unit, so the variable's name must not have one. */
  readonly hasUnit?: boolean;
}

/** Bounds of a number, both included. */
interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** The longest delay that setTimeout keeps: more milliseconds than these fire at once. */
const maxTimerMs = 2 ** 31 - 1;

const wholeNumber = /^(?:0|-?[1-9]\d*)$/;
const flags = new Map(
  Object.entries({ true: true, 1: true, yes: true, on: true, false: false, 0: false, no: false, off: false }),
);

function text(meta: FieldMeta = {}): z.ZodString {
  return z.string().meta({ expected: 'a text', ...meta });
}

/** Never trimmed, never shown. A lone surrogate could not be sent as UTF-8. */
function secret(meta: FieldMeta = {}): z.ZodString {
  return z
    .string()
    .refine((value) => !/\p{Surrogate}/u.test(value))
    .meta({ expected: 'well-formed Unicode text', ...meta, secret: true });
}

function matching(pattern: RegExp, meta: FieldMeta & { readonly expected: string }): z.ZodString {
  return z
    .string()
    .regex(pattern)
    .meta({ ...meta });
}

/** Decimal digits alone: no exponent, sign `+`, leading zero, unit or separator. */
function integer(range: FieldMeta & { readonly min: number; readonly max?: number }) {
  const { min, max = Number.MAX_SAFE_INTEGER, ...meta } = range;
  const bounds = range.max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  return z
    .string()
    .regex(wholeNumber)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .meta({ expected: `a whole number ${bounds}`, ...meta });
}

function port(meta: FieldMeta = {}) {
  return integer({ expected: 'a port from 1 to 65535', ...meta, min: 1, max: 65_535 });
}

function milliseconds(meta: FieldMeta = {}) {
  return integer({
    expected: `whole milliseconds from 1 to ${maxTimerMs}`,
    ...meta,
    min: 1,
    max: maxTimerMs,
  });
}

/**
 * A duration with its unit, read as milliseconds: `250ms`, `5s`, `2m`, `1h`, `1d`, `1.5s`. A number alone is refused: where
 * the variable's name says the unit (`..._MS`), the field is {@link milliseconds}.
 * @param range in milliseconds. Default: from 1 to 2147483647, the longest that a timer keeps; more only on purpose.
 */
function duration(range: Range & FieldMeta = {}) {
  const { min = 1, max = maxTimerMs, ...meta } = range;
  const bounds = `from ${formatDuration(min)} to ${formatDuration(max)}`;
  return amount(readDuration, min, max).meta({
    expected: `a duration with its unit (ms, s, m, h, d), ${bounds}`,
    format: formatDuration,
    hasUnit: true,
    ...meta,
  });
}

/**
 * A size, read as bytes: `512`, `512B`, `64kB` (1000 bytes each), `64KiB` (1024 bytes each), `1.5MiB`, up to `TB` and `TiB`.
 * @param range in bytes. Default: 1 or more.
 */
function size(range: Range & FieldMeta = {}) {
  const { min = 1, max = Number.MAX_SAFE_INTEGER, ...meta } = range;
  const bounds =
    range.max === undefined ? `at least ${formatSize(min)}` : `from ${formatSize(min)} to ${formatSize(max)}`;
  return amount(readSize, min, max).meta({
    expected: `a size in bytes, or with its unit (kB, MB, GB, TB; KiB, MiB, GiB, TiB), ${bounds}`,
    format: formatSize,
    ...meta,
  });
}

function amount(read: (value: string) => number | undefined, min: number, max: number) {
  return z.string().transform((value, context): number => {
    const found = read(value);
    if (found !== undefined && found >= min && found <= max) return found;
    context.addIssue('no amount of that range');
    return z.NEVER;
  });
}

/** `true`, `1`, `yes`, `on` and `false`, `0`, `no`, `off` in any case, as the Python original reads them. */
function flag(meta: FieldMeta = {}) {
  return z
    .string()
    .refine((value) => flags.has(value.toLowerCase()))
    .transform((value) => flags.get(value.toLowerCase()) === true)
    .meta({ expected: 'true or false', ...meta });
}

/** One of `values` in any case; `aliases` are further spellings. */
function choice<const V extends string>(
  values: readonly V[],
  options: FieldMeta & { readonly aliases?: Readonly<Record<string, V>> } = {},
) {
  const { aliases = {}, ...meta } = options;
  const known = new Map<string, V>([
    ...Object.entries(aliases),
    ...values.map((value): [string, V] => [value.toLowerCase(), value]),
  ]);
  return z
    .string()
    .transform((value, context): V => {
      const found = known.get(value.toLowerCase());
      if (found !== undefined) return found;
      context.addIssue('none of the choices');
      return z.NEVER;
    })
    .meta({ expected: `one of ${values.join(', ')}`, ...meta });
}

/** Fields of an environment: each reads a text strictly and knows how to say what it expects. */
export const field = { text, secret, matching, integer, port, milliseconds, duration, size, flag, choice };
