import assert from 'node:assert/strict';
import type { AtomicRedisClientProtocol } from '../../../protocols/redis.js';
import { keys, rejects } from './support.js';

type Tests = Readonly<Record<string, (redis: AtomicRedisClientProtocol) => Promise<void>>>;

export const sessionTests: Tests = {
  'runs the transaction of the original on a session, and gives the replies in order': async (redis) => {
    const [key = ''] = keys(1);
    await using session = await redis.session();
    assert.equal(await session.watch(key), true);
    const current = await session.get(key);
    assert.equal(await session.multi(), true);
    assert.equal(await session.setex(key, 3600, String(Number(current ?? 0) + 1)), true);
    await session.setIfNotExists(key, 'b');
    await session.deleteKey(key);
    await session.setIfNotExists(key, 'c', 60);
    assert.deepEqual(await session.exec(), ['OK', null, 1, 'OK']);
    assert.equal(await redis.get(key), 'c');
    await redis.deleteKey(key);
  },

  'sends nothing of a session before exec(), and drops it at unwatch()': async (redis) => {
    const [key = ''] = keys(1);
    await using session = await redis.session();
    await session.multi();
    await session.set(key, 'x');
    assert.equal(await redis.get(key), null);
    await session.unwatch();
    await rejects(session.exec(), 'SESSION_STATE', false);
    assert.equal(await redis.get(key), null);
  },

  'gives null from exec(), and applies nothing, if a watched key was changed': async (redis) => {
    const [key = ''] = keys(1);
    await using session = await redis.session();
    await session.watch(key);
    await redis.set(key, 'theirs');
    await session.multi();
    await session.set(key, 'ours');
    assert.equal(await session.exec(), null);
    assert.equal(await redis.get(key), 'theirs');
    await redis.deleteKey(key);
  },

  'watches nothing any more after exec() and after unwatch()': async (redis) => {
    const [key = ''] = keys(1);
    await using session = await redis.session();
    await session.watch(key);
    await session.multi();
    await session.set(key, 'first');
    assert.deepEqual(await session.exec(), ['OK']);
    await redis.set(key, 'theirs');
    await session.multi();
    await session.set(key, 'second');
    assert.deepEqual(await session.exec(), ['OK']);
    await session.watch(key);
    await redis.set(key, 'theirs');
    assert.equal(await session.unwatch(), true);
    await session.multi();
    await session.set(key, 'third');
    assert.deepEqual(await session.exec(), ['OK']);
    await redis.deleteKey(key);
  },

  'keeps two sessions and the shared connection apart, also when they interleave': async (redis) => {
    const [one = '', two = ''] = keys(2);
    await using first = await redis.session();
    await using second = await redis.session();
    await Promise.all([first.watch(one), second.watch(two)]);
    await Promise.all([first.multi(), second.multi()]);
    const [, , read] = await Promise.all([first.set(one, '1'), second.set(two, '2'), redis.get(one)]);
    assert.equal(read, null);
    await redis.set(two, 'theirs');
    assert.deepEqual(await Promise.all([first.exec(), second.exec()]), [['OK'], null]);
    assert.deepEqual(await redis.mget(one, two), ['1', 'theirs']);
    await redis.delete(one, two);
  },

  'loses no change of many sessions on one key': async (redis) => {
    const [counter = ''] = keys(1);
    const flow = async (): Promise<void> => {
      await using session = await redis.session();
      for (let done = 0; done < 10;) {
        await session.watch(counter);
        const value = Number((await session.get(counter)) ?? 0);
        await session.multi();
        await session.set(counter, String(value + 1));
        if ((await session.exec()) !== null) done += 1;
      }
    };
    await Promise.all(Array.from({ length: 8 }, flow));
    assert.equal(await redis.get(counter), '80');
    await redis.deleteKey(counter);
  },

  'refuses calls of a session out of order, and any after its end': async (redis) => {
    const [key = ''] = keys(1);
    await using session = await redis.session();
    await rejects(session.exec(), 'SESSION_STATE', false);
    await session.multi();
    for (const call of [session.multi(), session.watch(key), session.get(key)])
      await rejects(call, 'SESSION_STATE', false);
    await session.set(key, 'x');
    await rejects(session.setex(key, 0, 'y'), 'ARGUMENT', false);
    assert.deepEqual(await session.exec(), ['OK']);
    await rejects(session.watch(), 'ARGUMENT', false);
    await session.close();
    await session.close();
    for (const call of [session.get(key), session.watch(key), session.multi(), session.exec()])
      await rejects(call, 'SESSION_STATE', false);
    await redis.deleteKey(key);
  },

  'has the whole command set on a session, at once and queued': async (redis) => {
    const [key = ''] = keys(1);
    await using session = await redis.session();
    assert.equal(await session.hset(key, { a: '1', b: '2' }), 2);
    assert.deepEqual(await session.hgetall(key), { a: '1', b: '2' });
    await session.multi();
    assert.equal(await session.hincrby(key, 'a', 5), 0);
    assert.equal(await session.expire(key, 60), true);
    assert.deepEqual(await session.exec(), [6, 1]);
    assert.equal(await session.hget(key, 'a'), '6');
    await redis.deleteKey(key);
  },

  'sends calls of a session in their order, awaited or not': async (redis) => {
    const [key = ''] = keys(1);
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
    assert.deepEqual(results, [true, true, '1', true, 0, [11], '11', true, 12, true, true, null]);
    await redis.deleteKey(key);
  },
};
