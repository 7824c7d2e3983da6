import { expect } from 'chai';
import type { ContractTest } from '../../src/testing/index.js';
import { unhandledRejections } from './container/unhandled.js';

interface Lane {
  readonly title: string;
  readonly tests: readonly ContractTest[];
  /** How many of them run at once: enough to wait together, too few to keep each other from meeting their deadlines. */
  readonly atOnce: number;
}

/** Makes a mocha suite of each lane, all of which run at the same time: most of what they do is waiting. */
export function describeTogether(lanes: readonly Lane[]): void {
  const outcomes = new Map<ContractTest, PromiseSettledResult<void>>();
  let rejections: readonly unknown[] = [];

  before(async () => {
    const runs = lanes.flatMap(({ tests, atOnce }) => {
      // The last first: those that wait longest are the ones of subscriptions.
      const left = tests.toReversed().values();
      const runOneAfterAnother = async (): Promise<void> => {
        for (const test of left) outcomes.set(test, (await Promise.allSettled([test.run()]))[0]);
      };
      return Array.from({ length: atOnce }, () => runOneAfterAnother);
    });
    rejections = await unhandledRejections(() => Promise.all(runs.map((run) => run())));
  });

  for (const { title, tests } of lanes) {
    describe(title, () => {
      for (const test of tests) {
        it(test.title, () => {
          const outcome = outcomes.get(test);
          if (outcome?.status === 'rejected') throw outcome.reason;
        });
      }
    });
  }

  it('leaves no rejection unhandled', () => {
    expect(rejections).to.deep.equal([]);
  });
}
