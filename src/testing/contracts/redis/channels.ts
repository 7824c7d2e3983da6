import assert from 'node:assert/strict';
import type { PubSubEvent, PubSubGap, RedisPubSubProtocol, Subscription } from '../../../protocols/redis.js';
import { aReason, keys, rejects, take } from './support.js';
import { errorOf, until } from '../outcomes.js';

type Tests = Readonly<Record<string, (pubsub: RedisPubSubProtocol) => Promise<void>>>;

/** Publishes more than a subscription with this policy has room for: `0` to `9`, and room for three. */
async function overflow(
  pubsub: RedisPubSubProtocol,
  policy: 'drop-oldest' | 'error' | 'disconnect',
  onGap?: (gap: PubSubGap) => void,
): Promise<Subscription> {
  const [channel = ''] = keys(1);
  const options = { capacity: 3, overflow: policy, ...(onGap === undefined ? {} : { onGap }) };
  const slow = await pubsub.subscribe(channel, options);
  await using quick = await pubsub.subscribe(channel);
  for (let index = 0; index < 10; index += 1) await pubsub.publish(channel, String(index));
  // Both are on one connection, so that the slow one has them all too.
  await take(quick, 10);
  return slow;
}

export const channelTests: Tests = {
  'delivers what is published once subscribe has resolved, once and in order': async (pubsub) => {
    const [channel = ''] = keys(1);
    await using subscription = await pubsub.subscribe(channel);
    const sent = Array.from({ length: 300 }, (_, index) => `message ${index} åäö`);
    const receivers = await Promise.all(sent.map((message) => pubsub.publish(channel, message)));
    assert.deepEqual(new Set(receivers), new Set([1]));
    assert.deepEqual(await take(subscription, sent.length), sent);
  },

  'counts who got a message, and nobody once a subscription is closed': async (pubsub) => {
    const [channel = ''] = keys(1);
    const subscription = await pubsub.subscribe(channel);
    assert.equal(await pubsub.publish(channel, 'heard'), 1);
    await subscription.close();
    await subscription.close();
    assert.equal(await pubsub.publish(channel, 'nobody'), 0);
    for await (const _ of subscription) assert.fail('A message came after the end.');
  },

  'ends a loop that waits when its subscription is closed': async (pubsub) => {
    const [channel = ''] = keys(1);
    const subscription = await pubsub.subscribe(channel);
    const waiting = subscription[Symbol.asyncIterator]().next();
    await subscription.close();
    assert.equal((await waiting).done, true);
  },

  'gives the confirmation first with listen(), as the original does': async (pubsub) => {
    const [channel = ''] = keys(1);
    await using subscription = await pubsub.subscribe(channel);
    await pubsub.publish(channel, 'hello');
    const seen: PubSubEvent[] = [];
    for await (const event of subscription.listen()) if (seen.push(event) === 2) break;
    assert.deepEqual(seen, [
      { type: 'subscribe', channel, data: channel },
      { type: 'message', channel, data: 'hello' },
    ]);
  },

  'asks the server once for a channel, however many subscriptions want it': async (pubsub) => {
    const [channel = ''] = keys(1);
    const all = await Promise.all([1, 2, 3].map(() => pubsub.subscribe(channel)));
    assert.equal(await pubsub.publish(channel, 'to all'), 1);
    for (const subscription of all) assert.deepEqual(await take(subscription, 1), ['to all']);
    await all[0]?.close();
    assert.equal(await pubsub.publish(channel, 'to the rest'), 1);
    await Promise.all(all.map((subscription) => subscription.close()));
    assert.equal(await pubsub.publish(channel, 'to none'), 0);
  },

  'ends up right however subscribe and close interleave': async (pubsub) => {
    const [channel = ''] = keys(1);
    for (let round = 0; round < 50; round += 1) {
      const first = await pubsub.subscribe(channel);
      const closing = first.close();
      const second = pubsub.subscribe(channel);
      await closing;
      await using subscription = await second;
      assert.equal(await pubsub.publish(channel, String(round)), 1);
      assert.deepEqual(await take(subscription, 1), [String(round)]);
    }
    assert.equal(await pubsub.publish(channel, 'x'), 0);
  },

  'takes any text as the name of a channel, a pattern and a shard channel': async (pubsub) => {
    const [prefix = ''] = keys(1);
    for (const name of ['', '__proto__', 'constructor', `${prefix} `, `${prefix}å 漢 😀\r\n`]) {
      await using channel = await pubsub.subscribe(name);
      await using pattern = await pubsub.psubscribe(name);
      await using shard = await pubsub.ssubscribe(name);
      assert.ok((await pubsub.publish(name, `to ${prefix}`)) >= 2);
      assert.ok((await pubsub.spublish(name, `to ${prefix}`)) >= 1);
      for (const one of [channel, pattern, shard])
        for await (const { data } of one) if (data === `to ${prefix}`) break;
    }
  },

  'refuses a name that has no UTF-8, instead of listening to another one': async (pubsub) => {
    await rejects(pubsub.subscribe('half \ud83d'), 'ARGUMENT', false);
    await rejects(pubsub.psubscribe('\ude00*'), 'ARGUMENT', false);
    await rejects(pubsub.ssubscribe('\ud83d'), 'ARGUMENT', false);
  },

  'refuses options of a subscription that have no meaning': async (pubsub) => {
    const nothing = { capacity: 0 };
    for (const options of [
      nothing,
      { capacity: 1.5 },
      { capacityBytes: -1 },
      { overflow: 'drop-all' as 'error' },
    ])
      await rejects(pubsub.subscribe('c', options), 'ARGUMENT', false);
  },

  'gives a pattern what any matching channel gets, with pattern and channel': async (pubsub) => {
    const [prefix = ''] = keys(1);
    const pattern = `${prefix}:[ab]:*`;
    await using subscription = await pubsub.psubscribe(pattern);
    for (const name of ['a:1', 'c:1', 'b:2']) await pubsub.publish(`${prefix}:${name}`, name);
    const seen: PubSubEvent[] = [];
    for await (const message of subscription) if (seen.push(message) === 2) break;
    assert.deepEqual(
      seen,
      ['a:1', 'b:2'].map((data) => ({ type: 'message', channel: `${prefix}:${data}`, data, pattern })),
    );
  },

  'keeps shard channels and channels of the same name apart, and each when the other ends': async (
    pubsub,
  ) => {
    const [name = ''] = keys(1);
    for (const first of ['channel', 'shard'] as const) {
      const channel = await pubsub.subscribe(name);
      const shard = await pubsub.ssubscribe(name);
      assert.equal(await pubsub.publish(name, 'channel'), 1);
      assert.equal(await pubsub.spublish(name, 'shard'), 1);
      assert.deepEqual([await take(channel, 1), await take(shard, 1)], [['channel'], ['shard']]);
      const [ends, stays] = first === 'channel' ? [channel, shard] : [shard, channel];
      await ends.close();
      assert.equal(await pubsub[first === 'channel' ? 'spublish' : 'publish'](name, 'still here'), 1);
      assert.deepEqual(await take(stays, 1), ['still here']);
      await stays.close();
    }
  },

  'lets the oldest give way to a slow consumer, and tells how many, in their place': async (pubsub) => {
    const told: PubSubGap[] = [];
    await using subscription = await overflow(pubsub, 'drop-oldest', (gap) => told.push(gap));
    assert.deepEqual(await take(subscription, 3), ['7', '8', '9']);
    assert.deepEqual(
      told.map(({ reason, dropped }) => [reason, dropped]),
      [['overflow', 7]],
    );
    assert.deepEqual([subscription.dropped, subscription.gaps], [7, 1]);
  },

  'ends the subscription of a slow consumer with an error, after what waited, where that is asked for':
    async (pubsub) => {
      await using subscription = await overflow(pubsub, 'error');
      const seen: string[] = [];
      const reading = (async () => {
        for await (const { data } of subscription) seen.push(data);
      })();
      await rejects(reading, 'OVERFLOW', false);
      assert.deepEqual(seen, ['0', '1', '2']);
    },

  'cuts off a slow consumer where that is asked for': async (pubsub) => {
    await using subscription = await overflow(pubsub, 'disconnect');
    for await (const _ of subscription) assert.fail('It was given a message.');
    assert.equal(await pubsub.publish(subscription.channel, 'nobody'), 0);
  },

  'throws to the loop what onGap throws': async (pubsub) => {
    const reason = aReason('the state is old');
    const onGap = (): void => {
      throw reason;
    };
    await using subscription = await overflow(pubsub, 'drop-oldest', onGap);
    assert.equal(await errorOf(take(subscription, 1)), reason);
  },

  'refuses a signal that is aborted, and ends what waits or reads when one aborts': async (pubsub) => {
    const [channel = ''] = keys(1);
    const reason = aReason('no more');
    const signal = AbortSignal.abort(reason);
    assert.equal(await errorOf(pubsub.subscribe(channel, { signal })), reason);
    const waiting = new AbortController();
    const asked = errorOf(pubsub.subscribe(channel, { signal: waiting.signal }));
    waiting.abort(reason);
    assert.equal(await asked, reason);
    const reading = new AbortController();
    const subscription = await pubsub.subscribe(channel, { signal: reading.signal });
    const next = subscription[Symbol.asyncIterator]().next();
    reading.abort(reason);
    assert.equal((await next).done, true);
    await until(async () => (await pubsub.publish(channel, 'x')) === 0, 'nobody listens');
  },

  "writes notifications to the user's channel as the original does": async (pubsub) => {
    const [userId = ''] = keys(1);
    assert.equal(pubsub.getUserChannel(userId), `ws:${userId}`);
    await using subscription = await pubsub.subscribe(`ws:${userId}`);
    await pubsub.publishUserNotification(userId, 'checked', { title: 'Über', words: 3 });
    assert.deepEqual(await take(subscription, 1), [
      '{"event": "checked", "data": {"title": "\\u00dcber", "words": 3}}',
    ]);
  },
};
