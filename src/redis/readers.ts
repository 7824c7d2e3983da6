import { Fifo } from './fifo.js';

/** What iterators read from. */
export interface Source<T> {
  /** The next item that is there already. What it throws ends the iterator that asked. */
  readonly take: () => T | undefined;
  /** Whether, and why, there will be no more; asked when nothing is there. */
  readonly end: () => { readonly failure: Error | undefined } | undefined;
  /** Waits behind every message for what only some readers want to see. */
  readonly wantsGaps: boolean;
}

interface Iterating {
  finished: boolean;
  readonly wantsGaps: boolean;
}

interface Reader<T> {
  readonly iterating: Iterating;
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: Error) => void;
}

const done = { done: true, value: undefined } as const;

/** Iterators that share what comes: each item goes to the one that has waited longest. */
export class Readers<T> {
  readonly #waiting = new Fifo<Reader<T>>();

  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** @returns false if nobody waits. */
  resolve(value: T): boolean {
    const reader = this.#waiting.shift();
    if (reader === undefined) return false;
    reader.resolve({ done: false, value });
    return true;
  }

  /** Tells the first who waits of a gap: first by `onGap`, whose error ends it, then as an item if it wants that. */
  tell<G extends T>(gap: G, onGap: ((gap: G) => void) | undefined): void {
    const reader = this.#waiting.peek();
    if (reader === undefined) return;
    try {
      onGap?.(gap);
      if (reader.iterating.wantsGaps) this.resolve(gap);
    } catch (error) {
      this.#waiting.shift();
      reader.iterating.finished = true;
      reader.reject(error as Error);
    }
  }

  end(failure: Error | undefined): void {
    for (let reader = this.#waiting.shift(); reader !== undefined; reader = this.#waiting.shift()) {
      reader.iterating.finished = true;
      if (failure === undefined) reader.resolve(done);
      else reader.reject(failure);
    }
  }

  iterate({ take, end, wantsGaps }: Source<T>): AsyncIterableIterator<T> {
    const iterating: Iterating = { finished: false, wantsGaps };
    const iterator: AsyncIterableIterator<T> = {
      next: () => {
        if (iterating.finished) return Promise.resolve(done);
        try {
          const value = take();
          if (value !== undefined) return Promise.resolve({ done: false, value });
        } catch (error) {
          iterating.finished = true;
          return Promise.reject(error);
        }
        const ended = end();
        if (ended === undefined) {
          return new Promise((resolve, reject) => this.#waiting.push({ iterating, resolve, reject }));
        }
        iterating.finished = true;
        return ended.failure === undefined ? Promise.resolve(done) : Promise.reject(ended.failure);
      },
      return: () => {
        iterating.finished = true;
        this.#dismiss(iterating);
        return Promise.resolve(done);
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** Lets go of an iterator that was left while it waited, so that no item goes to it. */
  #dismiss(iterating: Iterating): void {
    for (let left = this.#waiting.length; left > 0; left -= 1) {
      const reader = this.#waiting.shift();
      if (reader === undefined) return;
      if (reader.iterating === iterating) reader.resolve(done);
      else this.#waiting.push(reader);
    }
  }
}
