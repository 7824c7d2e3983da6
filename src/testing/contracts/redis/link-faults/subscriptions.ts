import assert from 'node:assert/strict';
import type { PubSubGap, Subscription } from '../../../../protocols/redis.js';
import { keys, persistently, rejectsInTheEnd, servedAgain, take } from '../support.js';
import { brief, leave, soon, type Tests } from './scene.js';
import { until } from '../../outcomes.js';

/**
 * What a loop over the subscription is given from now on, when the subscription is there again: `gap`, and texts up to
 * `last`. Published to until it hears: the server's count may have in it a connection that has just been lost.
 */
async function hearAgain(
  subscription: Subscription,
  publish: (message: string) => Promise<number>,
): Promise<string[]> {
  const seen: string[] = [];
  const reading = (async () => {
    for await (const event of subscription.listen()) {
      if (event.type === 'gap') seen.push(`gap: ${event.reason}`);
      if (event.type === 'message') seen.push(event.data);
      if (seen.includes('last')) return;
    }
    assert.fail(`The subscription ended after ${seen.join(', ')}.`);
  })();
  await until(async () => {
    await publish('again');
    return seen.includes('again');
  }, 'the subscription is there again');
  await publish('last');
  await reading;
  return seen;
}

/** Holds that one gap is told, before any message that comes after it. */
async function assertOneGap(
  subscription: Subscription,
  publish: (message: string) => Promise<number>,
): Promise<void> {
  const [first, ...others] = await hearAgain(subscription, publish);
  assert.equal(first, 'gap: connection');
  assert.deepEqual(new Set(others), new Set(['again', 'last']));
  assert.equal(subscription.gaps, 1);
}

export const subscriptionTests: Tests = {
  'renews every subscription whose connection was lost, and tells each of the gap': async ({
    faults,
    start,
  }) => {
    const [name = '', prefix = ''] = keys(2);
    const redis = await start();
    const { pubsub } = redis;
    await using channel = await pubsub.subscribe(name);
    await using proto = await pubsub.subscribe('__proto__');
    await using pattern = await pubsub.psubscribe(`${prefix}*`);
    await using shard = await pubsub.ssubscribe(name);
    await faults.cut();
    await servedAgain(redis);
    await assertOneGap(channel, (message) => pubsub.publish(name, message));
    await assertOneGap(proto, (message) => pubsub.publish('__proto__', message));
    await assertOneGap(pattern, (message) => pubsub.publish(`${prefix}:1`, message));
    await assertOneGap(shard, (message) => pubsub.spublish(name, message));
  },

  'tells between which moments something may be missing': async ({ faults, start }) => {
    const [name = ''] = keys(1);
    const redis = await start();
    const { pubsub } = redis;
    const told: PubSubGap[] = [];
    await using subscription = await pubsub.subscribe(name, { onGap: (gap) => told.push(gap) });
    const cutAt = Date.now();
    await faults.cut();
    await servedAgain(redis);
    await hearAgain(subscription, (message) => pubsub.publish(name, message));
    const [gap] = told;
    assert.deepEqual([told.length, gap?.channel, gap?.reason, gap?.dropped], [1, name, 'connection', 0]);
    assert.ok(gap !== undefined && gap.since.getTime() <= cutAt && gap.until.getTime() >= cutAt);
  },

  'renews a subscription also where the connection is lost again while it does so': async ({
    faults,
    start,
  }) => {
    const [name = ''] = keys(1);
    const redis = await start();
    const { pubsub } = redis;
    await using subscription = await pubsub.subscribe(name);
    await faults.loseReply('subscribe');
    await faults.cut();
    await servedAgain(redis);
    const seen = await hearAgain(subscription, (message) => pubsub.publish(name, message));
    assert.equal(seen[0], 'gap: connection');
  },

  'confirms a subscription that was asked for while the server was away': async (scene) => {
    const [name = ''] = keys(1);
    const redis = await scene.start();
    const { pubsub } = redis;
    await leave(scene, redis);
    const asked = pubsub.subscribe(name);
    await scene.faults.refuse(false);
    await using subscription = await asked;
    assert.equal(await pubsub.publish(name, 'heard'), 1);
    assert.deepEqual(await take(subscription, 1), ['heard']);
  },

  'rejects a subscription that cannot be confirmed in time, and leaves nothing of it behind': async (
    scene,
  ) => {
    const [name = '', other = ''] = keys(2);
    const redis = await scene.start(brief);
    const { pubsub } = redis;
    await leave(scene, redis);
    await soon(rejectsInTheEnd(() => pubsub.subscribe(name), 'UNREACHABLE'));
    await scene.faults.refuse(false);
    await persistently(() => pubsub.subscribe(other));
    const late = await scene.start();
    assert.equal(await late.pubsub.publish(name, 'nobody'), 0);
  },

  'finds a dead connection for subscriptions though nobody writes on it': async ({ faults, start }) => {
    const [name = ''] = keys(1);
    const redis = await start(brief);
    await using subscription = await persistently(() => redis.pubsub.subscribe(name));
    await faults.forget();
    const late = await start();
    await until(() => subscription.gaps === 1, 'the gap is told');
    await assertOneGap(subscription, (message) => late.pubsub.publish(name, message));
  },

  'reads every entry of a stream once, in order and without a gap, over lost connections': async ({
    faults,
    start,
  }) => {
    const [stream = ''] = keys(1);
    const redis = await start();
    const { pubsub } = redis;
    await using reader = await pubsub.subscribeDurable(stream, { batch: 3 });
    const sent = Array.from({ length: 40 }, (_, index) => String(index));
    const reading = take(reader, sent.length);
    for (let round = 0; round < 4; round += 1) {
      await Promise.all(
        sent.slice(round * 10, round * 10 + 10).map((text) => pubsub.publishDurable(stream, text)),
      );
      await faults.cut();
      await servedAgain(redis);
    }
    assert.deepEqual(await reading, sent);
    assert.equal(reader.gaps, 0);
  },

  'gives a member of a group every message, also those of a reply that was lost': async ({
    faults,
    start,
  }) => {
    const [stream = ''] = keys(1);
    const redis = await start();
    const { pubsub } = redis;
    await using member = await pubsub.subscribeGroup(stream, { group: 'g', consumer: 'c', batch: 4 });
    const sent = Array.from({ length: 20 }, (_, index) => String(index));
    await faults.loseReply('xreadgroup');
    for (const text of sent) await pubsub.publishDurable(stream, text);
    const missing = new Set(sent);
    for await (const message of member) {
      missing.delete(message.data);
      await message.ack();
      if (missing.size === 0) break;
    }
    assert.equal(await redis.ping(), true);
    assert.equal(member.gaps, 0);
  },
};
