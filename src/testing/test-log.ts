import { currentLogContext, type LogFields } from '../logging/log-context.js';
import type { LogContext, Logger, LoggerFactory } from '../protocols/logger.js';

/** A line that a service logged. */
export interface LoggedLine {
  readonly level: keyof Logger;
  readonly module: string;
  readonly message: string;
  readonly context: LogContext;
  /** What `withLogContext` gave it: `correlationId`, say. Absent where it gave nothing. */
  readonly flow?: LogFields;
}

/** Keeps what is logged, and prints none of it. */
export class TestLog {
  readonly lines: LoggedLine[] = [];

  readonly factory: LoggerFactory = (module) => {
    const logAt =
      (level: keyof Logger) =>
      (message: string, context: LogContext = {}): void => {
        const flow = currentLogContext();
        const given = Object.keys(flow).length === 0 ? {} : { flow };
        this.lines.push({ level, module, message, context, ...given });
      };
    return { debug: logAt('debug'), info: logAt('info'), warn: logAt('warn'), error: logAt('error') };
  };
}
