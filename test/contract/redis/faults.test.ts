import {
  memoryRedis,
  type OpenFaulty,
  redisLinkFaultsContract,
  type RedisLinkFaults,
  redisServerFaultsContract,
  type RedisServerFaults,
} from '../../../src/testing/index.js';
import { behindProxy, onServer, startFaultyRedis } from '../../support/faulty-redis.js';
import type { RunningRedis } from '../../support/servers/redis-server.js';
import { describeTogether } from '../../support/together.js';

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

  describeTogether([
    {
      title: 'of the way to memoryRedis()',
      tests: redisLinkFaultsContract(onMemory),
      atOnce: 4,
    },
    {
      title: 'of the way to a real redis-server',
      tests: redisLinkFaultsContract(behindProxy(started(0))),
      atOnce: 4,
    },
    {
      title: 'of memoryRedis()',
      tests: redisServerFaultsContract(onMemory),
      atOnce: 1,
    },
    {
      title: 'of a real redis-server',
      tests: redisServerFaultsContract(onServer(started(1))),
      atOnce: 1,
    },
  ]);
});
