/** One timer for many deadlines: it is set for the next one and, when that has passed, for the one after. */
export class DeadlineTimer {
  readonly #next: () => number | undefined;
  readonly #expire: (now: number) => void;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param next the earliest deadline there is, on the clock of `performance.now()`.
   * @param expire called when it has passed; afterwards no deadline up to `now` may be left.
   */
  constructor(next: () => number | undefined, expire: (now: number) => void) {
    this.#next = next;
    this.#expire = expire;
  }

  /** For after a deadline was added. It must not be earlier than all before it. */
  start(): void {
    if (this.#timer) return;
    const next = this.#next();
    if (next === undefined) return;
    const delayMs = Math.max(1, Math.ceil(next - performance.now()));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#expire(performance.now());
      this.start();
    }, delayMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
