import type { Writable } from 'node:stream';

interface Piece {
  readonly bytes: Buffer;
  readonly dueAt: number;
}

/** Writes what it is given to a stream, each piece after a while, in order. */
export class DelayedPipe {
  readonly #target: Writable;
  readonly #waiting: Piece[] = [];

  constructor(target: Writable) {
    this.#target = target;
    target.once('close', () => (this.#waiting.length = 0));
  }

  write(bytes: Buffer, delayMs: number): void {
    if (delayMs === 0 && this.#waiting.length === 0) {
      this.#pass(bytes);
      return;
    }
    const previous = this.#waiting.at(-1)?.dueAt ?? 0;
    this.#waiting.push({ bytes, dueAt: Math.max(previous, performance.now() + delayMs) });
    if (this.#waiting.length === 1) this.#wait();
  }

  #wait(): void {
    const [first] = this.#waiting;
    if (!first) return;
    setTimeout(() => {
      if (this.#waiting[0] !== first) return;
      this.#waiting.shift();
      this.#pass(first.bytes);
      this.#wait();
    }, first.dueAt - performance.now());
  }

  #pass(bytes: Buffer): void {
    if (!this.#target.destroyed) this.#target.write(bytes);
  }
}
