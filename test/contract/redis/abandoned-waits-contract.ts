import { expect } from 'chai';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisClients, redisErrorOf, uniquePrefix } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';

/** What waits promise that are given up, or that wait for a connection, on any server. */
export function abandonedWaitsContract(url: () => string): void {
  const prefix = uniquePrefix();
  const list = `${prefix}list`;
  const clients = new RedisClients();
  let redis: RedisClient;

  before(async () => {
    redis = await clients.start(url());
  });

  beforeEach(() => redis.delete(list));

  after(async () => {
    await redis.delete(list);
    await clients[Symbol.asyncDispose]();
  });

  it('takes nothing if it was given up before', async () => {
    await redis.rpush(list, 'x');
    const reason = new Error('enough');
    const taken = redis.blpop([list], 1, { signal: AbortSignal.abort(reason) });
    expect(await taken.catch((error: unknown) => error)).to.equal(reason);
    expect(await redis.llen(list)).to.equal(1);
  });

  it('waits on a connection of the pool, and leaves it to the next', async () => {
    const one = await clients.start(url(), { poolSize: 1, deadlineMs: 500 });
    const giveUp = new AbortController();
    const taking = one.blpop([list], 0, { signal: giveUp.signal });
    const error = await redisErrorOf(one.transaction([list], (tx) => tx.llen(list)));
    expect(error.code).to.equal('SLIPWAY_REDIS_POOL_EXHAUSTED');
    expect(error.message).to.match(/all 1 of its pool are in use, 1 by blpop for up to \d+ ms/);
    expect(await one.ping()).to.equal(true);
    giveUp.abort(new Error('enough'));
    expect(await taking.catch((reason: unknown) => reason)).to.be.an('error', 'enough');
    expect(await one.transaction([list], (tx) => tx.llen(list))).to.equal(0);
  });

  it('loses no item to a stop', async () => {
    const stopping = await clients.start(url());
    const taking = stopping.blpop([list], 0).catch((error: unknown) => error);
    await until(async () => (await stopping.blpop([list], 0.01)) === null);
    const [outcome] = await Promise.all([taking, stopping.stop(), redis.rpush(list, 'job')]);
    if (Array.isArray(outcome)) expect(outcome).to.deep.equal([list, 'job']);
    else {
      expect(outcome).to.have.property('code', 'SLIPWAY_REDIS_STOPPED');
      expect(await redis.lpop(list)).to.equal('job');
    }
  });
}
