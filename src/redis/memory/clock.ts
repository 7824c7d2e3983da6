/** The server's time: that of the machine, moved by {@link advance} for tests of what expires. */
export class MemoryClock {
  readonly #source: () => number;
  #aheadMs = 0;

  /** @param source milliseconds since the epoch. Default: the machine's clock. */
  constructor(source: () => number = () => Date.now()) {
    this.#source = source;
  }

  now(): number {
    return this.#source() + this.#aheadMs;
  }

  /** Times to live run out so much earlier. A blocking command's timeout is no time to live. */
  advance(ms: number): void {
    this.#aheadMs += ms;
  }
}
