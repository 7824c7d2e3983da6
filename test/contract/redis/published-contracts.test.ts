import { expect } from 'chai';
import { AtomicRedisClientProtocol, RedisClient, RedisPubSubProtocol } from '../../../src/index.js';
import {
  type ContractTest,
  memoryRedis,
  type Open,
  redisClientContract,
  redisPubSubContract,
  redisTransactionsContract,
  stub,
} from '../../../src/testing/index.js';
import { redisUrl } from '../../support/servers/addresses.js';

async function openMemoryRedis() {
  const redis = await memoryRedis();
  return { client: redis.client, close: () => redis[Symbol.asyncDispose]() };
}

async function openRealRedis() {
  const client = new RedisClient({ clientId: 'contract', url: redisUrl() });
  await client.start();
  return { client, close: () => client.stop() };
}

function pubsubOf(open: Open<RedisClient>): Open<RedisPubSubProtocol> {
  return async () => {
    const { client, close } = await open();
    return { client: client.pubsub, close };
  };
}

const close = (): Promise<void> => Promise.resolve();

const redisContracts = [
  [redisClientContract.name, (open: Open<RedisClient>) => redisClientContract(open)],
  [redisTransactionsContract.name, (open: Open<RedisClient>) => redisTransactionsContract(open)],
  [redisPubSubContract.name, (open: Open<RedisClient>) => redisPubSubContract(pubsubOf(open))],
] as const;

for (const [name, contract] of redisContracts) {
  describe(name, function () {
    this.timeout(60_000);
    for (const [where, open] of [
      ['memoryRedis()', openMemoryRedis],
      ['a real redis-server', openRealRedis],
    ] as const) {
      describe(`RedisClient on ${where}`, () => {
        for (const { title, run } of contract(open)) it(title, run);
      });
    }
  });
}

/** The titles of those that a client passes that does as a stub does. */
async function passedBy<T>(
  contract: (open: Open<T>) => readonly ContractTest[],
  client: T,
): Promise<string[]> {
  const tests = contract(() => Promise.resolve({ client, close }));
  const outcomes = await Promise.allSettled(tests.map(({ run }) => run()));
  return tests.filter((_, index) => outcomes[index]?.status === 'fulfilled').map(({ title }) => title);
}

describe('a client that does otherwise', function () {
  this.timeout(60_000);

  // Nothing ever comes to their subscriptions: they end at once, so that the tests do.
  const none = new Error('none');
  const subscribe = none;
  const blpop = none;

  it('fails nearly all of redisClientContract', async () => {
    const client = stub(AtomicRedisClientProtocol, { subscribe, blpop });
    expect(await passedBy(redisClientContract, client)).to.deep.equal(['answers a ping with true']);
  });

  it('fails nearly all of redisTransactionsContract', async () => {
    const client = stub(AtomicRedisClientProtocol, { session: none });
    expect(await passedBy(redisTransactionsContract, client)).to.deep.equal([
      'lets out what the function throws, and applies nothing',
    ]);
  });

  it('fails nearly all of redisPubSubContract', async () => {
    const client = stub(RedisPubSubProtocol, {
      subscribe,
      psubscribe: none,
      ssubscribe: none,
      subscribeDurable: none,
      subscribeGroup: none,
    });
    expect(await passedBy(redisPubSubContract, client)).to.deep.equal([]);
  });
});
