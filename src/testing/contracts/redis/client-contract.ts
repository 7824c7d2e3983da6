import assert from 'node:assert/strict';
import type { RedisClientProtocol } from '../../../protocols/redis.js';
import { type ContractTest, contractTests, type Open } from '../contract.js';
import { aReason, keys, rejects, take } from './support.js';

/**
 * What everyone who stands for RedisClientProtocol has to do: the guarantees that services build on.
 *
 *     for (const { title, run } of redisClientContract(open)) it(title, run);
 */
export function redisClientContract(open: Open<RedisClientProtocol>): readonly ContractTest[] {
  return contractTests(open, {
    'answers a ping with true': async (redis) => {
      assert.equal(await redis.ping(), true);
    },

    'gives back what was set, and null for what was not': async (redis) => {
      const [key = '', other = ''] = keys(2);
      assert.equal(await redis.set(key, 'grüße\u0000\n'), true);
      assert.equal(await redis.get(key), 'grüße\u0000\n');
      assert.equal(await redis.get(other), null);
      assert.deepEqual(await redis.mget(key, other), ['grüße\u0000\n', null]);
      assert.equal(await redis.deleteKey(key), 1);
      assert.equal(await redis.deleteKey(key), 0);
    },

    'sets a key that is not there for one caller only': async (redis) => {
      const [key = ''] = keys(1);
      const taken = await Promise.all(
        Array.from({ length: 20 }, (_, index) => redis.setIfNotExists(key, String(index), 60)),
      );
      assert.equal(taken.filter(Boolean).length, 1);
      assert.equal(await redis.get(key), String(taken.indexOf(true)));
      const ttl = await redis.ttl(key);
      assert.ok(ttl > 50 && ttl <= 60, `ttl is ${ttl}`);
    },

    'tells the time to live: seconds, -1 without one, -2 without a key': async (redis) => {
      const [key = '', other = ''] = keys(2);
      await redis.setex(key, 60, 'v');
      assert.ok((await redis.ttl(key)) > 50);
      assert.equal(await redis.persist(key), true);
      assert.equal(await redis.ttl(key), -1);
      assert.equal(await redis.ttl(other), -2);
      assert.equal(await redis.expire(other, 60), false);
      await redis.deleteKey(key);
    },

    'loses no addition of many at once': async (redis) => {
      const [key = ''] = keys(1);
      const sums = await Promise.all(Array.from({ length: 100 }, () => redis.incr(key)));
      assert.equal(new Set(sums).size, 100);
      assert.equal(await redis.incrby(key, -100), 0);
      await redis.deleteKey(key);
    },

    'does an addition beyond 2^53, and rejects for what it cannot tell': async (redis) => {
      const [key = ''] = keys(1);
      await redis.set(key, String(Number.MAX_SAFE_INTEGER));
      await rejects(redis.incrby(key, 2), 'COMMAND', true);
      assert.equal(await redis.get(key), '9007199254740993');
      await redis.deleteKey(key);
    },

    'keeps the order of calls': async (redis) => {
      const [key = ''] = keys(1);
      await Promise.all(Array.from({ length: 50 }, (_, index) => redis.rpush(key, String(index))));
      assert.deepEqual(
        await redis.lrange(key, 0, -1),
        Array.from({ length: 50 }, (_, index) => String(index)),
      );
      await redis.deleteKey(key);
    },

    'has sets, sorted sets and hashes': async (redis) => {
      const [set = '', sorted = '', hash = ''] = keys(3);
      assert.equal(await redis.sadd(set, 'a', 'b', 'a'), 2);
      assert.deepEqual(await redis.smembers(set), new Set(['a', 'b']));
      assert.equal(await redis.zadd(sorted, { b: 2, a: 1 }), 2);
      assert.deepEqual(await redis.zrange(sorted, 0, -1, { withScores: true }), [
        ['a', 1],
        ['b', 2],
      ]);
      assert.equal(await redis.hset(hash, { f: 'v', g: 'w' }), 2);
      assert.deepEqual(await redis.hgetall(hash), { f: 'v', g: 'w' });
      await redis.delete(set, sorted, hash);
    },

    'finds keys by a pattern': async (redis) => {
      const own = keys(25);
      await Promise.all(own.map((key) => redis.set(key, '')));
      const pattern = `${own[0]?.slice(0, -1) ?? ''}*`;
      assert.deepEqual((await redis.scanPattern(pattern)).toSorted(), own.toSorted());
      await redis.delete(...own);
    },

    'waits for an item, up to its time': async (redis) => {
      const [key = ''] = keys(1);
      const waiting = redis.blpop([key], 10);
      await redis.rpush(key, 'item');
      assert.deepEqual(await waiting, [key, 'item']);
      assert.equal(await redis.blpop([key], 0.01), null);
    },

    'refuses bad arguments before anything is sent': async (redis) => {
      const [key = ''] = keys(1);
      const calls = [
        redis.setex(key, 0, 'v'),
        redis.expire(key, 0.5),
        redis.zadd(key, { member: Number.NaN }),
        redis.delete(),
        redis.set(1 as unknown as string, 'v'),
        redis.blpop([key], -1),
      ];
      await Promise.all(calls.map((call) => rejects(call, 'ARGUMENT', false)));
      assert.equal(await redis.exists(key), 0);
    },

    'ends a wait for an item by its signal, and loses none': async (redis) => {
      const [key = ''] = keys(1);
      const reason = aReason('enough');
      for (let round = 0; round < 20; round += 1) {
        const giveUp = new AbortController();
        const taking = redis.blpop([key], 0, { signal: giveUp.signal });
        const taken = taking.catch((error: unknown) => error);
        if (round % 2 === 0) await redis.ping(); // at times it waits already, at times it does not
        giveUp.abort(reason);
        const [outcome] = await Promise.all([taken, redis.rpush(key, String(round))]);
        // Either it was given the item, or the item is still there.
        if (outcome === reason) assert.equal(await redis.lpop(key), String(round));
        else assert.deepEqual(outcome, [key, String(round)]);
        assert.equal(await redis.llen(key), 0);
      }
    },

    'rejects a command on a key of another type, with its code': async (redis) => {
      const [key = ''] = keys(1);
      await redis.set(key, 'text');
      await rejects(redis.lpop(key), 'COMMAND', false);
      await redis.deleteKey(key);
    },

    'brings what is published after the subscription was confirmed, in order': async (redis) => {
      const [channel = ''] = keys(1);
      await using subscription = await redis.subscribe(channel);
      for (const message of ['one', 'two', 'three']) assert.equal(await redis.publish(channel, message), 1);
      assert.deepEqual(await take(subscription, 3), ['one', 'two', 'three']);
    },
  });
}
