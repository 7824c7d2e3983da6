import assert from 'node:assert/strict';
import { defineScript } from '../../../redis/script.js';
import type { ContractTest } from '../contract.js';
import { faultTests, type OpenFaulty, type RedisServerFaults, type Scene } from './faults.js';
import { brief, soon } from './link-faults/scene.js';
import { keys, listenUntil, persistently, rejects, rejectsInTheEnd, servedAgain, take } from './support.js';
import { errorOf, until } from '../outcomes.js';

type Test = (scene: Scene<RedisServerFaults>) => Promise<void>;

const writeRefusals = {
  memory: 'OUT_OF_MEMORY',
  replicas: 'NO_REPLICAS',
  disk: 'NOT_PERSISTING',
} as const;

function refusesWrites(lacking: keyof typeof writeRefusals): Test {
  return async ({ faults, start }) => {
    const [key = '', other = ''] = keys(2);
    const redis = await start();
    await redis.set(key, 'before');
    await faults.refuseWrites(lacking);
    const code = writeRefusals[lacking];
    const error = await rejects(redis.set(key, 'after'), code, false);
    assert.equal(error.retryable, true);
    await rejects(
      redis.transaction([key], (tx) => tx.multi().set(key, 'after').incr(other)),
      code,
      false,
    );
    assert.deepEqual(await redis.mget(key, other), ['before', null]);
    // Also for who comes now.
    const late = await start();
    assert.equal(await late.get(key), 'before');
    await faults.refuseWrites(undefined);
    assert.equal(await redis.set(key, 'after'), true);
  };
}

/**
 * What a client of Redis promises when its server fails it. One after the other, if they share a server.
 *
 *     for (const { title, run } of redisServerFaultsContract(open)) it(title, run);
 */
