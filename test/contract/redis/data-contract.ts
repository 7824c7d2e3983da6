import { expect } from 'chai';
import type { RedisClientProtocol, ScoreBound } from '../../../src/index.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisClients, redisErrorOf, uniquePrefix } from '../../support/redis-helpers.js';

/** What the commands on each type of value promise, on any server. */
export function dataContract(url: () => string): void {
  const prefix = uniquePrefix();
  const clients = new RedisClients();
  let redis: RedisClient;
  let key: string;
  let number = 0;

  before(async () => {
    redis = await clients.start(url());
  });

  beforeEach(() => {
    number += 1;
    key = `${prefix}${number}`;
  });

  after(async () => {
    const keys = await redis.scanPattern(`${prefix}*`);
    if (keys.length > 0) await redis.delete(...keys);
    await clients[Symbol.asyncDispose]();
  });

  describe('strings', () => {
    it('set replaces value and time to live, or leaves the latter', async () => {
      expect(await redis.set(key, 'a', { ttlSeconds: 100 })).to.equal(true);
      expect(await redis.ttl(key)).to.be.within(70, 100);
      await redis.set(key, 'b', { keepTtl: true });
      expect(await redis.ttl(key)).to.be.within(70, 100);
      await redis.set(key, 'c');
      expect(await redis.ttl(key)).to.equal(-1);
      expect(await redis.get(key)).to.equal('c');
    });

    it('mset and mget take many at once, in order', async () => {
      expect(await redis.mset({ [`${key}:a`]: '1', [`${key}:b`]: '2' })).to.equal(true);
      await redis.mset(new Map([[`${key}:c`, '3']]));
      await redis.rpush(`${key}:list`, 'x');
      expect(await redis.mget(`${key}:c`, `${key}:none`, `${key}:list`, `${key}:a`)).to.deep.equal([
        '3',
        null,
        null,
        '1',
      ]);
    });

    it('getdel takes the value away', async () => {
      await redis.set(key, 'x');
      expect(await redis.getdel(key)).to.equal('x');
      expect(await redis.getdel(key)).to.equal(null);
    });

    it('incr, incrby, decr and decrby count, and leave the time to live', async () => {
      expect(await redis.incr(key)).to.equal(1);
      await redis.expire(key, 100);
      expect(await redis.incrby(key, 10)).to.equal(11);
      expect(await redis.decr(key)).to.equal(10);
      expect(await redis.decrby(key, 30)).to.equal(-20);
      expect(await redis.incrby(key, -5)).to.equal(-25);
      expect(await redis.ttl(key)).to.be.within(70, 100);
      const sums = await Promise.all(Array.from({ length: 100 }, () => redis.incr(`${key}:many`)));
      expect(new Set(sums).size).to.equal(100);
    });
  });

  describe('keys', () => {
    it('delete and exists count', async () => {
      await redis.mset({ [`${key}:a`]: '1', [`${key}:b`]: '2' });
      expect(await redis.exists(`${key}:a`, `${key}:a`, `${key}:b`, `${key}:none`)).to.equal(3);
      expect(await redis.delete(`${key}:a`, `${key}:b`, `${key}:none`)).to.equal(2);
      expect(await redis.exists(`${key}:a`)).to.equal(0);
    });

    it('expire, ttl and persist tell whether there is such a key', async () => {
      expect(await redis.expire(key, 10)).to.equal(false);
      expect(await redis.ttl(key)).to.equal(-2);
      await redis.set(key, 'x');
      expect(await redis.ttl(key)).to.equal(-1);
      expect(await redis.persist(key)).to.equal(false);
      expect(await redis.expire(key, 10)).to.equal(true);
      expect(await redis.ttl(key)).to.be.within(1, 10);
      expect(await redis.persist(key)).to.equal(true);
      expect(await redis.ttl(key)).to.equal(-1);
    });

    it('scan gives keys step by step, and can be left early', async () => {
      const names = Array.from({ length: 300 }, (_, index) => `${key}:${index}`);
      await redis.mset(Object.fromEntries(names.map((name) => [name, 'x'])));
      const found = new Set<string>();
      for await (const name of redis.scan(`${key}:*`, { count: 50 })) found.add(name);
      expect([...found].toSorted()).to.deep.equal(names.toSorted());
      for await (const name of redis.scan(`${key}:1*`)) {
        expect(name).to.match(/:1\d*$/);
        break;
      }
    });
  });

  describe('sets', () => {
    it('hold each member once', async () => {
      expect(await redis.sadd(key, 'a', 'b', 'a')).to.equal(2);
      expect(await redis.smembers(key)).to.deep.equal(new Set(['a', 'b']));
      expect(await redis.sismember(key, 'a')).to.equal(true);
      expect(await redis.sismember(key, 'c')).to.equal(false);
      expect(await redis.scard(key)).to.equal(2);
      expect(await redis.srem(key, 'a', 'c')).to.equal(1);
      expect(await redis.spop(key)).to.equal('b');
      expect(await redis.spop(key)).to.equal(null);
      expect(await redis.smembers(key)).to.deep.equal(new Set());
    });

    it('give each member to one of many that pop at once', async () => {
      const members = Array.from({ length: 50 }, (_, index) => `${index}`);
      await redis.sadd(key, ...members);
      const popped = await Promise.all(Array.from({ length: 60 }, () => redis.spop(key)));
      expect(popped.filter((member) => member !== null).toSorted()).to.deep.equal(members.toSorted());
    });
  });

  describe('sorted sets', () => {
    it('order members by score, then by name', async () => {
      expect(await redis.zadd(key, { b: 1, a: 1, c: 0.1, last: Infinity })).to.equal(4);
      expect(await redis.zadd(key, new Map([['c', -Infinity]]))).to.equal(0);
      expect(await redis.zrange(key, 0, -1)).to.deep.equal(['c', 'a', 'b', 'last']);
      const scored = await redis.zrange(key, -2, -1, { withScores: true });
      expect(scored).to.deep.equal([
        ['b', 1],
        ['last', Infinity],
      ]);
      expect(await redis.zcard(key)).to.equal(4);
      expect(await redis.zrem(key, 'a', 'none')).to.equal(1);
    });

    it('give back every score exactly', async () => {
      for (const score of [0.1, 1e21, 5e-324, Number.MAX_VALUE, -1.1, 123_456_789.123_456_78]) {
        await redis.zadd(key, { m: score });
        expect(await redis.zscore(key, 'm')).to.equal(score);
      }
      expect(await redis.zscore(key, 'none')).to.equal(null);
      expect(await redis.zincrby(`${key}:other`, 0.5, 'm')).to.equal(0.5);
    });

    it('take ranges of scores, with and without their ends', async () => {
      await redis.zadd(key, { a: 1, b: 2, c: 3, d: 4 });
      const range = (min: ScoreBound, max: ScoreBound) => redis.zrangebyscore(key, min, max);
      expect(await range(2, 3)).to.deep.equal(['b', 'c']);
      expect(await range('(2', 3)).to.deep.equal(['c']);
      expect(await range(-Infinity, '(3')).to.deep.equal(['a', 'b']);
      const limited = { withScores: true, limit: { offset: 1, count: 2 } } as const;
      expect(await redis.zrangebyscore(key, 1, Infinity, limited)).to.deep.equal([
        ['b', 2],
        ['c', 3],
      ]);
      expect(await redis.zremrangebyscore(key, '(1', 3)).to.equal(2);
      expect(await redis.zrange(key, 0, -1)).to.deep.equal(['a', 'd']);
    });
  });

  describe('hashes', () => {
    it('hold fields', async () => {
      expect(await redis.hset(key, 'a', '1')).to.equal(1);
      expect(await redis.hset(key, { a: '2', b: '3' })).to.equal(1);
      expect(await redis.hset(key, new Map([['__proto__', 'own']]))).to.equal(1);
      expect(await redis.hget(key, 'a')).to.equal('2');
      expect(await redis.hget(key, 'none')).to.equal(null);
      expect(await redis.hmget(key, 'b', 'none')).to.deep.equal(['3', null]);
      expect(Object.entries(await redis.hgetall(key))).to.deep.equal([
        ['a', '2'],
        ['b', '3'],
        ['__proto__', 'own'],
      ]);
      expect(await redis.hkeys(key)).to.deep.equal(['a', 'b', '__proto__']);
      expect(await redis.hlen(key)).to.equal(3);
      expect(await redis.hexists(key, 'b')).to.equal(true);
      expect(await redis.hincrby(key, 'a', 5)).to.equal(7);
      expect(await redis.hdel(key, 'a', 'b', 'none')).to.equal(2);
      expect(await redis.hexists(key, 'b')).to.equal(false);
      expect(await redis.hgetall(`${key}:none`)).to.deep.equal({});
    });
  });

  describe('lists', () => {
    it('take and give at both ends', async () => {
      expect(await redis.rpush(key, 'a', 'b')).to.equal(2);
      expect(await redis.lpush(key, 'c', 'd')).to.equal(4);
      expect(await redis.lrange(key, 0, -1)).to.deep.equal(['d', 'c', 'a', 'b']);
      expect(await redis.lrange(key, -2, 2)).to.deep.equal(['a']);
      expect(await redis.llen(key)).to.equal(4);
      expect(await redis.lpop(key)).to.equal('d');
      expect(await redis.rpop(key)).to.equal('b');
      expect(await redis.lpop(`${key}:none`)).to.equal(null);
    });
  });

  it('say so where a key holds another type', async () => {
    await redis.set(key, 'x');
    const error = await redisErrorOf(redis.lpop(key));
    expect(error.code).to.equal('SLIPWAY_REDIS_COMMAND');
    expect(error.message).to.contain('WRONGTYPE').and.contain('LPOP');
    expect(error.maybeApplied).to.equal(false);
  });

  describe('arguments', () => {
    const bad: Readonly<Record<string, (client: RedisClientProtocol) => Promise<unknown>>> = {
      'no keys': (client) => client.delete(),
      'no members': (client) => client.sadd('k'),
      'no values': (client) => client.rpush('k'),
      'no scores': (client) => client.zadd('k', {}),
      'no fields': (client) => client.hset('k', {}),
      'a score that is NaN': (client) => client.zadd('k', { m: Number.NaN }),
      'a score as text': (client) => client.zadd('k', { m: '1' as unknown as number }),
      'a bound that is NaN': (client) => client.zrangebyscore('k', Number.NaN, 1),
      'a bound that is no number': (client) => client.zrangebyscore('k', '(x' as '(1', 1),
      'a bound with nothing in it': (client) => client.zremrangebyscore('k', 0, '(' as '(1'),
      'half a rank': (client) => client.zrange('k', 0.5, 1),
      'a limit below 0': (client) => client.zrangebyscore('k', 0, 1, { limit: { offset: -1, count: 1 } }),
      'an amount with a fraction': (client) => client.incrby('k', 0.5),
      'a time to live of 0': (client) => client.expire('k', 0),
      'two times to live': (client) => client.set('k', 'v', { ttlSeconds: 1, keepTtl: true }),
      'a member that is a number': (client) => client.sismember('k', 1 as unknown as string),
      'a value of a hash that is missing': (client) => client.hset('k', 'f', undefined as unknown as string),
      'a value of mset that is null': (client) => client.mset({ k: null as unknown as string }),
      'a count of 0': (client) => client.scan('*', { count: 0 }).next(),
      'a negative wait': (client) => client.blpop(['k'], -1),
      'a wait for nothing': (client) => client.blpop([], 1),
      'keys of a script that are missing': (client) =>
        client.executeScript('0'.repeat(40), undefined as unknown as string[], []),
      'an argument of a script that is a number': (client) =>
        client.executeScript('0'.repeat(40), [], [1 as unknown as string]),
      'a script that is no text': (client) => client.registerScript(undefined as unknown as string),
    };
    for (const [what, call] of Object.entries(bad)) {
      it(`reject ${what}, with nothing sent`, async () => {
        const error = await redisErrorOf(call(redis));
        expect(error.code).to.equal('SLIPWAY_REDIS_ARGUMENT');
        expect(error.maybeApplied).to.equal(false);
      });
    }

    it('reject more bytes than maxValueBytes before they are sent, whatever they are made of', async () => {
      const small = clients.create(url(), { maxValueBytes: 1000 });
      await small.start();
      expect(await small.set(key, 'x'.repeat(1000 - key.length))).to.equal(true);
      for (const call of [
        small.set(key, 'x'.repeat(1001 - key.length)),
        small.set(key, 'å'.repeat(500)),
        small.rpush(`${key}:list`, ...Array.from({ length: 100 }, () => 'ten bytes!')),
        small.publish(key, 'x'.repeat(1000)),
      ]) {
        const error = await redisErrorOf(call);
        expect(error.code).to.equal('SLIPWAY_REDIS_VALUE_TOO_LARGE');
        expect(error.message).to.contain('maxValueBytes');
      }
      expect(await small.ping()).to.equal(true);
    });
  });
}
