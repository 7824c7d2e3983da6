import { expect } from 'chai';
import type { Subscription } from '../../../src/protocols/redis.js';
import { RedisBehindProxy } from '../../support/redis-behind-proxy.js';
import { redisErrorOf, timeSince } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';

/** Publishes until a subscriber counts it, then gives what the subscription reads first. */
async function firstAfter(
  publish: () => Promise<number>,
  subscription: Subscription,
  limitMs: number,
): Promise<string | undefined> {
  await until(async () => (await publish()) > 0, 'somebody hears it', limitMs);
  const { value } = (await subscription[Symbol.asyncIterator]().next()) as IteratorResult<
    { data: string },
    undefined
  >;
  return value?.data;
}

describe('RedisPubSub under faults', () => {
  const behind = new RedisBehindProxy();
  const { clients } = behind;

  it('subscribes anew when a killed server is back', async () => {
    const redis = await clients.start(behind.server.url);
    const subscriptions = await Promise.all(
      ['one', 'two', '__proto__'].map((channel) => redis.subscribe(channel)),
    );
    await behind.server.kill();
    await until(() => redis.status.state === 'unavailable');
    await behind.server.restart();
    for (const subscription of subscriptions) {
      const { channel } = subscription;
      expect(await firstAfter(() => redis.publish(channel, `to ${channel}`), subscription, 2500)).to.equal(
        `to ${channel}`,
      );
    }
    expect(redis.status).to.include({ state: 'ready', reconnects: 2 });
  });

  it('keeps a subscription that was asked for while the server was away, and drops one that was closed then', async () => {
    const redis = await clients.start(behind.server.url);
    const closed = await redis.subscribe('closed-meanwhile');
    await behind.server.kill();
    await until(() => redis.status.state === 'unavailable');
    await closed.close();
    const asked = redis.subscribe('asked-meanwhile');
    await behind.server.restart();
    await using subscription = await asked;
    expect(await redis.publish('asked-meanwhile', 'x')).to.equal(1);
    expect(await redis.publish('closed-meanwhile', 'x')).to.equal(0);
    expect(subscription.dropped).to.equal(0);
  });

  it('waits with the first subscription of all for a server that is away, no longer than the deadline', async () => {
    const redis = await clients.start(behind.server.url, { deadlineMs: 1000 });
    await behind.server.kill();
    await until(() => redis.status.state === 'unavailable');
    const lateSince = performance.now();
    const late = redis.subscribe('late');
    expect(await timeSince(lateSince, late)).to.be.within(990, 6000);
    const error = await redisErrorOf(late);
    expect(error.code).to.equal('SLIPWAY_REDIS_UNREACHABLE');
    expect(error.message).to.contain('late').and.contain('ECONNREFUSED');
    const waiting = redis.subscribe('in time');
    await behind.server.restart();
    await using subscription = await waiting;
    expect(await redis.publish('in time', 'x')).to.equal(1);
    expect(await redis.publish('late', 'x')).to.equal(0);
    expect(subscription.channel).to.equal('in time');
    expect(redis.status.reconnects).to.equal(1);
  });

  it('rejects a subscription that the server does not confirm in time, and forgets it', async () => {
    const redis = await clients.start(behind.url, { deadlineMs: 500 });
    await redis.subscribe('first');
    behind.proxy.blackHole();
    const subscribingSince = performance.now();
    const subscribing = redis.subscribe('second');
    expect(await timeSince(subscribingSince, subscribing)).to.be.within(490, 6000);
    await subscribing.then(
      () => expect.fail('it was confirmed'),
      (error: Error) => expect(error.message).to.contain('SLIPWAY_REDIS_TIMEOUT').and.contain('second'),
    );
    behind.proxy.blackHole(false);
    const publisher = await clients.start(behind.server.url);
    await until(async () => (await publisher.publish('first', 'x')) === 1, 'the subscription is back', 4000);
    expect(await publisher.publish('second', 'x')).to.equal(0);
  });

  it('finds a dead link though nobody writes, and is degraded meanwhile', async () => {
    const redis = await clients.start(behind.url);
    const subscription = await redis.subscribe('idle');
    const publisher = await clients.start(behind.server.url);
    behind.proxy.blackHole();
    await until(() => redis.status.state === 'degraded', 'it is degraded', 8000);
    behind.proxy.blackHole(false);
    expect(await firstAfter(() => publisher.publish('idle', 'again'), subscription, 4000)).to.equal('again');
    await until(() => redis.status.state === 'ready');
  });
});
