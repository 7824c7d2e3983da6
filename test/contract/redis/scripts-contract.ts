import { expect } from 'chai';
import { defineScript } from '../../../src/index.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisClients, redisErrorOf, uniquePrefix } from '../../support/redis-helpers.js';

const takeToken = defineScript({
  source: `
    local taken = redis.call('INCR', KEYS[1])
    if taken == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
    if taken > tonumber(ARGV[1]) then return false end
    return {taken, ARGV[1]}`,
  decode: (reply) => reply !== null,
  twin: ({ keys: [key = ''], args: [limit = '', ttlSeconds = ''], call }) => {
    const taken = Number(call('INCR', key));
    if (taken === 1) call('EXPIRE', key, ttlSeconds);
    return taken > Number(limit) ? null : [taken, limit];
  },
});

/** What scripts promise, on any server. */
export function scriptsContract(url: () => string): void {
  const prefix = uniquePrefix();
  const clients = new RedisClients();
  let redis: RedisClient;
  let key: string;
  let number = 0;

  before(async () => {
    redis = await clients.start(url());
    redis.memory?.registerScript(takeToken.source, takeToken.twin!);
  });

  beforeEach(() => {
    number += 1;
    key = `${prefix}${number}`;
  });

  after(() => clients[Symbol.asyncDispose]());

  it('runScript runs it and reads its reply', async () => {
    const answers = [1, 2, 3].map(() => redis.runScript(takeToken, [key], ['2', '60']));
    expect(await Promise.all(answers)).to.deep.equal([true, true, false]);
    expect(await redis.ttl(key)).to.be.within(30, 60);
  });

  it('executeScript runs what registerScript loaded', async () => {
    const sha = await redis.registerScript(takeToken.source);
    expect(sha).to.equal(takeToken.sha);
    expect(await redis.executeScript(sha, [key], ['2', '60'])).to.deep.equal([1, '2']);
    await redis.executeScript(sha, [key], ['2', '60']);
    expect(await redis.executeScript(sha, [key], ['2', '60'])).to.equal(null);
  });

  it('both go on after the server forgot the script', async () => {
    const sha = await redis.registerScript(takeToken.source);
    await redis.raw.call('script', 'flush');
    expect(await redis.executeScript(sha, [key], ['1', '60'])).to.deep.equal([1, '1']);
    await redis.raw.call('script', 'flush');
    expect(await redis.runScript(takeToken, [key], ['1', '60'])).to.equal(false);
    expect(await redis.get(key)).to.equal('2');
  });

  it('executeScript says that nobody knows the script', async () => {
    const error = await redisErrorOf(redis.executeScript('0'.repeat(40), [key], []));
    expect(error.code).to.equal('SLIPWAY_REDIS_NO_SCRIPT');
    expect(error.maybeApplied).to.equal(false);
  });

  it('a session queues a script with its source, so that EXEC finds it', async () => {
    await using session = await redis.session();
    await redis.raw.call('script', 'flush');
    await session.multi();
    await session.runScript(takeToken, [key], ['1', '60']);
    await session.incr(key);
    expect(await session.exec()).to.deep.equal([[1, '1'], 2]);
  });

  it('what a command within a script answers with is the error', async () => {
    await redis.rpush(key, 'x');
    const error = await redisErrorOf(redis.runScript(takeToken, [key], ['1', '60']));
    expect(error.code).to.equal('SLIPWAY_REDIS_COMMAND');
    expect(error.message).to.contain('WRONGTYPE');
    await redis.deleteKey(key);
  });

  it('what its reader throws is the error', async () => {
    const strict = defineScript({
      ...takeToken,
      twin: takeToken.twin!,
      decode: (): string => {
        throw new RangeError('no token');
      },
    });
    const outcome = await redis.runScript(strict, [key], ['1', '60']).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(RangeError);
    expect(await redis.ping()).to.equal(true);
  });
}
