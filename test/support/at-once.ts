import type { ContractTest } from '../../src/testing/index.js';

/**
 * Tests of contracts that are begun together, before the first of them: most of their time is waiting, and each opens what
 * it needs for itself. For the outermost suite; what is returned is for the ones in it.
 */
export function testsAtOnce(): (tests: readonly ContractTest[]) => void {
  const begins: (() => void)[] = [];
  before(() => {
    for (const begin of begins) begin();
  });
  return (tests) => {
    for (const { title, run } of tests) {
      let outcome: Promise<{ readonly error?: unknown }> | undefined;
      begins.push(() => {
        outcome = run().then(
          () => ({}),
          (error: unknown) => ({ error }),
        );
      });
      it(title, async () => {
        const ended = await outcome;
        if (ended && 'error' in ended) throw ended.error;
      });
    }
  };
}
