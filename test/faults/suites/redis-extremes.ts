import { tryHugeScan } from '../redis/huge-scan.js';
import { tryLargeValue } from '../redis/large-value.js';
import type { FaultSuite } from '../suite.js';

/** Data that are too much: one value, and the number of keys. */
export const suite: FaultSuite = {
  async *run({ short }) {
    yield await tryLargeValue();
    yield await tryHugeScan(short ? 100_000 : 1_000_000);
  },
};
