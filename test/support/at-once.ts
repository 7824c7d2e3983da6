import type { ContractTest } from '../../src/testing/index.js';

/** One test, which ends at some time after it was begun. */
class Pending {
  readonly #run: () => Promise<void>;
  readonly #over: Promise<() => void>;
  #end: (check: () => void) => void = () => undefined;

  constructor(run: () => Promise<void>) {
    this.#run = run;
    this.#over = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async begin(): Promise<void> {
    try {
      await this.#run();
      this.#end(() => undefined);
    } catch (error) {
      this.#end(() => {
        throw error;
      });
    }
  }

  /** @throws what the test failed with. */
  async check(): Promise<void> {
    const check = await this.#over;
    check();
  }
}

/**
 * Tests of contracts that run side by side, up to `limit` of them: most of their time is waiting, and each opens what it
 * needs for itself. They begin before the first test, in their order. For the outermost suite; what is returned is for the
 * ones in it.
 */
export function testsAtOnce(limit: number): (tests: readonly ContractTest[]) => void {
  const queue: Pending[] = [];
  const workOff = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) await next.begin();
  };
  before(() => {
    for (let worker = 0; worker < limit; worker += 1) void workOff();
  });
  return (tests) => {
    for (const { title, run } of tests) {
      const pending = new Pending(run);
      queue.push(pending);
      it(title, () => pending.check());
    }
  };
}
