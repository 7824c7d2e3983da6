import { outages } from '../redis/outages.js';
import { runOutage } from '../redis/run-outage.js';
import type { FaultSuite } from '../suite.js';

/** Outages under load: everything settles in time, nothing that is said is untrue, service comes back by itself. */
export const suite: FaultSuite = {
  async *run({ short }) {
    for (const outage of outages) {
      yield await runOutage(outage, {
        deadlineMs: short ? 1000 : 4000,
        slackMs: short ? 4000 : 1000,
        outageMs: short ? Math.min(outage.ms, 1500) : outage.ms,
      });
    }
  },
};
