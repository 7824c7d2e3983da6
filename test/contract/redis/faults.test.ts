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
import { itTogether } from '../../support/together.js';

const onMemory = (async () => {
  const redis = await memoryRedis();
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
  this.timeout(60_000);
  let server: RunningRedis | undefined;
  const started = (): RunningRedis => {
    if (server === undefined) throw new Error('There is no server before the first test.');
    return server;
  };

  before(async () => {
    server = await startFaultyRedis();
  });

  after(() => server?.[Symbol.asyncDispose]());

  describe('of the way to the server', () => {
    const onBoth = [
      ['memoryRedis()', redisLinkFaultsContract(onMemory)],
      ['a real redis-server behind a proxy', redisLinkFaultsContract(behindProxy(started))],
    ] as const;
    itTogether(
      onBoth.flatMap(([where, tests]) =>
        tests.map(({ title, run }) => ({ title: `${where}: ${title}`, run })),
      ),
    );
  });

  describe('of memoryRedis()', () => itTogether(redisServerFaultsContract(onMemory)));

  describe('of a real redis-server', () => {
    for (const { title, run } of redisServerFaultsContract(onServer(started))) it(title, run);
  });
});
