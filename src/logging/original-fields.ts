import type { CallSite } from './call-site.js';
import { errorText } from './line-format.js';
import type { LogRecord } from './log-record.js';
import { isPlainError, type Plain } from './plain.js';

/** The fields that the original's processors write: what else has such a name steps aside. */
const reserved: ReadonlySet<string> = new Set([
  'logger_name',
  'event',
  'correlation_id',
  'service.name',
  'deployment.environment',
  'trace_id',
  'span_id',
  'timestamp',
  'level',
  'filename',
  'func_name',
  'lineno',
]);

/**
 * A record as one line of JSON with the fields of the original, in its order: what was logged with the message stands
 * beside it, errors as `exception`. A field that has the name of one of the original's own gets a `_` behind it.
 */
export function originalLine(
  record: LogRecord,
  options: { readonly environment: string; readonly callSite: CallSite | undefined },
): string {
  const line: Record<string, Plain> = { logger_name: record.module };
  const exceptions: string[] = [];
  for (const [key, value] of Object.entries(record.context ?? {})) {
    const name = reserved.has(key) ? `${key}_` : key;
    if (isPlainError(value)) exceptions.push(errorText(value));
    const plain = isPlainError(value) ? `${value.name ?? 'Error'}: ${value.message ?? ''}` : value;
    // Assigning to __proto__ would set the prototype instead.
    if (name === '__proto__') Object.defineProperty(line, name, { value: plain, enumerable: true });
    else line[name] = plain;
  }
  line['event'] = record.message;
  if (record.correlation_id !== undefined) line['correlation_id'] = record.correlation_id;
  line['service.name'] = record.service;
  line['deployment.environment'] = options.environment;
  if (record.trace_id !== undefined) line['trace_id'] = record.trace_id;
  if (record.span_id !== undefined) line['span_id'] = record.span_id;
  // Python's times have microseconds.
  line['timestamp'] = record.timestamp.replace('Z', '000Z');
  line['level'] = record.level === 'warn' ? 'warning' : record.level;
  Object.assign(line, options.callSite);
  if (exceptions.length > 0) line['exception'] = exceptions.join('\n\n');
  return JSON.stringify(line);
}
