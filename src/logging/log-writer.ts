import { createRequire } from 'node:module';
import type winston from 'winston';
import { SlipwayError } from '../errors/slipway-error.js';
import { isLogModule, type LogLevel, logThresholds } from '../protocols/log-levels.js';
import { type CallSite, callSiteOf } from './call-site.js';
import { usesColour } from './colour.js';
import { FileSink } from './file-sink.js';
import { LevelRules } from './level-rules.js';
import { LineBatch } from './line-batch.js';
import { consoleLine, jsonLine } from './line-format.js';
import { LineSink } from './line-sink.js';
import { type Entry, type LogRecord, logRecord } from './log-record.js';
import type { LogSink } from './log-sink.js';
import type { LoggingOptions, LogLevels } from './logging-options.js';
import { originalLine } from './original-fields.js';
import { Redaction } from './redaction.js';

const winstonLevels = { error: 0, warn: 1, info: 2, debug: 3 } as const;
const lineOf: unique symbol = Symbol.for('message');
const levelOf: unique symbol = Symbol.for('level');
const settleOf = Symbol('settle');
const siteOf = Symbol('call site');

/** A record on its way through winston. */
interface SubmittedLine extends LogRecord {
  [lineOf]?: string;
  [levelOf]?: LogLevel;
  [settleOf]?: () => void;
  [siteOf]?: CallSite;
}

const nothing = (): void => {};

/** What is used of winston. Its types call the class Transport `transport`, which they do not export as a value. */
interface Winston extends Pick<typeof winston, 'createLogger'> {
  readonly Transport: new (options: {
    log(info: SubmittedLine, next: () => void): void;
  }) => winston.transport;
}

/** winston takes some 80 ms to load: a service that logs nothing, or a test, does without it. */
function loadWinston(): Winston {
  return createRequire(import.meta.url)('winston') as Winston;
}

/** Turns what is logged into lines of one service on a stream and in a file, through winston. No call throws or waits. */
export class LogWriter {
  readonly #options: LoggingOptions;
  readonly #redaction: Redaction;
  readonly #capturesCallSites: boolean;
  readonly #file: FileSink | undefined;
  #levels: LevelRules;
  #stream: LineSink | undefined;
  #logger: winston.Logger | undefined;
  #batch = new LineBatch();
  #flushed: Promise<unknown> = Promise.resolve();

  /**
   * @throws SlipwayError SLIPWAY_LOGGING_OPTIONS if an option makes no sense, SLIPWAY_LOGGING_FILE if the file cannot be
   * written.
   */
  constructor(options: LoggingOptions) {
    checkOptions(options);
    this.#options = options;
    this.#levels = new LevelRules(options);
    this.#redaction = new Redaction(options.redact);
    this.#capturesCallSites =
      options.fields === 'original' && options.format !== 'console' && options.callSites !== false;
    this.#file =
      options.file &&
      FileSink.for(options.file, this.#fileFaults(options.file.path), options.maxWaitingBytes);
  }

  /** @param caller the logger's method, for the place of the call. */
  write(
    level: LogLevel,
    module: string,
    message: unknown,
    context: unknown,
    caller?: (...args: never[]) => void,
  ): void {
    if (!this.#levels.logs(level, module)) return;
    try {
      this.#tellDropped(this.#stream, 'Lines were dropped: the log was not read in time.');
      this.#tellDropped(this.#file, 'Lines of the log file were dropped: it was not written in time.');
      const callSite = this.#capturesCallSites && caller !== undefined ? callSiteOf(caller) : undefined;
      this.#submit({ level, module, message, context, callSite });
    } catch {
      // Nowhere left to say it.
    }
  }

  /** @throws SlipwayError SLIPWAY_LOGGING_OPTIONS if there is no such level. */
  setLevels(levels: LogLevels): void {
    checkLevels(levels);
    this.#levels = new LevelRules(levels);
  }

  /** Resolves when every line logged so far was written, dropped, or lost with its stream. */
  async flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = new LineBatch();
    this.#flushed = Promise.all([this.#flushed, batch.settled()]);
    await this.#flushed;
  }

  #tellDropped(sink: LogSink | undefined, message: string): void {
    const dropped = sink?.takeDropped() ?? 0;
    if (dropped > 0) this.#submit({ level: 'warn', module: 'logging', message, context: { dropped } });
  }

