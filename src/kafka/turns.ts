/**
 * Changes that happen one after the other. Asking again for the last one that was asked for gives that one while it is
 * under way or waits; any other comes after all that were asked for, so the last one asked for decides.
 */
export class Turns<Name extends string> {
  readonly #pending: Name[] = [];
  #latest: { readonly name: Name; readonly turn: Promise<void> } | undefined;
  #last: Promise<void> = Promise.resolve();

  run(name: Name, change: () => Promise<void>): Promise<void> {
    if (this.#latest?.name === name) return this.#latest.turn;
    this.#pending.push(name);
    const turn = this.#last.then(change).finally(() => {
      this.#pending.shift();
      if (this.#latest?.turn === turn) this.#latest = undefined;
    });
    this.#latest = { name, turn };
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  isPending(name: Name): boolean {
    return this.#pending.includes(name);
  }
}
