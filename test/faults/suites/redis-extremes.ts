import { tryHugeScan } from '../redis/huge-scan.js';
import { tryLargeValue } from '../redis/large-value.js';
import type { FaultSuite } from '../suite.js';

/** Data that are too much: one value, and the number of keys. */
export const suite: FaultSuite = {
  async *run({ short }) {
    // How fast they are, the full form tells, on a machine that does nothing else.
    yield await tryLargeValue(short ? 20_000 : 4_000);
    yield await (short ? tryHugeScan(100_000, 5_000) : tryHugeScan(1_000_000, 250));
  },
};
