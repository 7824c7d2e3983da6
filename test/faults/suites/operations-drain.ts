import { startKafka } from '../../support/servers/kafka-server.js';
import { startRedis } from '../../support/servers/redis-server.js';
import { type DrainCase, runDrain } from '../operations/drain/run-drain.js';
import { isWanted } from '../operations/wanted.js';
import type { FaultSuite } from '../suite.js';

const inTime: DrainCase = { name: 'in-time', slow: 0, handlingMs: 3_000, drainMs: 30_000 };
const tooSlow: DrainCase = { name: 'too-slow', slow: 100, handlingMs: 1_000, drainMs: 8_000 };

/** SIGTERM while 500 requests and 500 messages are under way. */
export const suite: FaultSuite = {
  async *run({ short }) {
    const cases = [{ ...inTime, handlingMs: short ? 1_000 : inTime.handlingMs }, tooSlow].filter(({ name }) =>
      isWanted(`drain.${name}`),
    );
    if (cases.length === 0) return;
    await using redis = await startRedis();
    await using kafka = await startKafka();
    for (const each of cases)
      yield await runDrain(each, { redisUrl: redis.url, kafka: kafka.bootstrapServers });
  },
};
