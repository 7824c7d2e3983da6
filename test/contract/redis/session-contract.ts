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

  it('runs the transaction of the original', async () => {
    await using session = await redis.session();
    expect(await session.watch(key)).to.equal(true);
    const current = await session.get(key);
    expect(await session.multi()).to.equal(true);
    expect(await session.setex(key, 3600, String(Number(current ?? 0) + 1))).to.equal(true);
    expect(await session.exec()).to.deep.equal(['OK']);
    expect(await redis.get(key)).to.equal('1');
  });

  it('gives the replies in order', async () => {
    await using session = await redis.session();
    await session.multi();
    await session.setex(key, 60, 'a');
    await session.setIfNotExists(key, 'b');
    await session.deleteKey(key);
    await session.setIfNotExists(key, 'c', 60);
    expect(await session.exec()).to.deep.equal(['OK', null, 1, 'OK']);
    expect(await redis.get(key)).to.equal('c');
  });

  it('sends nothing before exec()', async () => {
    await using session = await redis.session();
    await session.multi();
    await session.setex(key, 60, 'x');
    expect(await redis.get(key)).to.equal(null);
    await session.unwatch();
    expect((await redisErrorOf(session.exec())).code).to.equal('SLIPWAY_REDIS_SESSION_STATE');
    expect(await redis.get(key)).to.equal(null);
  });

  it('resolves to null and applies nothing if a watched key changed', async () => {
    await using session = await redis.session();
    await session.watch(key);
    await redis.setex(key, 60, 'theirs');
    await session.multi();
    await session.setex(key, 60, 'ours');
    expect(await session.exec()).to.equal(null);
    expect(await redis.get(key)).to.equal('theirs');
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

  it('begins anew after exec(), with no key watched', async () => {
    await using session = await redis.session();
    await session.watch(key);
    await session.multi();
    await session.setex(key, 60, 'first');
    expect(await session.exec()).to.deep.equal(['OK']);
    await redis.setex(key, 60, 'theirs');
    await session.multi();
    await session.setex(key, 60, 'second');
    expect(await session.exec()).to.deep.equal(['OK']);
  });

  it('forgets watched keys on unwatch()', async () => {
    await using session = await redis.session();
    await session.watch(key);
    await redis.setex(key, 60, 'theirs');
    expect(await session.unwatch()).to.equal(true);
    await session.multi();
    await session.setex(key, 60, 'ours');
    expect(await session.exec()).to.deep.equal(['OK']);
  });

  it('keeps two flows apart, also when they interleave', async () => {
    await using first = await redis.session();
    await using second = await redis.session();
    const keys = [`${prefix}one`, `${prefix}two`] as const;
    await Promise.all([first.watch(keys[0]), second.watch(keys[1])]);
    await Promise.all([first.multi(), second.multi()]);
    await Promise.all([first.setex(keys[0], 60, '1'), second.setex(keys[1], 60, '2'), redis.get(key)]);
    await redis.setex(keys[1], 60, 'theirs');
    expect(await Promise.all([first.exec(), second.exec()])).to.deep.equal([['OK'], null]);
    expect(await redis.get(keys[0])).to.equal('1');
    expect(await redis.get(keys[1])).to.equal('theirs');
  });

  it('loses no increment of many flows on one key', async () => {
    const flows = 8;
    const increments = 25;
    const counter = `${prefix}counter`;
    const flow = async (): Promise<void> => {
      await using session = await redis.session();
      for (let done = 0; done < increments;) {
        await session.watch(counter);
        const value = Number((await session.get(counter)) ?? 0);
        await session.multi();
        await session.setex(counter, 60, String(value + 1));
        if ((await session.exec()) !== null) done += 1;
      }
    };
    await Promise.all(Array.from({ length: flows }, flow));
    expect(await redis.get(counter)).to.equal(String(flows * increments));
  });

  it('refuses calls out of order, and says why', async () => {
    await using session = await redis.session();
    const state = 'SLIPWAY_REDIS_SESSION_STATE';
    expect((await redisErrorOf(session.exec())).code).to.equal(state);
    await session.multi();
    expect((await redisErrorOf(session.multi())).code).to.equal(state);
    expect((await redisErrorOf(session.watch(key))).code).to.equal(state);
    expect((await redisErrorOf(session.get(key))).message).to.contain('before multi()');
    await session.setex(key, 60, 'x');
    expect(await session.exec()).to.deep.equal(['OK']);
    expect((await redisErrorOf(session.watch())).code).to.equal('SLIPWAY_REDIS_ARGUMENT');
    await session.close();
    await session.close();
    for (const call of [
      session.get(key),
      session.watch(key),
      session.multi(),
      session.exec(),
      session.unwatch(),
    ]) {
      expect((await redisErrorOf(call)).message).to.contain('closed');
    }
  });

  it('refuses a bad argument of a queued command at once, and carries out the rest', async () => {
    await using session = await redis.session();
    await session.multi();
    await session.setex(key, 60, 'x');
    expect((await redisErrorOf(session.setex(key, 0, 'y'))).code).to.equal('SLIPWAY_REDIS_ARGUMENT');
    expect(await session.exec()).to.deep.equal(['OK']);
  });

  it('has the whole command set, at once and queued', async () => {
    await using session = await redis.session();
    expect(await session.hset(key, { a: '1', b: '2' })).to.equal(2);
    expect(await session.hgetall(key)).to.deep.equal({ a: '1', b: '2' });
    await session.multi();
    expect(await session.hincrby(key, 'a', 5)).to.equal(0);
    expect(await session.expire(key, 60)).to.equal(true);
    expect((await redisErrorOf(session.hget(key, 'a'))).message).to.contain('before multi()');
    expect(await session.exec()).to.deep.equal([6, 1]);
    expect(await session.hget(key, 'a')).to.equal('6');
  });

  it('sends calls in their order, awaited or not', async () => {
    await using session = await redis.session();
    const results = await Promise.all([
      session.set(key, '1'),
      session.watch(key),
      session.get(key),
      session.multi(),
      session.incrby(key, 10),
      session.exec(),
      session.get(key),
      session.watch(key),
      session.incr(key), // by the watching connection itself, which is a change too
      session.multi(),
      session.set(key, 'x'),
      session.exec(),
    ]);
    expect(results).to.deep.equal([true, true, '1', true, 0, [11], '11', true, 12, true, true, null]);
    expect(await redis.get(key)).to.equal('12');
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
