import type { Writable } from 'node:stream';
import type { LogThreshold } from '../protocols/log-levels.js';
import type { ServiceSettings } from '../protocols/settings.js';

export interface LoggingOptions extends LogLevels {
  /** The `service` field of each line. */
  readonly service: string;
  /** `deployment.environment` in the original's fields. Default `development`. */
  readonly environment?: string;
  /** `json`: one object a line. `console`: for people, in colour on a terminal. Default `json`. */
  readonly format?: 'json' | 'console';
  /** The names of the fields in `json`: slipway's own, or those of the original. Default `slipway`. */
  readonly fields?: 'slipway' | 'original';
  /** Log the stacks of errors. Default: in lines of level `error`, and in every line of a module at level `debug`. */
  readonly stacks?: boolean;
  /** `filename`, `func_name` and `lineno` of the call in the original's fields. Default true; costs a stack a line. */
  readonly callSites?: boolean;
  /** What else is a secret. */
  readonly redact?: RedactOptions;
  /** Lines go to this file too. Default: to no file. */
  readonly file?: LogFileOptions;
  /** Default `process.stdout`. */
  readonly stream?: Writable;
  /** Bytes that may wait for the stream, and for the file, before lines are dropped. Default 16 MiB. */
  readonly maxWaitingBytes?: number;
}

/** Which lines are logged. */
export interface LogLevels {
  /** The least level that is logged; `silent` logs nothing. Default `info`. */
  readonly level?: LogThreshold;
  /**
   * Levels of single modules: by name, or by the beginning of names with a `*` behind it. The name goes before
   * the beginning, the longer beginning before the shorter one, all of them before `level`.
   */
  readonly levels?: Readonly<Record<string, LogThreshold>>;
}

export interface RedactOptions {
  /** Names whose values are masked, beside those that look secret: a whole name in any spelling, or a pattern. */
  readonly keys?: readonly (string | RegExp)[];
  /** Texts that are masked wherever they occur, also URL-encoded, and patterns of such texts. */
  readonly values?: readonly (string | RegExp)[];
}

/** A file as Python's RotatingFileHandler keeps it. One process writes to it. */
export interface LogFileOptions {
  /** Its folder is made where it is missing. Those before it are `path.1` (the youngest), `path.2` and so on. */
  readonly path: string;
  /** A line that would fill the file to so many bytes begins a new one. 0: never. Default 104857600. */
  readonly maxBytes?: number;
  /** How many files are kept beside it. 0: it grows without bound, as in the original. Default 10. */
  readonly backupCount?: number;
}

/** What {@link LoggingOptions} say in `settings`: `configureServiceLogging(loggingOptions(loadSettings().service))`. */
export function loggingOptions(settings: ServiceSettings): LoggingOptions {
  const { serviceName, environment, logLevel, logFormat, logFields, logLevels, logFile } = settings;
  return {
    service: serviceName,
    environment,
    level: logLevel,
    format: logFormat,
    ...(logFields !== undefined && { fields: logFields }),
    ...(logLevels !== undefined && { levels: logLevels }),
    ...(logFile !== undefined && { file: logFile }),
  };
}
