import type { Writable } from 'node:stream';

const guarded = new WeakSet<Writable>();

/** Where lines end up. Never waits for the stream, and survives its failure: a log must not end its service. */
export class LineSink {
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

  /**
   * Over `maxWaitingBytes` in the stream the line is dropped rather than kept.
   * @param settled called once: when the line was written, dropped, or lost with its stream.
   */
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

  /** How many lines were dropped since the last call; 0 as long as the stream has no room. */
  takeDropped(): number {
    if (this.#dropped === 0 || this.#stream.writableLength > this.#maxWaitingBytes / 2) return 0;
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
