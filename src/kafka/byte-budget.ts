interface Waiter {
  readonly admit: () => void;
}

/**
 * How many bytes may be buffered. Callers that find no room are let in as they came; they hold no bytes until then,
 * and the last one let in may exceed the limit by its own size.
 */
export class ByteBudget {
  readonly #limit: number;
  readonly #waiters = new Set<Waiter>();
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  /** May a new caller go on at once? */
  get open(): boolean {
    return this.#used < this.#limit && this.#waiters.size === 0;
  }

  take(bytes: number): void {
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
    for (const waiter of this.#waiters) {
      if (this.#used >= this.#limit) break;
      this.#waiters.delete(waiter);
      waiter.admit();
    }
  }

  /** Calls `admit` when there is room. @returns what ends the wait instead. */
  wait(admit: () => void): () => void {
    const waiter = { admit };
    this.#waiters.add(waiter);
    return () => this.#waiters.delete(waiter);
  }
}
