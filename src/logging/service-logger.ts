import type { Logger } from '../protocols/logger.js';
import { optionsFromEnvironment } from './environment.js';
import { LogWriter } from './log-writer.js';
import { loggerOf } from './logger-factory.js';
import type { LoggingOptions } from './logging-options.js';

let writer: LogWriter | undefined;
let replaced: Promise<unknown> = Promise.resolve();

/**
 * The logger of a module, before or without an application. It obeys {@link configureServiceLogging} also where that is
 * called later. Until then SERVICE_NAME, ENVIRONMENT and the variables LOG_... of docs/settings.md hold, read with the first
 * line; one that is not understood is as if unset, and so is a file that cannot be written, which a warning tells.
 */
export function createServiceLogger(name: string): Logger {
  return loggerOf(name, currentWriter);
}

/**
 * Sets how all loggers of {@link createServiceLogger} log from now on, those made before included.
 * @throws SlipwayError SLIPWAY_LOGGING_OPTIONS if an option makes no sense, SLIPWAY_LOGGING_FILE if the file cannot be
 * written. All stays as it was then.
 */
export function configureServiceLogging(options: LoggingOptions): void {
  const next = new LogWriter(options);
  if (writer !== undefined) replaced = Promise.all([replaced, writer.flush()]);
  writer = next;
}

/** Resolves when every line of {@link createServiceLogger}'s loggers so far was written, dropped or lost. */
export async function flushServiceLogs(): Promise<void> {
  await Promise.all([replaced, writer?.flush()]);
}

function currentWriter(): LogWriter {
  writer ??= writerFromEnvironment();
  return writer;
}

function writerFromEnvironment(): LogWriter {
  const { file, ...options } = optionsFromEnvironment(process.env);
  if (file === undefined) return new LogWriter(options);
  try {
    return new LogWriter({ ...options, file });
  } catch (error) {
    // A log call must not throw.
    const withoutFile = new LogWriter(options);
    withoutFile.write('warn', 'logging', 'Lines go to no file.', { error });
    return withoutFile;
  }
}
