import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { AtomicRedisClientProtocol, PubSubMessage, Subscription } from '../../protocols/redis.js';
import { type ContractTest, contractTests, type Open } from './contract.js';

/** Keys that no other test has, on a server that others may use. */
function keys(count: number): string[] {
  const test = randomUUID();
  return Array.from({ length: count }, (_, index) => `contract:${test}:${index}`);
}

async function next(subscription: Subscription): Promise<PubSubMessage> {
  for await (const message of subscription) return message;
  return assert.fail('The subscription ended.');
}

/** The error that a call rejects with. */
async function errorOf(call: Promise<unknown>): Promise<{ readonly code?: unknown }> {
  return call.then(
    () => assert.fail('The call did not reject.'),
    (error: unknown) => error as { readonly code?: unknown },
  );
}

/**
 * What everyone who stands for AtomicRedisClientProtocol has to do: the guarantees that services build on.
 *
 *     for (const { title, run } of redisClientContract(open)) it(title, run);
 */
export function redisClientContract(open: Open<AtomicRedisClientProtocol>): readonly ContractTest[] {
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

    'applies a transaction as a whole, and gives its results': async (redis) => {
      const [key = '', other = ''] = keys(2);
      await redis.set(key, '1');
      const results = await redis.transaction([key], async (tx) => {
        const value = Number(await tx.get(key));
        return tx
          .multi()
          .set(key, String(value + 1))
          .incr(other)
          .get(key);
      });
      assert.deepEqual(results, [true, 1, '2']);
      await redis.delete(key, other);
    },

    'loses no change of transactions at once: a conflict runs the work again': async (redis) => {
      const [key = ''] = keys(1);
      let runs = 0;
      const addOne = () =>
        redis.transaction([key], async (tx) => {
          runs += 1;
          const value = Number((await tx.get(key)) ?? 0);
          return tx.multi().set(key, String(value + 1));
        });
      await Promise.all(Array.from({ length: 8 }, addOne));
      assert.equal(await redis.get(key), '8');
      assert.ok(runs >= 8);
      await redis.deleteKey(key);
    },

    'applies nothing of a transaction whose work throws': async (redis) => {
      const [key = ''] = keys(1);
      const reason = new Error('the work failed');
      const error = await errorOf(
        redis.transaction([key], (tx) => {
          tx.multi().set(key, 'v');
          throw reason;
        }),
      );
      assert.equal(error, reason);
      assert.equal(await redis.get(key), null);
    },

    'refuses a transaction whose keys change each time, with its code': async (redis) => {
      const [key = ''] = keys(1);
      const error = await errorOf(
        redis.transaction(
          [key],
          async (tx) => {
            await tx.get(key);
            await redis.incr(key);
            return tx.multi().set(key, 'mine');
          },
          { retries: 1 },
        ),
      );
      assert.equal(error.code, 'SLIPWAY_REDIS_CONFLICT');
      assert.equal(await redis.get(key), '2');
      await redis.deleteKey(key);
    },

    'gives null from a session whose watched key was changed': async (redis) => {
      const [key = ''] = keys(1);
      await using session = await redis.session();
      await session.watch(key);
      await redis.set(key, 'theirs');
      await session.multi();
      await session.set(key, 'mine');
      assert.equal(await session.exec(), null);
      assert.equal(await redis.get(key), 'theirs');
      await redis.deleteKey(key);
    },

    'rejects a command on a key of another type, with its code': async (redis) => {
      const [key = ''] = keys(1);
      await redis.set(key, 'text');
      assert.equal((await errorOf(redis.lpop(key))).code, 'SLIPWAY_REDIS_COMMAND');
      await redis.deleteKey(key);
    },

    'brings what is published after the subscription was confirmed, in order': async (redis) => {
      const [channel = ''] = keys(1);
      await using subscription = await redis.subscribe(channel);
      for (const message of ['one', 'two', 'three']) assert.equal(await redis.publish(channel, message), 1);
      for (const data of ['one', 'two', 'three']) {
        const message = await next(subscription);
        assert.deepEqual([message.channel, message.data], [channel, data]);
      }
    },

    'counts who got a message, and brings none to a subscription that was closed': async (redis) => {
      const [channel = ''] = keys(1);
      const subscription = await redis.subscribe(channel);
      await subscription.close();
      assert.equal(await redis.publish(channel, 'nobody'), 0);
      for await (const _ of subscription) assert.fail('A message came after the end.');
    },

    "writes notifications to the user's channel as the original does": async (redis) => {
      const [userId = ''] = keys(1);
      assert.equal(redis.getUserChannel(userId), `ws:${userId}`);
      await using subscription = await redis.subscribe(`ws:${userId}`);
      await redis.publishUserNotification(userId, 'checked', { title: 'Über', words: 3 });
      assert.equal(
        (await next(subscription)).data,
        '{"event": "checked", "data": {"title": "\\u00dcber", "words": 3}}',
      );
    },
  });
}
