import { expect } from 'chai';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisClients, redisErrorOf, uniquePrefix } from '../../support/redis-helpers.js';

/** What `createTransactionPipeline()` promises, on any server. */
export function pipelineContract(url: () => string): void {
  const prefix = uniquePrefix();
  const key = `${prefix}key`;
  const slots = `${prefix}slots`;
  const clients = new RedisClients();
  let redis: RedisClient;

  before(async () => {
    redis = await clients.start(url());
  });

  beforeEach(() => redis.delete(key, slots));

  after(async () => {
    await redis.delete(key, slots);
    await clients[Symbol.asyncDispose]();
  });

  it('gives a chain its types', async () => {
    await using pipeline = await redis.createTransactionPipeline();
    const results = await pipeline.multi().set(key, '1').incr(key).get(key).execute();
    const typed: [boolean, number, string | null] = results;
    expect(typed).to.deep.equal([true, 2, '2']);
  });

  it('sends nothing if it is closed instead, and leaves no key watched', async () => {
    const one = await clients.start(url(), { poolSize: 1 });
    const pipeline = await one.createTransactionPipeline(key);
    pipeline.multi().set(key, 'ours');
    await pipeline.close();
    await pipeline.close();
    expect(await redis.get(key)).to.equal(null);
    await redis.set(key, 'theirs');
    await one.transaction([slots], (tx) => tx.multi().sadd(slots, 'a'), { retries: 0 });
    expect(await redis.scard(slots)).to.equal(1);
  });

  it('gives its connection back, however it ends', async () => {
    const one = await clients.start(url(), { poolSize: 1, deadlineMs: 1000 });
    await using closed = await one.createTransactionPipeline(key);
    await closed.close();
    await using executed = await one.createTransactionPipeline(key);
    await executed.execute();
    await using conflicting = await one.createTransactionPipeline(key);
    await redis.set(key, 'x');
    await redisErrorOf(conflicting.execute());
    {
      await using failing = await one.createTransactionPipeline(slots);
      failing.multi().rpush(key, 'not a list');
      expect((await redisErrorOf(failing.execute())).code).to.equal('SLIPWAY_REDIS_COMMAND');
    }
    expect(await one.transaction([key], (tx) => tx.get(key))).to.equal('x');
  });

  it('refuses keys that are none', async () => {
    const bad = redis.createTransactionPipeline(undefined as unknown as string);
    expect((await redisErrorOf(bad)).code).to.equal('SLIPWAY_REDIS_ARGUMENT');
  });
}
