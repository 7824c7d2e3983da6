import { Writable } from 'node:stream';
import { expect } from 'chai';
import { createLoggerFactory, type LoggingOptions } from '../../src/index.js';

/** A stream that keeps what is logged to it. While it is held it takes nothing, like a pipe that nobody reads. */
export class MemoryLog extends Writable {
  text = '';
  #held: boolean;
  #take: (() => void) | undefined;

  constructor(options: { readonly held?: boolean; readonly highWaterMark?: number } = {}) {
    super(options.highWaterMark === undefined ? {} : { highWaterMark: options.highWaterMark });
    this.#held = options.held ?? false;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const take = (): void => {
      this.text += chunk.toString();
      done();
    };
    if (this.#held) this.#take = take;
    else take();
  }

  /** Takes one chunk and holds the next. */
  takeOne(): void {
    const take = this.#take;
    this.#take = undefined;
    take?.();
  }

  release(): void {
    this.#held = false;
    this.takeOne();
  }

  get lines(): string[] {
    expect(this.text === '' || this.text.endsWith('\n'), 'every line ends').to.equal(true);
    return this.text.split('\n').slice(0, -1);
  }

  /** Each line parsed: fails unless each is one JSON object. */
  get records(): Record<string, unknown>[] {
    return this.lines.map((line) => {
      const record: unknown = JSON.parse(line);
      expect(record).to.be.an('object');
      return record as Record<string, unknown>;
    });
  }
}

/** A logger of the module `kafka-bus` in the service `essay-desk` that logs to memory. */
export function memoryLogger(options: Partial<LoggingOptions> & { readonly held?: boolean } = {}) {
  const log = new MemoryLog(options);
  const factory = createLoggerFactory({ service: 'essay-desk', stream: log, ...options });
  return { log, factory, logger: factory('kafka-bus') };
}
