/** Which messages of a partition are done, and so which offset may be committed: never past one that is not done. */
export class OffsetTracker {
  /** Offsets in their order, from {@link #head} on. */
  #offsets: bigint[] = [];
  #head = 0;
  readonly #done = new Set<bigint>();
  #end: bigint | undefined;
  #committable: bigint | undefined;

  /** How many messages from the oldest that is not done up to the newest that was added. */
  get span(): number {
    return this.#offsets.length - this.#head;
  }

  /** What may be committed: all before it is done. Undefined before anything is. */
  get committable(): bigint | undefined {
    return this.#committable;
  }

  /** Adds the next message. */
  add(offset: bigint): void {
    this.#offsets.push(offset);
  }

  /** Everything was added up to `offset`, which is the next that may be read. */
  addedUpTo(offset: bigint): void {
    this.#end = offset;
    this.#advance();
  }

  finish(offset: bigint): void {
    if (offset === this.#offsets[this.#head]) this.#pass(offset);
    else this.#done.add(offset);
    this.#advance();
  }

  /** The oldest that is not done is done. */
  #pass(offset: bigint): void {
    this.#committable = offset + 1n;
    this.#head += 1;
  }

  #advance(): void {
    let next = this.#offsets[this.#head];
    while (next !== undefined && this.#done.size > 0 && this.#done.delete(next)) {
      this.#pass(next);
      next = this.#offsets[this.#head];
    }
    if (next === undefined && this.#end !== undefined) this.#committable = this.#end;
    if (this.#head > 1_000 && this.#head * 2 > this.#offsets.length) {
      this.#offsets = this.#offsets.slice(this.#head);
      this.#head = 0;
    }
  }
}
