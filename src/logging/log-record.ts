import type { LogLevel } from '../protocols/log-levels.js';
import type { CallSite } from './call-site.js';
import { currentFlow } from './log-context.js';
import { defaultLimits, type Plain, type PlainRecord, toPlain } from './plain.js';
import type { Redaction } from './redaction.js';

/** One line before it is text. The order of the fields is that of the line. */
export interface LogRecord {
  /** ISO 8601 in UTC with milliseconds. */
  readonly timestamp: string;
  readonly level: LogLevel;
  readonly service: string;
  readonly module: string;
  readonly message: string;
  /** Absent where it would be empty. */
  readonly context?: PlainRecord;
  readonly correlation_id?: string;
  readonly trace_id?: string;
  readonly span_id?: string;
}

/** What was logged. */
export interface Entry {
  readonly level: LogLevel;
  readonly module: string;
  readonly message: unknown;
  readonly context: unknown;
  readonly callSite?: CallSite | undefined;
}

interface RecordOptions {
  readonly service: string;
  readonly stacks: boolean;
  readonly redaction: Redaction;
}

const ids = ['correlation_id', 'trace_id', 'span_id'] as const;

/** Never throws, whatever `message` and `context` are at run time. */
export function logRecord({ level, module, message, context }: Entry, options: RecordOptions): LogRecord {
  const flow = currentFlow();
  const record: { -readonly [Key in keyof LogRecord]: LogRecord[Key] } = {
    timestamp: timestampNow(),
    level,
    service: options.service,
    module,
    message: textOf(message, options),
  };
  let fields = fieldsOf(context, options);
  if (flow.others !== undefined) {
    const others = toPlain(flow.others, options);
    if (isRecord(others)) fields = { ...others, ...fields };
  }
  const own: { -readonly [Id in (typeof ids)[number]]?: string } = {};
  for (const id of ids) {
    const value = fields?.[id];
    if (typeof value !== 'string' || fields === undefined) continue;
    own[id] = value;
    const { [id]: _taken, ...others } = fields;
    fields = others;
  }
  if (fields !== undefined && holdsAny(fields)) record.context = fields;
  const correlationId = own.correlation_id ?? flow.correlationId;
  if (correlationId !== undefined) record.correlation_id = textOf(correlationId, options);
  const traceId = own.trace_id ?? flow.traceId;
  if (traceId !== undefined) record.trace_id = textOf(traceId, options);
  const spanId = own.span_id ?? flow.spanId;
  if (spanId !== undefined) record.span_id = textOf(spanId, options);
  return record;
}

let lastMs = Number.NaN;
let lastTimestamp = '';

/** Made once for all lines of a millisecond. */
function timestampNow(): string {
  const now = Date.now();
  if (now !== lastMs) {
    lastTimestamp = new Date(now).toISOString();
    lastMs = now;
  }
  return lastTimestamp;
}

/** The type asks for a record of fields; what else comes at run time gets a name. */
function fieldsOf(context: unknown, options: RecordOptions): PlainRecord | undefined {
  if (context === undefined || context === null) return undefined;
  const plain = toPlain(context, options);
  if (context instanceof Error) return { error: plain };
  return isRecord(plain) ? plain : { value: plain };
}

function isRecord(plain: Plain): plain is PlainRecord {
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain);
}

function holdsAny(record: PlainRecord): boolean {
  for (const key in record) if (record[key] !== undefined) return true;
  return false;
}

function textOf(value: unknown, { redaction }: RecordOptions): string {
  if (typeof value === 'string') return redaction.cut(value, defaultLimits.characters);
  const plain = toPlain(value, { stacks: false, redaction });
  return typeof plain === 'string' ? plain : JSON.stringify(plain ?? null);
}
