import { expect } from 'chai';
import type { ContractTest } from '../../src/testing/index.js';
import { unhandledRejections } from './container/unhandled.js';

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

interface Lane {
  readonly limit: number;
  readonly queue: Pending[];
}

function workOff({ limit, queue }: Lane): readonly Promise<void>[] {
  const left = queue.values();
  const oneAfterAnother = async (): Promise<void> => {
    for (const next of left) await next.begin();
  };
  return Array.from({ length: limit }, oneAfterAnother);
}

/** Takes tests of contracts in, and makes a mocha test of each. */
type TakesTests = (tests: readonly ContractTest[]) => void;

/**
 * Tests of contracts that run side by side: most of their time is waiting, and each opens what it needs for itself. They
 * begin before the first test, in their order. For the outermost suite; what is returned is for the ones in it.
 * @param limits how many of each lane run at once: enough to wait together, too few to keep each other from meeting their
 * deadlines. The lanes do not wait for each other.
 * @returns what takes tests in, for each lane. The outermost suite has a last test, of rejections that nobody handled.
 */
export function testsAtOnce<const Limits extends readonly number[]>(
  ...limits: Limits
): { [Index in keyof Limits]: TakesTests } {
  const lanes = limits.map((limit): Lane => ({ limit, queue: [] }));
  let rejections: Promise<readonly unknown[]> = Promise.resolve([]);

  before(() => {
    rejections = unhandledRejections(() => Promise.all(lanes.flatMap(workOff)));
  });
  after('leaves no rejection unhandled', async () => {
    expect(await rejections).to.deep.equal([]);
  });

  const takers = lanes.map(({ queue }): TakesTests => (tests) => {
    for (const { title, run } of tests) {
      const pending = new Pending(run);
      queue.push(pending);
      it(title, () => pending.check());
    }
  });
  return takers as { [Index in keyof Limits]: TakesTests };
}
