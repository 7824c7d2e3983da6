import {
  memoryRedis,
  type OpenFaulty,
  redisLinkFaultsContract,
  type RedisLinkFaults,
  redisServerFaultsContract,
  type RedisServerFaults,
} from '../../../src/testing/index.js';
import { testsAtOnce } from '../../support/at-once.js';
import { behindProxy, onServer, startFaultyRedis } from '../../support/faulty-redis.js';
import type { RunningRedis } from '../../support/servers/redis-server.js';

// The client that it brings is not used.
const onMemory = (async () => {
  const redis = await memoryRedis({ deadlineMs: 100 });
  return {
    createClient: (settings) => redis.createClient(settings),
    faults: redis.faults,
    close: () => {
      redis.faults.resume();
      return redis[Symbol.asyncDispose]();
    },
  };
}) satisfies OpenFaulty<RedisLinkFaults> & OpenFaulty<RedisServerFaults>;

describe('RedisClient under faults', function () {
  this.timeout(120_000);
  const servers: RunningRedis[] = [];
  const started = (index: number) => (): RunningRedis => {
    const server = servers[index];
    if (server === undefined) throw new Error('There is no server before the first test.');
    return server;
  };

  before(async () => {
    servers.push(...(await Promise.all([startFaultyRedis(), startFaultyRedis()])));
  });

  after(() => Promise.all(servers.map((server) => server[Symbol.asyncDispose]())));

  const [linkOfMemory, linkOfReal, memory, real] = testsAtOnce(4, 4, 1, 1);
  const lanes = [
    ['of the way to memoryRedis()', linkOfMemory, redisLinkFaultsContract(onMemory)],
    ['of the way to a real redis-server', linkOfReal, redisLinkFaultsContract(behindProxy(started(0)))],
    ['of memoryRedis()', memory, redisServerFaultsContract(onMemory)],
    ['of a real redis-server', real, redisServerFaultsContract(onServer(started(1)))],
  ] as const;
  for (const [title, itAtOnce, tests] of lanes) {
    // The last first: those that wait longest are the ones of subscriptions.
    describe(title, () => itAtOnce(tests.toReversed()));
  }
});
