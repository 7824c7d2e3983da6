import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { access, type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describeError } from '../errors/describe.js';
import { SlipwayError } from '../errors/slipway-error.js';
import type { LogFileOptions } from './logging-options.js';

/** A write that was begun: its lines lie in the file from `from` to `to`. */
interface Begun {
  readonly from: number;
  readonly to: number;
}

/** How long the end of the process waits for a write that was begun. */
const exitPatienceMs = 200;
/** How long a file that could not be renamed is written to as it is. */
const rotationPauseMs = 60_000;
const lineEnd = Buffer.from('\n');

/**
 * A file that is appended to, and renamed to `path.1` before a line would fill it to `maxBytes`; `path.1` becomes `path.2`
 * and so on, as with Python's RotatingFileHandler. It is open only while it is written to: nothing has to be closed, and
 * one that was moved away or removed is made anew. (winston's own File transport names its files otherwise.)
 */
export class RotatingFile {
  readonly path: string;
  #maxBytes = 0;
  #backupCount = 0;
  #begun: Begun | undefined;
  /** A write ended within a line: failed, or was cut off with a process before this one. */
  #isTorn = false;
  #rotatesFrom = 0;
  readonly #onNotRotated: (error: unknown) => void;

  /** @param onNotRotated told when the file could not be renamed; it then grows, and no line is lost. */
  constructor(path: string, onNotRotated: (error: unknown) => void) {
    this.path = path;
    this.#onNotRotated = onNotRotated;
  }

  limit({ maxBytes = 104_857_600, backupCount = 10 }: LogFileOptions): void {
    this.#maxBytes = maxBytes;
    this.#backupCount = backupCount;
  }

  /**
   * Makes the file and its folder where they are missing.
   * @param isInUse it is being written to: how it ends says nothing.
   * @throws SlipwayError SLIPWAY_LOGGING_FILE if it cannot be written.
   */
  prepare(isInUse: boolean): void {
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      const endsTorn = endsWithinLine(this.path);
      if (!isInUse) this.#isTorn = endsTorn;
    } catch (cause) {
      throw new SlipwayError('SLIPWAY_LOGGING_FILE', {
        message: `The log file ${this.path} cannot be written: ${describeError(cause)}. Correct LOG_FILE_PATH and the rights on its folder, or log to no file.`,
        context: { path: this.path },
        cause,
      });
    }
  }

  /**
   * Appends lines in order.
   * @param stored called with the number of lines that are in the file for good, as they get there.
   * @throws what the file system says; lines not told to `stored` are not in the file.
   */
  async append(lines: readonly Buffer[], stored: (count: number) => void): Promise<void> {
    for (let start = 0; start < lines.length;) {
      const handle = await this.#open();
      let full = false;
      try {
        const stats = await handle.stat();
        const end =
          stats.isFile() && this.#rotates ? this.#endOfFile(lines, start, stats.size) : lines.length;
        if (end > start) await this.#write(handle, stats.size, lines.slice(start, end), stored);
        start = end;
        full = end < lines.length;
      } finally {
        await handle.close();
      }
      if (full) await this.#rotate();
    }
  }

  /**
   * Appends at the end of the process, when nothing can be awaited any more.
   * @param lines those that {@link append} was given and has not told of, and those after them.
   */
  appendNow(lines: readonly Buffer[]): void {
    const file = openSync(this.path, 'a');
    try {
      const left = this.#leftOf(lines, file);
      const bytes = Buffer.concat(this.#isTorn ? [lineEnd, ...left] : left);
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
    } finally {
      closeSync(file);
    }
  }

  async #open(): Promise<FileHandle> {
    try {
      return await open(this.path, 'a');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      await mkdir(dirname(this.path), { recursive: true });
      return open(this.path, 'a');
    }
  }

  /** Before which line the file is full; an empty one takes any line. */
  #endOfFile(lines: readonly Buffer[], start: number, size: number): number {
    let end = start;
    let filled = size;
    for (; end < lines.length; end += 1) {
      const { length } = lines[end] ?? Buffer.alloc(0);
      if (filled > 0 && filled + length >= this.#maxBytes) break;
      filled += length;
    }
    return end;
  }

  async #write(
    handle: FileHandle,
    base: number,
    lines: readonly Buffer[],
    stored: (count: number) => void,
  ): Promise<void> {
    const tear = this.#isTorn ? [lineEnd] : [];
    const bytes = Buffer.concat([...tear, ...lines]);
    this.#begun = { from: base + tear.length, to: base + bytes.length };
    let written = 0;
    try {
      while (written < bytes.length) {
        const { bytesWritten } = await handle.write(bytes, written);
        if (bytesWritten === 0) throw new Error('the file takes no bytes');
        written += bytesWritten;
      }
    } finally {
      this.#begun = undefined;
      const whole = wholeLines(lines, written - tear.length);
      this.#isTorn = written < tear.length || whole.bytes < written - tear.length;
      stored(whole.count);
    }
  }

  /** What of `lines`, the first of which were being written, is not in the file. */
  #leftOf(lines: readonly Buffer[], file: number): readonly Buffer[] {
    const begun = this.#begun;
    if (begun === undefined) return lines;
    const deadline = performance.now() + exitPatienceMs;
    const pause = new Int32Array(new SharedArrayBuffer(4));
    let { size } = fstatSync(file);
    while (size < begun.to && performance.now() < deadline) {
      Atomics.wait(pause, 0, 0, 1);
      ({ size } = fstatSync(file));
    }
    const whole = wholeLines(lines, size - begun.from);
    const left = lines.slice(whole.count);
    this.#isTorn = size < begun.from || begun.from + whole.bytes < size;
    return left;
  }

  get #rotates(): boolean {
    return this.#maxBytes > 0 && this.#backupCount > 0 && performance.now() >= this.#rotatesFrom;
  }

  async #rotate(): Promise<void> {
    try {
      // Up to the first that is missing: it takes the one before it, and those behind it stay where they are.
      let last = 1;
      while (last < this.#backupCount && (await exists(this.#backup(last)))) last += 1;
      for (let number = last; number > 0; number -= 1) {
        await rename(this.#backup(number - 1), this.#backup(number));
      }
    } catch (error) {
      this.#rotatesFrom = performance.now() + rotationPauseMs;
      this.#onNotRotated(error);
    }
  }

  #backup(number: number): string {
    return number === 0 ? this.path : `${this.path}.${number}`;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

function endsWithinLine(path: string): boolean {
  const file = openSync(path, 'a+');
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size === 0) return false;
    const last = Buffer.alloc(1);
    readSync(file, last, 0, 1, stats.size - 1);
    return last.toString() !== '\n';
  } finally {
    closeSync(file);
  }
}

/** How many of `lines` the first `bytes` hold in whole. */
function wholeLines(
  lines: readonly Buffer[],
  bytes: number,
): { readonly count: number; readonly bytes: number } {
  let count = 0;
  let held = 0;
  for (const { length } of lines) {
    if (held + length > bytes) break;
    held += length;
    count += 1;
  }
  return { count, bytes: held };
}
