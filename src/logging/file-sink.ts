import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogFileOptions } from './logging-options.js';
import type { LogSink } from './log-sink.js';
import { RotatingFile } from './rotating-file.js';

/** What there is to tell of a file, not more than once for each change. */
export interface FileFaults {
  /** It cannot be written, and its lines are lost from now on. */
  onFailed(error: unknown): void;
  /** It is written again. */
  onRecovered(lost: number): void;
  /** It grows because it cannot be renamed. */
  onNotRotated(error: unknown): void;
}

interface WaitingLine {
  readonly bytes: Buffer;
  readonly settled: () => void;
}

/** How much goes to the file at once. */
const batchBytes = 1024 * 1024;
/** What passes by itself, such as a lack of file descriptors, costs no line. */
const retryAfterMs = [50, 200];

/** By path. */
const sinks = new Map<string, FileSink>();

/**
 * Lines to a file, in the background. Those that wait at the end of the process are written then, also where an uncaught
 * error ends it.
 */
export class FileSink implements LogSink {
  readonly #file: RotatingFile;
  #faults: FileFaults;
  #maxWaitingBytes = 0;
  #waiting: WaitingLine[] = [];
  /** Taken from those that wait, and not known to be in the file. */
  #batch: WaitingLine[] = [];
  #waitingBytes = 0;
  #isWorking = false;
  #dropped = 0;
  #lost = 0;

  private constructor(path: string, faults: FileFaults) {
    this.#faults = faults;
    this.#file = new RotatingFile(path, (error) => this.#faults.onNotRotated(error));
  }

  /**
   * One for each file of the process: two that renamed it would do so at the same time. What is given last holds.
   * @throws SlipwayError SLIPWAY_LOGGING_FILE if the file cannot be written.
   */
  static for(options: LogFileOptions, faults: FileFaults, maxWaitingBytes = 16 * 1024 * 1024): FileSink {
    const path = resolve(options.path);
    const sink = sinks.get(path) ?? new FileSink(path, faults);
    sink.#file.prepare(sink.#isWorking);
    sink.#file.limit(options);
    sink.#faults = faults;
    sink.#maxWaitingBytes = maxWaitingBytes;
    sinks.set(path, sink);
    return sink;
  }

  write(line: string, settled: () => void): void {
    if (this.#waitingBytes > this.#maxWaitingBytes) {
      this.#dropped += 1;
      settled();
      return;
    }
    const bytes = Buffer.from(`${line}\n`);
    this.#waiting.push({ bytes, settled });
    this.#waitingBytes += bytes.length;
    if (this.#isWorking) return;
    this.#isWorking = true;
    process.on('exit', this.#atExit);
    // In the next turn: the lines of this one go together.
    setImmediate(() => void this.#work());
  }

  takeDropped(): number {
    if (this.#dropped === 0 || this.#waitingBytes > this.#maxWaitingBytes / 2) return 0;
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#batch = this.#takeBatch();
      await this.#store();
    }
    this.#isWorking = false;
    process.off('exit', this.#atExit);
  }

  #takeBatch(): WaitingLine[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((line) => (bytes += line.bytes.length) > batchBytes);
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(1, end));
  }

  /** Never rejects. */
  async #store(): Promise<void> {
    for (let attempt = 0; this.#batch.length > 0; attempt += 1) {
      try {
        await this.#file.append(
          this.#batch.map((line) => line.bytes),
          (count) => this.#onStored(count),
        );
      } catch (error) {
        // Once lines are being lost, others do not wait for the same.
        const pause = this.#lost === 0 ? retryAfterMs[attempt] : undefined;
        if (pause === undefined) this.#lose(error);
        else await sleep(pause);
      }
    }
  }

  // Faults are told before the lines are settled: who then flushes waits for what was told, too.

  #onStored(count: number): void {
    const lost = this.#lost;
    if (lost > 0 && count > 0) {
      this.#lost = 0;
      this.#faults.onRecovered(lost);
    }
    this.#settle(count);
  }

  #lose(error: unknown): void {
    const isNew = this.#lost === 0;
    this.#lost += this.#batch.length;
    if (isNew) this.#faults.onFailed(error);
    this.#settle(this.#batch.length);
  }

  #settle(count: number): void {
    for (const { bytes, settled } of this.#batch.splice(0, count)) {
      this.#waitingBytes -= bytes.length;
      settled();
    }
  }

  readonly #atExit = (): void => {
    try {
      this.#file.appendNow([...this.#batch, ...this.#waiting].map((line) => line.bytes));
    } catch {
      // The process ends; there is nobody left to tell.
    }
  };
}
