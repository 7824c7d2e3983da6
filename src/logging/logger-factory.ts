import type { LogContext, Logger, LoggerFactory } from '../protocols/logger.js';
import { type LoggingOptions, LogWriter } from './log-writer.js';

/** A LoggerFactory whose lines can be waited for. */
export interface ServiceLoggerFactory extends LoggerFactory {
  /** Resolves when every line logged so far was written, dropped, or lost with its stream. */
  flush(): Promise<void>;
}

/** Makes the loggers of one service. No call of theirs throws or waits; one below the level costs a comparison. */
export function createLoggerFactory(options: LoggingOptions): ServiceLoggerFactory {
  const writer = new LogWriter(options);
  return Object.assign((module: string) => loggerOf(module, () => writer), { flush: () => writer.flush() });
}

/** Methods without `this`: they may be passed on alone. */
export function loggerOf(module: string, writer: () => LogWriter): Logger {
  return {
    debug(message: string, context?: LogContext) {
      writer().write('debug', module, message, context);
    },
    info(message: string, context?: LogContext) {
      writer().write('info', module, message, context);
    },
    warn(message: string, context?: LogContext) {
      writer().write('warn', module, message, context);
    },
    error(message: string, context?: LogContext) {
      writer().write('error', module, message, context);
    },
  };
}
