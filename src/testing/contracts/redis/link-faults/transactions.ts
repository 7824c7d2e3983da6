import assert from 'node:assert/strict';
import { keys, persistently, rejects, servedAgain } from '../support.js';
import { brief, soon, type Tests } from './scene.js';

export const transactionTests: Tests = {
  'runs a transaction again whose connection was lost before EXEC, on what others wrote meanwhile': async (
    scene,
  ) => {
    for (const readsAfterwards of [false, true]) {
      const [key = ''] = keys(1);
      const redis = await scene.start();
      const seen: (string | null)[] = [];
      await redis.transaction([key], async (tx) => {
        const value = await tx.get(key);
        seen.push(value);
        if (seen.length === 1) {
          await scene.faults.cut();
          await servedAgain(redis);
          await redis.set(key, '999');
          if (readsAfterwards) await tx.get(key);
        }
        tx.multi().set(key, String(Number(value) + 1));
      });
      assert.deepEqual(seen, [null, '999']);
      assert.equal(await redis.get(key), '1000');
    }
  },

  'calls it a conflict where the connection of a transaction is lost each time': async ({
    faults,
    start,
  }) => {
    const [key = ''] = keys(1);
    const redis = await start();
    let runs = 0;
    const work = redis.transaction(
      [key],
      async (tx) => {
        runs += 1;
        await tx.get(key);
        await faults.cut();
        await servedAgain(redis);
        tx.multi().incr(key);
      },
      { retries: 1 },
    );
    await rejects(work, 'CONFLICT', false);
    assert.deepEqual([runs, await redis.get(key)], [2, null]);
  },

  'never runs a transaction again whose EXEC was sent and not answered': async ({ faults, start }) => {
    const [key = ''] = keys(1);
    const redis = await start();
    await faults.loseReply('exec');
    let runs = 0;
    const work = redis.transaction([key], (tx) => {
      runs += 1;
      tx.multi().incr(key);
    });
    await rejects(work, 'CONNECTION_LOST', true);
    await servedAgain(redis);
    assert.deepEqual([runs, await redis.get(key)], [1, '1']);
  },

  'ends a transaction at its deadline on a frozen server, with nothing applied': async ({
    faults,
    start,
  }) => {
    const [key = ''] = keys(1);
    const redis = await start(brief);
    await persistently(() => redis.transaction([key], (tx) => tx.get(key)));
    await faults.stall();
    const work = redis.transaction([key], async (tx) => {
      await tx.get(key);
      tx.multi().incr(key);
    });
    await soon(rejects(work, 'TIMEOUT', false));
    await faults.resume();
    const late = await start();
    assert.equal(await late.get(key), null);
  },

  'calls it a conflict where the connection of a pipeline was lost before execute()': async ({
    faults,
    start,
  }) => {
    const [key = ''] = keys(1);
    const redis = await start();
    await using pipeline = await redis.createTransactionPipeline(key);
    await faults.cut();
    await servedAgain(redis);
    pipeline.multi().incr(key);
    await rejects(pipeline.execute(), 'CONFLICT', false);
    assert.equal(await redis.get(key), null);
  },

  'says of a pipeline whose EXEC was not answered that it may have been applied': async ({
    faults,
    start,
  }) => {
    const [key = ''] = keys(1);
    const redis = await start();
    await using pipeline = await redis.createTransactionPipeline(key);
    pipeline.multi().incr(key);
    await faults.loseReply('exec');
    await rejects(pipeline.execute(), 'CONNECTION_LOST', true);
    await servedAgain(redis);
    assert.equal(await redis.get(key), '1');
  },

  'gives null from exec() of a session whose connection was lost since watch(), with nothing applied':
    async ({ faults, start }) => {
      const [key = ''] = keys(1);
      const redis = await start();
      await using session = await redis.session();
      await session.watch(key);
      await faults.cut();
      await servedAgain(redis);
      await redis.set(key, 'theirs');
      await session.multi();
      await session.set(key, 'ours');
      assert.equal(await session.exec(), null);
      assert.equal(await redis.get(key), 'theirs');
    },

  'refuses other calls of a session that lost what it watched, until it begins anew': async ({
    faults,
    start,
  }) => {
    const [key = ''] = keys(1);
    const redis = await start();
    await using session = await redis.session();
    await session.watch(key);
    await faults.cut();
    await servedAgain(redis);
    for (const call of [session.get(key), session.set(key, 'x'), session.watch(key)])
      await rejects(call, 'SESSION_LOST', false);
    assert.equal(await session.unwatch(), true);
    assert.equal(await session.watch(key), true);
    await session.multi();
    await session.set(key, 'x');
    assert.deepEqual(await session.exec(), ['OK']);
  },

  'goes on with a session that watched nothing when the connection was lost': async ({ faults, start }) => {
    const [key = ''] = keys(1);
    const redis = await start();
    await using session = await redis.session();
    await session.set(key, 'x');
    await faults.cut();
    await servedAgain(redis);
    assert.equal(await session.get(key), 'x');
  },

  'says of a session whose EXEC was not answered that it may have been applied': async ({
    faults,
    start,
  }) => {
    const [key = ''] = keys(1);
    const redis = await start();
    await using session = await redis.session();
    await session.watch(key);
    await session.multi();
    await session.set(key, 'applied');
    await faults.loseReply('exec');
    await rejects(session.exec(), 'CONNECTION_LOST', true);
    await servedAgain(redis);
    assert.equal(await redis.get(key), 'applied');
  },
};
