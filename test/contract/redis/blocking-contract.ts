import { expect } from 'chai';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisClients, redisErrorOf, timeSince, uniquePrefix } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';

/** What commands that wait on the server promise, on any server. */
export function blockingContract(url: () => string): void {
  const prefix = uniquePrefix();
  const clients = new RedisClients();
  let redis: RedisClient;
  let key: string;
  let number = 0;

  beforeEach(async () => {
    number += 1;
    key = `${prefix}${number}`;
    redis = await clients.start(url());
  });

  afterEach(() => clients[Symbol.asyncDispose]());

  /** Resolves when so many calls of this suite wait on the server. */
  const waiting = (count = 1): Promise<void> =>
    until(async () => {
      const list = String(await redis.raw.call('client', 'list'));
      return list.split('\n').filter((line) => / name=test:.* flags=b /.test(line)).length === count;
    });

  it('blpop takes at once what is there, from the first list that has any', async () => {
    await redis.rpush(`${key}:b`, 'b1', 'b2');
    expect(await redis.blpop([`${key}:a`, `${key}:b`], 1)).to.deep.equal([`${key}:b`, 'b1']);
    await redis.rpush(`${key}:a`, 'a1');
    expect(await redis.blpop([`${key}:a`, `${key}:b`], 1)).to.deep.equal([`${key}:a`, 'a1']);
  });

  it('blpop gives null when its time has passed', async () => {
    const waitedSince = performance.now();
    const waited = redis.blpop([key], 0.2);
    expect(await timeSince(waitedSince, waited)).to.be.within(190, 5000);
    expect(await waited).to.equal(null);
  });

  it('blpop waits for an item and holds up nobody', async () => {
    const item = redis.blpop([key], 5);
    await waiting();
    // Behind it on one connection this would wait until the deadline, and reject.
    expect(await redis.ping()).to.equal(true);
    await redis.rpush(key, 'x', 'y');
    expect(await item).to.deep.equal([key, 'x']);
    expect(await redis.lrange(key, 0, -1)).to.deep.equal(['y']);
  });

  it('blpop gives each item to one of many that wait', async () => {
    const items = Array.from({ length: 5 }, () => redis.blpop([key], 5));
    await waiting(5);
    await redis.rpush(key, '1', '2', '3', '4', '5');
    const taken = (await Promise.all(items)).map((item) => item?.[1] ?? '');
    expect(taken.toSorted()).to.deep.equal(['1', '2', '3', '4', '5']);
  });

  it('stop ends a wait, and no item pushed then is lost', async () => {
    const other = await clients.start(url());
    const item = redisErrorOf(redis.blpop([key], 0));
    await waiting();
    await redis.stop();
    await other.rpush(key, 'x');
    const error = await item;
    expect(error.code).to.equal('SLIPWAY_REDIS_STOPPED');
    expect(error.maybeApplied).to.equal(false);
    expect(await other.lpop(key)).to.equal('x');
    expect((await redisErrorOf(redis.blpop([key], 1))).code).to.equal('SLIPWAY_REDIS_STOPPED');
  });
}
