/** Ends a turn. */
export type Leave = () => void;

/**
 * Lines up this process's own transactions on keys where they get in each other's way: in a line each is tried once,
 * where in a throng one wins and the others have worked for nothing. A key has a line from the first conflict on it until
 * nobody is in line any more; transactions that never meet, or that only read a key in common, never wait.
 *
 * It saves work and is no lock: WATCH alone keeps transactions apart, also from other processes.
 */
export class Contention {
  /** For each key with a line the end of it. */
  readonly #ends = new Map<string, Promise<void>>();

  /**
   * Resolves when it is this one's turn, or at `expiresAt`.
   * @param retried was it tried already, and met another?
   */
  async enter(keys: readonly string[], retried: boolean, expiresAt: number): Promise<Leave> {
    if (!retried && !keys.some((key) => this.#ends.has(key))) return () => {};
    const before = keys.flatMap((key) => this.#ends.get(key) ?? []);
    let end: Leave | undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    for (const key of keys) this.#ends.set(key, over);
    const leave = (): void => {
      for (const key of keys) if (this.#ends.get(key) === over) this.#ends.delete(key);
      end?.();
    };
    // All keys were lined up for in one step, so those before wait for none of those behind.
    if (before.length > 0) await settledBy(Promise.all(before), expiresAt);
    return leave;
  }
}

async function settledBy(promise: Promise<unknown>, expiresAt: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, Math.ceil(expiresAt - performance.now())));
    void promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
