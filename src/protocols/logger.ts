import { token } from '../tokens/token.js';

/** Data of one log line. Values under secret keys are masked. */
export type LogContext = Readonly<Record<string, unknown>>;

/** What slipway and its services log with. No call throws or blocks. */
export interface Logger {
  debug(message: string, context?: LogContext): void;
  info(message: string, context?: LogContext): void;
  warn(message: string, context?: LogContext): void;
  error(message: string, context?: LogContext): void;
}

/** Makes the logger of one module: the name stands in each line's `module` field. */
export type LoggerFactory = (module: string) => Logger;
export const LoggerFactory = token<LoggerFactory>()('LoggerFactory');

/** Logs nothing: the default of clients that are made without a logger. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};
