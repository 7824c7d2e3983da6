import { expect } from 'chai';
import { defineScript } from '../../../src/index.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { Deferred } from '../../support/container/deferred.js';
import { RedisClients, redisErrorOf, uniquePrefix } from '../../support/redis-helpers.js';

/** What `transaction()` promises, on any server. */
export function transactionContract(url: () => string): void {
  const prefix = uniquePrefix();
  const key = `${prefix}key`;
  const other = `${prefix}other`;
  const clients = new RedisClients();
  let redis: RedisClient;

  before(async () => {
    redis = await clients.start(url());
  });

  beforeEach(() => redis.delete(key, other));

  after(async () => {
    const keys = await redis.scanPattern(`${prefix}*`);
    if (keys.length > 0) await redis.delete(...keys);
    await clients[Symbol.asyncDispose]();
  });

  it('queues a script, also one that the server has never seen', async () => {
    const script = defineScript({
      source: `return redis.call('INCRBY', KEYS[1], ARGV[1]) -- ${prefix}`,
      decode: (reply) => `sum ${String(reply)}`,
      twin: ({ keys: [counter = ''], args: [amount = ''], call }) => call('INCRBY', counter, amount),
    });
    const results = await redis.transaction([key], (tx) =>
      tx.multi().set(key, '5').runScript(script, [key], ['3']),
    );
    const typed: readonly [boolean, string] = results;
    expect(typed).to.deep.equal([true, 'sum 8']);
  });

  for (const [way, fail] of [
    ['throws', () => Promise.reject(new Error('no'))],
    ['throws at once', () => raise(new Error('no'))],
  ] as const) {
    it(`lets out what the function ${way}, applies nothing, and leaves no key watched`, async () => {
      const one = await clients.start(url(), { poolSize: 1 });
      const failing = one.transaction([key], (tx) => {
        tx.multi().set(key, 'ours');
        return fail();
      });
      expect(await failing.catch((error: unknown) => error)).to.be.an('error', 'no');
      expect(await redis.get(key)).to.equal(null);
      await redis.set(key, 'theirs');
      // On the same connection: a WATCH left on it would be a conflict now.
      await one.transaction([other], (tx) => tx.multi().rpush(other, 'x'), { retries: 0 });
      expect(await redis.llen(other)).to.equal(1);
    });
  }

  it('answers by its deadline also if the function does not, and applies nothing', async () => {
    const brief = await clients.start(url(), { deadlineMs: 200, poolSize: 1 });
    const stuck = new Deferred();
    let late: unknown;
    const work = brief.transaction([key], async (tx) => {
      tx.multi().set(key, 'late');
      await stuck.promise;
      late = await tx.get(key).catch((error: unknown) => error);
    });
    const error = await redisErrorOf(work);
    expect(error).to.include({ code: 'SLIPWAY_REDIS_TIMEOUT', maybeApplied: false });
    expect(error.message).to.contain('nothing was applied');
    // Its connection serves others again.
    await brief.transaction([other], (tx) => tx.multi().rpush(other, 'x'));
    stuck.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(late).to.have.property('code', 'SLIPWAY_REDIS_SESSION_STATE');
    expect(await redis.get(key)).to.equal(null);
  });
}

function raise(error: Error): never {
  throw error;
}
