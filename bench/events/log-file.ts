import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import type { Contender } from '../measure/race.js';

/** Logs one line: the same message, context and correlation id for all. */
export type LogLine = (message: string, context: object, correlationId: string) => void;

interface Line extends Readonly<Record<string, unknown>> {
  readonly timestamp: unknown;
}

/** Writes each line at once, as the stdout of a process does where that is a file. */
class SyncFile extends Writable {
  bytesWritten = 0;
  readonly #file: number;

  constructor(path: string) {
    super();
    this.#file = openSync(path, 'w');
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytesWritten += writeSync(this.#file, chunk);
    done();
  }

  override _final(done: () => void): void {
    closeSync(this.#file);
    done();
  }
}

/** A logger whose lines go to a file of its own; what got there is counted after every turn. */
export class LoggedFile implements Contender {
  readonly name: string;
  readonly #log: LogLine;
  readonly #stream: SyncFile;
  readonly #path: string;
  #expectedLines = 0;
  #lines = 0;
  #bytes = 0;
  #last = '';

  constructor(name: string, path: string, loggerOn: (stream: Writable) => LogLine) {
    this.name = name;
    this.#path = path;
    this.#stream = new SyncFile(path);
    this.#log = loggerOn(this.#stream);
  }

  /** Logs, and waits until every line is in the file and what loggers put off is done, such as winston's events. */
  async run(times: number): Promise<void> {
    this.#expectedLines += times;
    for (let line = 0; line < times; line += 1) {
      this.#log(
        'Published.',
        {
          topic: 'content-events',
          partition: line & 7,
          offset: '1234567',
          eventId: '5f2b8c1e-7a94-4f57-9f5b-2f5d0f5b3c11',
          eventType: 'content.created.v1',
          durationMs: 1.25,
        },
        '9b0f5b0e-3d0f-4e0b-8f55-0d2c8a1f7e21',
      );
    }
    await new Promise<void>((resolve, reject) => {
      this.#stream.write('', (error) => (error == null ? resolve() : reject(error)));
    });
    await new Promise(setImmediate);
  }

  prepare(): Promise<void> {
    return this.check();
  }

  /**
   * Reads what the turns since the last call wrote.
   * @throws Error if a line is missing or too many.
   */
  async check(): Promise<void> {
    for await (const chunk of createReadStream(this.#path, { start: this.#bytes, encoding: 'utf8' })) {
      const text = chunk as string;
      this.#bytes += Buffer.byteLength(text);
      const lines = (this.#last.slice(this.#last.lastIndexOf('\n') + 1) + text).split('\n');
      this.#lines += lines.length - 1;
      this.#last = lines.slice(-2).join('\n');
    }
    if (this.#lines !== this.#expectedLines || this.#bytes !== this.#stream.bytesWritten) {
      throw new Error(`${this.name} wrote ${this.#lines} of ${this.#expectedLines} lines.`);
    }
  }

  /** The last line, without the time in it. */
  get lastLine(): object {
    const { timestamp: _, ...fields } = JSON.parse(this.#last) as Line;
    return fields;
  }

  get bytes(): number {
    return this.#bytes;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.end(() => resolve());
    });
  }
}
