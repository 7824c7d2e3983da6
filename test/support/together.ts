import { expect } from 'chai';
import type { ContractTest } from '../../src/testing/index.js';
import { unhandledRejections } from './container/unhandled.js';

/** How many run at once: enough to wait together, too few to keep each other from meeting their deadlines. */
const atOnce = 8;

/** Makes a mocha test of each, several of which run at the same time: most of what they do is waiting. */
export function itTogether(tests: readonly ContractTest[]): void {
  const outcomes = new Map<ContractTest, PromiseSettledResult<void>>();
  let rejections: readonly unknown[] = [];

  before(async () => {
    const left = tests.values();
    const runOneAfterAnother = async (): Promise<void> => {
      for (const test of left) outcomes.set(test, (await Promise.allSettled([test.run()]))[0]);
    };
    rejections = await unhandledRejections(() =>
      Promise.all(Array.from({ length: atOnce }, runOneAfterAnother)),
    );
  });

  for (const test of tests) {
    it(test.title, () => {
      const outcome = outcomes.get(test);
      if (outcome?.status === 'rejected') throw outcome.reason;
    });
  }

  it('no rejection was left unhandled', () => {
    expect(rejections).to.deep.equal([]);
  });
}
