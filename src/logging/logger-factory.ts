import type { LogContext, Logger, LoggerFactory } from '../protocols/logger.js';
import { LogWriter } from './log-writer.js';
import type { LoggingOptions, LogLevels } from './logging-options.js';

/** A LoggerFactory whose lines can be waited for. */
export interface ServiceLoggerFactory extends LoggerFactory {
  /** Resolves when every line logged so far was written, dropped, or lost with its stream. */
  flush(): Promise<void>;
  /**
   * Which lines are logged from now on, in place of `level` and `levels`, also by loggers made before.
   * @throws SlipwayError SLIPWAY_LOGGING_OPTIONS if there is no such level.
   */
  setLevels(levels: LogLevels): void;
}

/**
 * Makes the loggers of one service. No call of theirs throws or waits; one below the level costs a comparison.
 * @throws SlipwayError SLIPWAY_LOGGING_OPTIONS if an option makes no sense, SLIPWAY_LOGGING_FILE if the file cannot be
 * written.
 */
export function createLoggerFactory(options: LoggingOptions): ServiceLoggerFactory {
  const writer = new LogWriter(options);
  return Object.assign((module: string) => loggerOf(module, () => writer), {
    flush: () => writer.flush(),
    setLevels: (levels: LogLevels) => writer.setLevels(levels),
  });
}

/** Methods without `this`: they may be passed on alone. */
export function loggerOf(module: string, writer: () => LogWriter): Logger {
  const debug = (message: string, context?: LogContext): void => {
    writer().write('debug', module, message, context, debug);
  };
  const info = (message: string, context?: LogContext): void => {
    writer().write('info', module, message, context, info);
  };
  const warn = (message: string, context?: LogContext): void => {
    writer().write('warn', module, message, context, warn);
  };
  const error = (message: string, context?: LogContext): void => {
    writer().write('error', module, message, context, error);
  };
  return { debug, info, warn, error };
}