export function redisServerFaultsContract(open: OpenFaulty<RedisServerFaults>): readonly ContractTest[] {
  return faultTests(open, {
    'rejects writes for the want of memory, in a transaction too, and goes on reading':
      refusesWrites('memory'),
    'rejects writes for the want of replicas, in a transaction too, and goes on reading':
      refusesWrites('replicas'),
    'rejects writes for the want of a disk, in a transaction too, and goes on reading': refusesWrites('disk'),

    'rejects writes to a server that became read-only, and goes on reading': async ({
      faults,
      start,
      createClient,
    }) => {
      const [key = ''] = keys(1);
      const redis = await start();
      await redis.set(key, 'before');
      await faults.readOnly(true);
      const error = await rejects(redis.set(key, 'after'), 'READ_ONLY', false);
      assert.equal(error.retryable, true);
      await rejects(
        redis.transaction([key], (tx) => tx.multi().incr(key)),
        'READ_ONLY',
        false,
      );
      assert.equal(await redis.get(key), 'before');
      await rejects(createClient().start(), 'READ_ONLY', false);
      await faults.readOnly(false);
      assert.equal(await redis.set(key, 'after'), true);
    },

    'says that the server is loading its data, and serves when it has': async ({
      faults,
      start,
      createClient,
    }) => {
      const [key = ''] = keys(1);
      const [redis, lost] = [await start(), await start(brief)];
      await faults.loading(true);
      const error = await rejects(redis.get(key), 'LOADING', false);
      assert.equal(error.retryable, true);
      await soon(rejectsInTheEnd(() => createClient(brief).start(), 'LOADING'));
      await faults.cut();
      await until(
        () => errorOf(lost.get(key)).then(({ code }) => code === 'SLIPWAY_REDIS_LOADING'),
        'it meets the server that loads',
      );
      const starting = createClient().start();
      await faults.loading(false);
      await starting;
      await servedAgain(redis);
      assert.equal(await redis.get(key), null);
    },

    'says that a script keeps the server busy, and serves when it is over': async ({
      faults,
      start,
      createClient,
    }) => {
      const [key = ''] = keys(1);
      const redis = await start();
      await faults.busy(true);
      await rejects(redis.set(key, 'x'), 'BUSY', false);
      await soon(rejects(createClient().start(), 'BUSY', false));
      await faults.busy(false);
      assert.equal(await redis.get(key), null);
    },

    'says that the server takes no more connections, and serves when it does': async ({
      faults,
      start,
      createClient,
    }) => {
      const redis = await start();
      await faults.full(true);
      await soon(rejects(createClient().start(), 'MAX_CLIENTS', false));
      assert.equal(await redis.ping(), true);
      await faults.full(false);
      await createClient().start();
    },

    'says that a password is wanted, at its start and when it comes back, and serves when none is': async ({
      faults,
      start,
      createClient,
    }) => {
      const redis = await start(brief);
      await faults.requirePassword('another');
      // A connection that is open is not asked.
      assert.equal(await persistently(() => redis.ping()), true);
      await soon(rejects(createClient().start(), 'NO_AUTH', false));
      await faults.cut();
      await until(
        () => errorOf(redis.ping()).then(({ code }) => code === 'SLIPWAY_REDIS_NO_AUTH'),
        'it is asked',
      );
      await faults.requirePassword(undefined);
      await servedAgain(redis);
    },

    'refuses a channel that the server forbids, and not the others of that moment': async ({
      faults,
      start,
    }) => {
      const [prefix = '', forbidden = ''] = keys(2);
      const redis = await start();
      await faults.allowChannels(`${prefix}*`);
      // Asked for in one command, which the server refuses as a whole.
      const asked = redis.subscribe(`${prefix}:1`);
      const refused = redis.subscribe(forbidden);
      await rejects(refused, 'NO_PERMISSION', false);
      await using subscription = await asked;
      assert.equal(await redis.publish(`${prefix}:1`, 'heard'), 1);
      assert.deepEqual(await take(subscription, 1), ['heard']);
      // What may not be renewed any more ends, with the reason.
      const reading = take(subscription, 1);
      await faults.allowChannels(forbidden);
      await rejects(reading, 'NO_PERMISSION', false);
    },

    'rejects at its deadline what a frozen process does not answer, and serves when it goes on': async ({
      faults,
      start,
    }) => {
      const [key = ''] = keys(1);
      const redis = await start(brief);
      await faults.stall();
      await soon(rejects(redis.incr(key), 'TIMEOUT', true));
      await faults.resume();
      await servedAgain(redis);
      const late = await start();
      assert.equal(await late.get(key), '1');
    },

    'goes on after a restart of the server: gaps in channels, none in streams, nothing watched': async ({
      faults,
      start,
    }) => {
      const [key = '', name = ''] = keys(2);
      const redis = await start();
      const { pubsub } = redis;
      await using subscription = await pubsub.subscribe(name);
      await using reader = await pubsub.subscribeDurable(name);
      await using session = await redis.session();
      await session.watch(key);
      await pubsub.publishDurable(name, '1');
      assert.deepEqual(await take(reader, 1), ['1']);
      await redis.set(key, 'kept');
      await faults.restart({ keepsData: true });
      await servedAgain(redis);
      assert.equal(await redis.get(key), 'kept');
      await session.multi();
      await session.set(key, 'ours');
      assert.equal(await session.exec(), null);
      await pubsub.publishDurable(name, '2');
      assert.deepEqual(await take(reader, 1), ['2']);
      assert.equal(reader.gaps, 0);
      await until(async () => (await pubsub.publish(name, 'last')) === 1, 'the subscription is there again');
      assert.deepEqual(await listenUntil(subscription, 'last'), ['gap: connection', 'last']);
    },

    'tells readers of a stream that the server came back without its data, and goes on': async ({
      faults,
      start,
    }) => {
      const [stream = ''] = keys(1);
      const redis = await start();
      const { pubsub } = redis;
      await using reader = await pubsub.subscribeDurable(stream);
      await using member = await pubsub.subscribeGroup(stream, { group: 'g', consumer: 'c' });
      for (const text of ['1', '2']) await pubsub.publishDurable(stream, text);
      for (const one of [reader, member]) assert.deepEqual(await take(one, 2), ['1', '2']);
      await faults.restart({ keepsData: false });
      await servedAgain(redis);
      for (const text of ['3', 'last']) await pubsub.publishDurable(stream, text);
      for (const one of [reader, member])
        assert.deepEqual(await listenUntil(one, 'last'), ['gap: trimmed', '3', 'last']);
    },

    'runs a script that the server has forgotten': async ({ faults, start }) => {
      const [key = ''] = keys(1);
      const script = defineScript({
        source: `return redis.call('INCRBY', KEYS[1], ARGV[1])`,
        decode: Number,
        twin: ({ keys: [counter = ''], args: [amount = ''], call }) => call('INCRBY', counter, amount),
      });
      const redis = await start();
      assert.equal(await redis.runScript(script, [key], ['2']), 2);
      await faults.restart({ keepsData: false });
      await servedAgain(redis);
      assert.equal(await redis.runScript(script, [key], ['3']), 3);
    },

    'reads a large value while it has subscriptions, and loses none of them': async ({ start }) => {
      const [key = '', name = ''] = keys(2);
      const redis = await start();
      await using subscription = await redis.subscribe(name);
      const large = 'x'.repeat(2 ** 20);
      await redis.set(key, large);
      assert.deepEqual(await redis.mget(key, key), [large, large]);
      assert.equal(await redis.publish(name, 'heard'), 1);
      assert.equal(subscription.gaps, 0);
    },
  });
}
