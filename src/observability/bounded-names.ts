import { overflow } from './names.js';

/** Names as values of a label: the first so many as they are, all others as one. */
export class BoundedNames {
  readonly #limit: number;
  readonly #known = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  of(name: string): string {
    if (this.#known.has(name)) return name;
    if (this.#known.size >= this.#limit) return overflow;
    this.#known.add(name);
    return name;
  }
}
