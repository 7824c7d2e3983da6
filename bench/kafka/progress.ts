import type { EventEnvelope } from '../../src/index.js';
import type { data } from './sample.js';

/** Times a consumer from its first event to its last: joining a group takes seconds and is not meant. */
export class Progress {
  readonly elapsedMs: Promise<number>;
  readonly #count: number;
  #handled = 0;
  #words = 0;
  #startedAt = 0;
  #end: (elapsedMs: number) => void = () => undefined;

  constructor(count: number) {
    this.#count = count;
    this.elapsedMs = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** What handlers do: next to nothing. */
  note({ data: { words } }: EventEnvelope<Pick<typeof data, 'words'>>): void {
    if (this.#handled === 0) this.#startedAt = performance.now();
    this.#handled += 1;
    this.#words += words;
    if (this.#handled === this.#count) this.#end(performance.now() - this.#startedAt);
  }
}
