import { currentLogContext } from './log-context.js';
import { defaultLimits, type Plain, type PlainRecord, plainText, toPlain } from './plain.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

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

/** Never throws, whatever `message` and `context` are at run time. */
export function logRecord(line: {
  readonly level: LogLevel;
  readonly service: string;
  readonly module: string;
  readonly message: unknown;
  readonly context: unknown;
  readonly stacks: boolean;
}): LogRecord {
  const { correlationId, traceId, spanId, ...fields } = currentLogContext();
  const context = contextOf(line.context, fields, line);
  return {
    timestamp: new Date().toISOString(),
    level: line.level,
    service: line.service,
    module: line.module,
    message: textOf(line.message),
    ...(context !== undefined && { context }),
    ...(correlationId !== undefined && { correlation_id: textOf(correlationId) }),
    ...(traceId !== undefined && { trace_id: textOf(traceId) }),
    ...(spanId !== undefined && { span_id: textOf(spanId) }),
  };
}

function contextOf(
  context: unknown,
  fields: Readonly<Record<string, unknown>>,
  options: { readonly stacks: boolean },
): PlainRecord | undefined {
  const own = toPlain(context, options);
  const flow = toPlain(fields, options);
  const record = { ...(isRecord(flow) ? flow : {}), ...named(own, context) };
  for (const key in record) if (record[key] !== undefined) return record;
  return undefined;
}

/** The type asks for a record of fields; what else comes at run time gets a name. */
function named(plain: Plain, context: unknown): PlainRecord {
  if (plain === undefined || plain === null) return {};
  if (context instanceof Error) return { error: plain };
  return isRecord(plain) ? plain : { value: plain };
}

function isRecord(plain: Plain): plain is PlainRecord {
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return plainText(value, defaultLimits.characters);
  const plain = toPlain(value, { stacks: false });
  return typeof plain === 'string' ? plain : JSON.stringify(plain ?? null);
}
