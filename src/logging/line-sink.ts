import type { Writable } from 'node:stream';
import type { LogSink } from './log-sink.js';

const guarded = new WeakSet<Writable>();

/** Lines to a stream. Never waits for it, and survives its failure: a log must not end its service. */
export class LineSink implements LogSink {
  readonly #stream: Writable;
  readonly #maxWaitingBytes: number;
  #dropped = 0;

  constructor(stream: Writable, maxWaitingBytes = 16 * 1024 * 1024) {
    this.#stream = stream;
    this.#maxWaitingBytes = maxWaitingBytes;
    if (guarded.has(stream)) return;
    guarded.add(stream);
    // `service | head` closes the pipe: EPIPE without a listener would end the process.
    stream.on('error', () => {});
  }

  /** Over `maxWaitingBytes` in the stream the line is dropped rather than kept. */
  write(line: string, settled: () => void): void {
    if (this.#stream.writableLength > this.#maxWaitingBytes) {
      this.#dropped += 1;
      settled();
      return;
    }
    try {
      this.#stream.write(`${line}\n`, settled);
    } catch {
      settled();
    }
  }

  takeDropped(): number {
    if (this.#dropped === 0 || this.#stream.writableLength > this.#maxWaitingBytes / 2) return 0;
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
