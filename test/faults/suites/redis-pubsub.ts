import { channelsOver, outages, streamsOver } from '../redis-pubsub/outages.js';
import { tenThousand } from '../redis-pubsub/ten-thousand.js';
import type { FaultSuite } from '../suite.js';

const longMs: Readonly<Record<string, number>> = { sigstop: 10_000, kill: 6000, 'black-hole': 8000 };
const shortMs = 4000;

/** Subscriptions over faults of the server and of the network, on a real redis-server: docs/redis.md. */
export const suite: FaultSuite = {
  async *run({ short }) {
    // The short form runs on machines that do other things as well; how fast it is, the full form tells.
    yield await (short ? tenThousand(5, 10_000, 10_000) : tenThousand(20, 1000, 0));
    for (const outage of outages) {
      const durationMs = short ? shortMs : (longMs[outage.name] ?? shortMs);
      yield await channelsOver(outage, durationMs, short ? 5000 : 0);
      yield await streamsOver(outage, durationMs);
    }
  },
};
