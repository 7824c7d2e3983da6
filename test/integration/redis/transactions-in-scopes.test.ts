import { expect } from 'chai';
import { Application, infrastructure, loadSettings, RedisSession } from '../../../src/index.js';
import { RedisClient } from '../../../src/redis/redis-client.js';
import { runContendedScopes } from '../../support/contended-scopes.js';
import { RedisClients, redisErrorOf, runOnce, uniquePrefix } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { redisUrl } from '../../support/servers/addresses.js';

describe('transactions of request scopes', () => {
  const clients = new RedisClients();

  afterEach(() => clients[Symbol.asyncDispose]());

  for (const way of ['session', 'transaction'] as const) {
    it(`lose nothing by ${way}: 200 scopes at once on 8 keys and 8 connections, and a writer outside`, async () => {
      const prefix = uniquePrefix();
      const keys = Array.from({ length: 8 }, (_, index) => prefix + index);
      const result = await runContendedScopes({ url: redisUrl(), scopes: 200, each: 10, keys, way });
      expect(result.stored).to.equal(result.acknowledged);
      expect(result.acknowledged).to.equal(2000 + result.byOutsider);
      expect(result.byOutsider).to.be.greaterThan(0);
      // The keys were fought over, or this has shown nothing.
      expect(result.attempts).to.be.greaterThan(2000);
      expect(result.connections).to.be.within(1, 8);
    }).timeout(60_000);
  }

  it('open nothing in a scope that has a session and does not use it', async () => {
    const settings = loadSettings({ SERVICE_NAME: 'lazy', REDIS_URL: redisUrl(), LOG_LEVEL: 'error' });
    await using app = await Application.start([infrastructure(settings)]);
    await app.get(RedisClient);
    const scopes = Array.from({ length: 200 }, () => app.enter());
    await Promise.all(scopes.map((scope) => scope.get(RedisSession)));
    expect(await connectionsOf('lazy-redis')).to.deep.equal(['lazy-redis']);
    await Promise.all(scopes.map((scope) => scope.close()));
  });

  it('give a connection back with the end of the scope, also in the middle of a transaction', async () => {
    const key = `${uniquePrefix()}key`;
    const env = { SERVICE_NAME: 'brief', REDIS_URL: redisUrl(), REDIS_POOL_SIZE: '1', LOG_LEVEL: 'error' };
    await using app = await Application.start([infrastructure(loadSettings(env))]);
    for (let round = 0; round < 3; round += 1) {
      await using scope = app.enter();
      const session = await scope.get(RedisSession);
      await session.watch(key);
      await session.multi();
      await session.set(key, 'never sent');
    }
    const redis = await app.get(RedisClient);
    expect(await redis.get(key)).to.equal(null);
    expect(await connectionsOf('brief-redis')).to.deep.equal(['brief-redis', 'brief-redis:pool']);
  });

  it('can have a transaction beside a session, as long as the session watches nothing', async () => {
    const key = `${uniquePrefix()}key`;
    const redis = await clients.start(redisUrl(), { poolSize: 2, deadlineMs: 500 });
    const flow = async (): Promise<void> => {
      await using session = await redis.session();
      await session.get(key);
      await redis.transaction([key], (tx) => tx.multi().incr(key));
    };
    await Promise.all(Array.from({ length: 10 }, flow));
    expect(await redis.get(key)).to.equal('10');
    await redis.deleteKey(key);
  });

  it('are told who has the connections where each of them watches and waits for one more', async () => {
    const key = `${uniquePrefix()}key`;
    const redis = await clients.start(redisUrl(), { poolSize: 2, deadlineMs: 300 });
    await using first = await redis.session();
    await using second = await redis.session();
    await Promise.all([first.watch(key), second.watch(key)]);
    const error = await redisErrorOf(redis.transaction([key], (tx) => tx.multi().incr(key)));
    expect(error.code).to.equal('SLIPWAY_REDIS_POOL_EXHAUSTED');
    expect(error.message).to.contain('2 by session.watch');
    expect(await redis.get(key)).to.equal(null);
    // Who is told so and gives its own back serves the others.
    await first.close();
    await redis.transaction([key], (tx) => tx.multi().incr(key));
    await redis.deleteKey(key);
  });

  it('keep eight flows of one client apart, a hundred transactions each', async () => {
    const prefix = uniquePrefix();
    const redis = await clients.start(redisUrl());
    const replies = new Set<string>();
    const flow = async (number: number): Promise<void> => {
      const balance = `${prefix}${number}`;
      await using session = await redis.session();
      for (let step = 0; step < 100; step += 1) {
        await session.watch(balance);
        const sum = Number(await session.get(balance)) + 1;
        await session.multi();
        await session.set(balance, String(sum));
        const replied = await session.exec();
        replies.add(JSON.stringify(replied));
        await redis.get(balance); // on the shared connection, in the middle of the others' transactions
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, number) => flow(number)));
    // Each EXEC replied to its own flow's one command: nobody's commands were in another's transaction.
    expect([...replies]).to.deep.equal(['["OK"]']);
    const keys = Array.from({ length: 8 }, (_, number) => prefix + number);
    expect(await redis.mget(...keys)).to.deep.equal(keys.map(() => '100'));
    await redis.delete(...keys);
  });
});

/** The names of a client's connections on the server. */
async function connectionsOf(clientId: string): Promise<string[]> {
  let names: string[] = [];
  // What was closed is listed until the server has read so.
  await until(async () => {
    const list = String(await runOnce(redisUrl(), 'CLIENT', 'LIST'));
    const now = [...list.matchAll(/ name=(\S*) /g)].map(([, name = '']) => name);
    const found = now.filter((name) => name.split(':')[0] === clientId).toSorted();
    const settled = found.join() === names.join();
    names = found;
    return settled;
  });
  return names;
}
