import { startRedis } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { type LoadSize, runHealthLoad } from '../operations/health-load/run-health-load.js';
import { isWanted } from '../operations/wanted.js';
import type { FaultSuite } from '../suite.js';

const full: LoadSize = {
  seconds: 10,
  slices: 4,
  requestsPerSecond: 1_000,
  limits: {
    p50Ms: 50,
    p99Ms: 50,
    lagP99Ms: 20,
    lagP90Ms: 20,
    answeredPerSecond: 950,
    heapGrowthMb: 4,
    timesPlainCpu: 10,
  },
};

/**
 * For machines that others use too: a page that waited for Redis would take half a second on average. So few requests that
 * the service computes less than its share of such a machine: over it, requests would wait for the machine, ever longer.
 */
const small: LoadSize = {
  seconds: 3,
  slices: 2,
  requestsPerSecond: 50,
  limits: {
    p50Ms: 400,
    p99Ms: Infinity,
    // One pause of the machine is a hundredth of a slice.
    lagP99Ms: Infinity,
    lagP90Ms: 500,
    answeredPerSecond: 0,
    heapGrowthMb: 8,
    timesPlainCpu: 10,
  },
};

/** The pages of health under load, while Redis is swallowed by the network. */
export const suite: FaultSuite = {
  async *run({ short }) {
    if (!isWanted('health-load')) return;
    await using redis = await startRedis();
    await using proxy = await TcpProxy.start(redis.port);
    yield await runHealthLoad(short ? small : full, proxy);
  },
};
