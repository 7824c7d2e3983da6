import { createRequire } from 'node:module';
import type { Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import type winston from 'winston';
import { consoleLine, jsonLine } from './line-format.js';
import { LineBatch } from './line-batch.js';
import { LineSink } from './line-sink.js';
import { type LogLevel, type LogRecord, logRecord } from './log-record.js';

export interface LoggingOptions {
  /** The `service` field of each line. */
  readonly service: string;
  /** The least level that is logged; `silent` logs nothing. Default `info`. */
  readonly level?: LogLevel | 'silent';
  /** `json`: one object a line. `console`: for people, in colour on a terminal. Default `json`. */
  readonly format?: 'json' | 'console';
  /** Log the stacks of errors. Default: only at level `debug`. */
  readonly stacks?: boolean;
  /** Default `process.stdout`. */
  readonly stream?: Writable;
  /** Bytes that may wait in a stream that is not read before lines are dropped. Default 16 MiB. */
  readonly maxWaitingBytes?: number;
}

const ranks = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 } as const;
const winstonLevels = { error: 0, warn: 1, info: 2, debug: 3 } as const;
const lineOf: unique symbol = Symbol.for('message');
const levelOf = Symbol.for('level');
const settleOf = Symbol('settle');

interface SubmittedLine {
  readonly [lineOf]: string;
  readonly [settleOf]: () => void;
}

/** What is used of winston. Its types call the class Transport `transport`, which they do not export as a value. */
interface Winston extends Pick<typeof winston, 'createLogger' | 'format'> {
  readonly Transport: new (options: {
    log(info: SubmittedLine, next: () => void): void;
  }) => winston.transport;
}

/** winston takes some 80 ms to load: a service that logs nothing, or a test, does without it. */
function loadWinston(): Winston {
  return createRequire(import.meta.url)('winston') as Winston;
}

/** Turns what is logged into lines of one service on one stream, through winston. No call throws or waits. */
export class LogWriter {
  readonly #options: LoggingOptions;
  readonly #threshold: number;
  readonly #stacks: boolean;
  #sink: LineSink | undefined;
  #logger: winston.Logger | undefined;
  #batch = new LineBatch();
  #flushed: Promise<unknown> = Promise.resolve();

  constructor(options: LoggingOptions) {
    this.#options = options;
    this.#threshold = ranks[options.level ?? 'info'];
    this.#stacks = options.stacks ?? options.level === 'debug';
  }

  write(level: LogLevel, module: string, message: unknown, context: unknown): void {
    if (ranks[level] < this.#threshold) return;
    try {
      const dropped = this.#sink?.takeDropped() ?? 0;
      if (dropped > 0) {
        this.#submit('warn', 'logging', 'Lines were dropped: the log was not read in time.', { dropped });
      }
      this.#submit(level, module, message, context);
    } catch {
      // Nowhere left to say it.
    }
  }

  /** Resolves when every line logged so far was written, dropped, or lost with its stream. */
  async flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = new LineBatch();
    this.#flushed = Promise.all([this.#flushed, batch.settled()]);
    await this.#flushed;
  }

  #submit(level: LogLevel, module: string, message: unknown, context: unknown): void {
    this.#logger ??= this.#createLogger();
    const { service } = this.#options;
    const record = logRecord({ level, service, module, message, context, stacks: this.#stacks });
    const batch = this.#batch;
    batch.add();
    try {
      this.#logger.write({ ...record, [levelOf]: level, [settleOf]: batch.settle });
    } catch {
      batch.settle();
    }
  }

  #createLogger(): winston.Logger {
    const { createLogger, format, Transport } = loadWinston();
    const { stream = process.stdout, maxWaitingBytes } = this.#options;
    const sink = new LineSink(stream, maxWaitingBytes);
    const colour = stream instanceof WriteStream && !process.env['NO_COLOR'];
    const toLine =
      this.#options.format === 'console'
        ? (record: LogRecord): string => consoleLine(record, colour)
        : jsonLine;
    const logger = createLogger({
      level: 'debug',
      levels: winstonLevels,
      format: format((info) => Object.assign(info, { [lineOf]: toLine(info as unknown as LogRecord) }))(),
      transports: new Transport({
        log(info, next) {
          sink.write(info[lineOf], info[settleOf]);
          // At once: winston would keep waiting lines without bound, the sink drops them.
          next();
        },
      }),
    });
    logger.on('error', () => {});
    this.#sink = sink;
    return logger;
  }
}
