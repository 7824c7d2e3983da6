import { describeError } from './describe.js';
import { isoFormat } from './iso-format.js';
import { redactSecrets } from './redact.js';

/** An error as data, in the shape that the original's services send and read. */
export interface ErrorDetail {
  readonly code: string;
  readonly message: string;
  readonly correlation_id: string | null;
  readonly service: string | null;
  /** In UTC, as Python's isoformat writes it: `2025-07-20T14:47:20.418000+00:00`. */
  readonly timestamp: string;
  readonly details: Readonly<Record<string, unknown>>;
}

const maxDepth = 8;

/**
 * A copy of `record` that JSON.stringify takes whatever is in it, without secrets: errors become their messages, other
 * objects that are no data become `[their class]`, what is nested too deep or in itself becomes `[object]`. Never throws.
 */
export function jsonSafe(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return redactSecrets(copyRecord(redactSecrets(record), 0));
}

function copyRecord(record: object, depth: number): Record<string, unknown> {
  const members = Object.entries(record).flatMap(([key, value]: [string, unknown]) => {
    const copied = copy(value, depth + 1);
    return copied === undefined ? [] : [[key, copied] as const];
  });
  return Object.fromEntries(members);
}

function copy(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? null : copyObject(value, depth);
    case 'function':
    case 'symbol':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'string':
    case 'boolean':
    case 'undefined':
    default:
      return value;
  }
}

function copyObject(value: object, depth: number): unknown {
  if (value instanceof Error) return describeError(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : isoFormat(value);
  if (depth > maxDepth) return '[object]';
  if (Array.isArray(value)) return value.map((item) => copy(item, depth + 1) ?? null);
  if (value instanceof Set || value instanceof Map) {
    return Array.from(value as Iterable<unknown>, (item) => copy(item, depth + 1) ?? null);
  }
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null;
  if (prototype === null || prototype === Object.prototype) return copyRecord(value, depth);
  const name = prototype.constructor?.name;
  return `[${typeof name === 'string' && name !== '' ? name : 'object'}]`;
}
