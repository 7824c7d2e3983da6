/** The lines logged between two flushes: tells when all of them have ended, in whatever order that happens. */
export class LineBatch {
  #open = 0;
  #resolve: (() => void) | undefined;

  add(): void {
    this.#open += 1;
  }

  /** One line was written, dropped or lost. */
  readonly settle = (): void => {
    this.#open -= 1;
    if (this.#open === 0) this.#resolve?.();
  };

  /** To be called once, when no more lines come. */
  settled(): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