  #fileFaults(path: string) {
    return {
      onFailed: (error: unknown) => {
        this.write('error', 'logging', 'The log file cannot be written: its lines are lost.', {
          path,
          error,
        });
      },
      onRecovered: (lost: number) => {
        this.write('warn', 'logging', 'The log file is written again.', { path, lost });
      },
      onNotRotated: (error: unknown) => {
        this.write('error', 'logging', 'The log file cannot be renamed: it grows.', { path, error });
      },
    };
  }

  #submit(entry: Entry): void {
    this.#logger ??= this.#createLogger();
    const { level, module } = entry;
    const { service, stacks = level === 'error' || this.#levels.of(module) === 'debug' } = this.#options;
    const line: SubmittedLine = logRecord(entry, { service, stacks, redaction: this.#redaction });
    const batch = this.#batch;
    line[levelOf] = level;
    line[settleOf] = batch.settle;
    if (entry.callSite !== undefined) line[siteOf] = entry.callSite;
    const sinks = this.#file === undefined ? 1 : 2;
    for (let sink = 0; sink < sinks; sink += 1) batch.add();
    try {
      this.#logger.write(line);
    } catch {
      for (let sink = 0; sink < sinks; sink += 1) batch.settle();
    }
  }

  #createLogger(): winston.Logger {
    const { createLogger, Transport } = loadWinston();
    const { stream = process.stdout, maxWaitingBytes, format } = this.#options;
    const sink = new LineSink(stream, maxWaitingBytes);
    const file = this.#file;
    const colour = format === 'console' && usesColour(stream);
    const toLine = this.#lineFormat();
    const logger = createLogger({
      level: 'debug',
      levels: winstonLevels,
      format: {
        transform(info) {
          const line = info as unknown as SubmittedLine;
          line[lineOf] = colour ? consoleLine(line, true) : toLine(line);
          return info;
        },
      },
      transports: new Transport({
        log(info, next) {
          const { [lineOf]: line = '', [settleOf]: settle = nothing } = info;
          sink.write(line, settle);
          file?.write(colour ? toLine(info) : line, settle);
          // At once: winston would keep waiting lines without bound, the sinks drop them.
          next();
        },
      }),
    });
    logger.on('error', () => {});
    this.#stream = sink;
    return logger;
  }

  #lineFormat(): (line: SubmittedLine) => string {
    const { format, fields, environment = 'development' } = this.#options;
    if (format === 'console') return (line) => consoleLine(line);
    if (fields !== 'original') return jsonLine;
    return (line) => originalLine(line, { environment, callSite: line[siteOf] });
  }
}

function checkOptions({ file, ...levels }: LoggingOptions): void {
  checkLevels(levels);
  if (file === undefined) return;
  for (const name of ['maxBytes', 'backupCount'] as const) {
    const value = file[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      throw invalid(`file.${name} is ${value}, expected a whole number of at least 0`, { [name]: value });
    }
  }
}

function checkLevels({ level, levels = {} }: LogLevels): void {
  for (const [module, each] of Object.entries({ ...levels, ...(level !== undefined && { '*': level }) })) {
    const isLevel = logThresholds.get(each) === each;
    if (isLevel && isLogModule(module)) continue;
    const what = isLevel ? `the module ${JSON.stringify(module)}` : `the level ${JSON.stringify(each)}`;
    throw invalid(
      `${what} cannot be used, expected debug, info, warn, error or silent by a module's name or its beginning with * behind it`,
      { module, level: each },
    );
  }
}

function invalid(what: string, context: Readonly<Record<string, unknown>>): SlipwayError {
  return new SlipwayError('SLIPWAY_LOGGING_OPTIONS', {
    message: `The logging options are wrong: ${what}. Correct them and start again.`,
    context,
  });
}
