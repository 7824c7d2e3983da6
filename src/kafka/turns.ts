/** Changes that happen one after the other. Asking again for one that is under way or waits gives that one. */
export class Turns<Name extends string> {
  readonly #pending = new Map<Name, Promise<void>>();
  #last: Promise<void> = Promise.resolve();

  run(name: Name, change: () => Promise<void>): Promise<void> {
    const pending = this.#pending.get(name);
    if (pending) return pending;
    const turn = this.#last.then(change).finally(() => this.#pending.delete(name));
    this.#pending.set(name, turn);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  isPending(name: Name): boolean {
    return this.#pending.has(name);
  }
}
