import { expect } from 'chai';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisClients, redisErrorOf, uniquePrefix } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';

/** What transactions on a session promise, on any server. */
export function sessionContract(url: () => string): void {
  const prefix = uniquePrefix();
  const key = `${prefix}key`;
  const clients = new RedisClients();
  let redis: RedisClient;

  before(async () => {
    redis = await clients.start(url());
  });

  beforeEach(() => redis.deleteKey(key));

  after(async () => {
    for (const found of await redis.scanPattern(`${prefix}*`)) await redis.deleteKey(found);
    await clients[Symbol.asyncDispose]();
  });

  it('resolves to null if a watched key expired', async () => {
    await using session = await redis.session();
    await redis.setex(key, 1, 'x');
    await session.watch(key);
    // Nobody asks for the key itself: that would end it where its time has not.
    await redis.setex(`${key}:clock`, 1, 'x');
    await until(async () => (await redis.exists(`${key}:clock`)) === 0);
    await session.multi();
    await session.setex(key, 60, 'ours');
    expect(await session.exec()).to.equal(null);
  });

  it('is lazy: it neither opens nor holds a connection while it watches nothing', async () => {
    const one = await clients.start(url(), { poolSize: 1, deadlineMs: 1000 });
    const sessions = await Promise.all(Array.from({ length: 50 }, () => one.session()));
    for (const session of sessions) {
      await session.set(key, 'x');
      await session.watch(key);
      await session.multi();
      await session.set(key, 'y');
      expect(await session.exec()).to.deep.equal(['OK']);
      await session.watch(key);
      await session.unwatch();
      await session.get(key);
    }
    await Promise.all(sessions.map((session) => session.close()));
  });

  it('lets a call under way have its reply when it is closed, and refuses one that still waits', async () => {
    const one = await clients.start(url(), { poolSize: 1 });
    const first = await one.session();
    await first.watch(key);
    const second = await one.session();
    const waiting = redisErrorOf(second.get(key));
    await second.close();
    expect((await waiting).message).to.contain('closed');
    const reading = first.set(key, 'last');
    await first.close();
    expect(await reading).to.equal(true);
    expect(await one.transaction([key], (tx) => tx.get(key))).to.equal('last');
  });
}
