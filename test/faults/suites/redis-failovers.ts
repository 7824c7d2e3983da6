import { runFailover } from '../redis/failovers.js';
import type { FaultSuite } from '../suite.js';

/** Masters that die or freeze, and others that take their place: by sentinels, and in a cluster. */
export const suite: FaultSuite = {
  async *run({ short }) {
    for (const deployment of ['sentinel', 'cluster'] as const) {
      // What a test of npm test does as well is left out of the short form.
      for (const fault of short ? (['sigstop'] as const) : (['kill-9', 'sigstop'] as const)) {
        yield await runFailover({ deployment, fault, deadlineMs: short ? 1500 : 4000 });
      }
    }
  },
};
