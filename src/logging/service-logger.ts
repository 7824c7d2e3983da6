import type { Logger } from '../protocols/logger.js';
import type { LogLevel } from './log-record.js';
import { type LoggingOptions, LogWriter } from './log-writer.js';
import { loggerOf } from './logger-factory.js';

let writer: LogWriter | undefined;
let replaced: Promise<unknown> = Promise.resolve();

/**
 * The logger of a module, before or without an application. It obeys {@link configureServiceLogging} also where that is
 * called later. Until then SERVICE_NAME, LOG_LEVEL and LOG_FORMAT hold, read with the first line; one that is not
 * understood is as if unset.
 */
export function createServiceLogger(name: string): Logger {
  return loggerOf(name, currentWriter);
}

/** Sets how all loggers of {@link createServiceLogger} log from now on, those made before included. */
export function configureServiceLogging(options: LoggingOptions): void {
  if (writer !== undefined) replaced = Promise.all([replaced, writer.flush()]);
  writer = new LogWriter(options);
}

/** Resolves when every line of {@link createServiceLogger}'s loggers so far was written, dropped or lost. */
export async function flushServiceLogs(): Promise<void> {
  await Promise.all([replaced, writer?.flush()]);
}

function currentWriter(): LogWriter {
  writer ??= new LogWriter({
    service: variable('SERVICE_NAME') ?? 'unknown',
    level: levels.get(variable('LOG_LEVEL')?.toLowerCase() ?? '') ?? 'info',
    format: variable('LOG_FORMAT')?.toLowerCase() === 'console' ? 'console' : 'json',
  });
  return writer;
}

// The same names as LOG_LEVEL of the settings, Python's included.
const levels = new Map<string, LogLevel>([
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['warning', 'warn'],
  ['error', 'error'],
  ['critical', 'error'],
]);

function variable(name: string): string | undefined {
  const text = process.env[name]?.trim();
  return text === '' ? undefined : text;
}
