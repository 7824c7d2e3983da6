import assert from 'node:assert/strict';
import { keys, persistently, rejects, rejectsInTheEnd, servedAgain, take } from '../support.js';
import { brief, leave, soon, type Tests } from './scene.js';
import { errorOf } from '../../outcomes.js';

export const commandTests: Tests = {
  'says of a command whose reply was lost that it may have been applied, and never sends it again': async ({
    faults,
    start,
  }) => {
    const [key = ''] = keys(1);
    const redis = await start();
    await faults.loseReply('incr');
    await rejects(redis.incr(key), 'CONNECTION_LOST', true);
    await servedAgain(redis);
    assert.equal(await redis.get(key), '1');
  },

  'never calls a key a duplicate that it has set itself, where the reply was lost': async ({
    faults,
    start,
  }) => {
    const [key = ''] = keys(1);
    const redis = await start();
    await faults.loseReply('set');
    await rejects(redis.setIfNotExists(key, 'mine', 60), 'CONNECTION_LOST', true);
    await servedAgain(redis);
    assert.equal(await redis.get(key), 'mine');
    assert.equal(await redis.setIfNotExists(key, 'other', 60), false);
  },

  'lets a command wait for a server that is away, and carries it out once it is back': async (scene) => {
    const [key = ''] = keys(1);
    const redis = await scene.start();
    await leave(scene, redis);
    const waiting = Promise.all([redis.incr(key), redis.get(key)]);
    await scene.faults.refuse(false);
    assert.deepEqual(await waiting, [1, '1']);
  },

  'rejects by its deadline what could not be sent, and never sends it': async (scene) => {
    const [key = ''] = keys(1);
    const redis = await scene.start(brief);
    await leave(scene, redis);
    const error = await soon(rejectsInTheEnd(() => redis.incr(key), 'UNREACHABLE'));
    assert.equal(error.retryable, true);
    await scene.faults.refuse(false);
    await servedAgain(redis);
    const late = await scene.start();
    assert.equal(await late.get(key), null);
  },

  'rejects at its deadline what a frozen server does not answer, and mixes up no replies after it': async ({
    faults,
    start,
  }) => {
    const own = keys(20);
    const redis = await start(brief);
    await faults.stall();
    const errors = await soon(Promise.all(own.map((key) => errorOf(redis.incr(key)))));
    assert.ok(errors.every(({ maybeApplied }) => maybeApplied === true));
    // The first whose deadline passes takes the connection, and so the others, with it.
    const codes = new Set(errors.map(({ code }) => code));
    codes.delete('SLIPWAY_REDIS_CONNECTION_LOST');
    assert.deepEqual([...codes], ['SLIPWAY_REDIS_TIMEOUT']);
    await faults.resume();
    const [key = '', ...others] = own;
    await persistently(() => redis.set(key, key));
    const late = await start();
    await Promise.all(others.map((other) => late.set(other, other)));
    const reading = own.map((name) => redis.get(name));
    for (const [index, outcome] of (await Promise.allSettled(reading)).entries())
      if (outcome.status === 'fulfilled') assert.equal(outcome.value, own[index]);
  },

  'gives the answer of a server that answers late, and in time': async ({ faults, start }) => {
    const [key = ''] = keys(1);
    const redis = await start();
    await faults.stall();
    const answer = redis.incr(key);
    await faults.resume();
    assert.equal(await answer, 1);
  },

  'leaves a connection that is dead once a call met it': async ({ faults, start }) => {
    const [key = ''] = keys(1);
    const redis = await start(brief);
    await faults.forget();
    await soon(rejects(redis.incr(key), 'TIMEOUT', true));
    await soon(servedAgain(redis));
  },

  'says of a wait whose reply was lost that it may have taken an item': async ({ faults, start }) => {
    const [key = ''] = keys(1);
    const redis = await start();
    await faults.loseReply('blpop');
    const waiting = rejects(redis.blpop([key], 60), 'CONNECTION_LOST', true);
    await redis.rpush(key, 'item');
    await waiting;
    assert.equal(await redis.llen(key), 0);
  },

  'bounds a wait for an item by its own time and one deadline': async ({ faults, start }) => {
    const [key = ''] = keys(1);
    const redis = await start(brief);
    assert.equal(await persistently(() => redis.blpop([key], 0.01)), null);
    await faults.stall();
    await soon(rejects(redis.blpop([key], 0.05), 'TIMEOUT', true));
  },

  'says why it cannot start, and starts once the server is there': async ({ faults, createClient }) => {
    const redis = createClient();
    await faults.refuse(true);
    const error = await soon(rejects(redis.start(), 'UNREACHABLE', false));
    assert.match(error.message, /ECONNREFUSED/);
    await faults.refuse(false);
    await redis.start();
    assert.equal(await redis.ping(), true);
  },

  'says that the connection was lost while it started': async ({ faults, createClient }) => {
    const redis = createClient();
    await faults.loseReply('hello');
    await soon(rejects(redis.start(), 'UNREACHABLE', false));
    await redis.start();
    assert.equal(await redis.ping(), true);
  },

  'gives up a start at its deadline where nothing answers': async ({ faults, createClient }) => {
    const redis = createClient(brief);
    await faults.stall();
    await soon(rejects(redis.start(), 'TIMEOUT', false));
  },

  'stops in bounded time on a frozen server, and says what it does not know': async ({ faults, start }) => {
    const [key = '', list = '', channel = ''] = keys(3);
    const redis = await start();
    await using session = await redis.session();
    await session.watch(key);
    const subscription = await redis.subscribe(channel);
    await faults.stall();
    const under = errorOf(redis.incr(key));
    const others = [
      redis.blpop([list], 0),
      redis.transaction([key], (tx) => tx.get(key)),
      session.get(key),
      redis.subscribe(list),
    ].map((call) => errorOf(call));
    await soon(redis.stop());
    assert.equal((await under).maybeApplied, true);
    await Promise.all(others);
    await assert.rejects(take(subscription, 1), /ended after 0/);
  },

  'rejects what waits to be sent when it is stopped': async (scene) => {
    const [key = ''] = keys(1);
    const redis = await scene.start();
    await leave(scene, redis);
    const waiting = rejects(redis.incr(key), 'STOPPED', false);
    await soon(redis.stop());
    await waiting;
  },
};
