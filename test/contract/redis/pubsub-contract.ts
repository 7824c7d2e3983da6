import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { PubSubEvent, Subscription } from '../../../src/protocols/redis.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisClients, uniquePrefix } from '../../support/redis-helpers.js';

async function take(subscription: Subscription, count: number): Promise<string[]> {
  const taken: string[] = [];
  for await (const { data } of subscription) if (taken.push(data) === count) break;
  return taken;
}

/** What publish and subscribe promise, on any server. */
export function pubsubContract(url: () => string): void {
  const prefix = uniquePrefix();
  const clients = new RedisClients();
  let redis: RedisClient;
  let other: RedisClient;

  before(async () => {
    redis = await clients.start(url());
    other = await clients.start(url());
  });

  after(() => clients[Symbol.asyncDispose]());

  it('delivers what is published once subscribe has resolved, in order', async () => {
    await using subscription = await redis.subscribe(`${prefix}order`);
    const sent = Array.from({ length: 300 }, (_, index) => `message ${index} åäö`);
    const receivers = await Promise.all(sent.map((message) => other.publish(`${prefix}order`, message)));
    expect(new Set(receivers)).to.deep.equal(new Set([1]));
    expect(await take(subscription, sent.length)).to.deep.equal(sent);
  });

  it('tells that nobody listens', async () => {
    expect(await redis.publish(`${prefix}nobody`, 'x')).to.equal(0);
  });

  it('listens to itself', async () => {
    await using subscription = await redis.subscribe(`${prefix}self`);
    await redis.publish(`${prefix}self`, 'x');
    expect(await take(subscription, 1)).to.deep.equal(['x']);
  });

  it('gives the confirmation first with listen(), as the original does', async () => {
    await using subscription = await redis.subscribe(`${prefix}listen`);
    await other.publish(`${prefix}listen`, 'hello');
    const seen: PubSubEvent[] = [];
    for await (const message of subscription.listen()) {
      seen.push(message);
      if (message.type === 'message') break;
    }
    const channel = `${prefix}listen`;
    expect(seen).to.deep.equal([
      { type: 'subscribe', channel, data: channel },
      { type: 'message', channel, data: 'hello' },
    ]);
  });

  it('serves any number of local subscriptions of a channel with one on the server', async () => {
    const channel = `${prefix}shared`;
    const subscriptions = await Promise.all([1, 2, 3].map(() => redis.subscribe(channel)));
    expect(await other.publish(channel, 'to all')).to.equal(1);
    for (const subscription of subscriptions) expect(await take(subscription, 1)).to.deep.equal(['to all']);
    await subscriptions[0]?.close();
    expect(await other.publish(channel, 'to the rest')).to.equal(1);
    expect(await take(subscriptions[1]!, 1)).to.deep.equal(['to the rest']);
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
    expect(await other.publish(channel, 'to none')).to.equal(0);
  });

  it('ends up right however subscribe and close interleave', async () => {
    const channel = `${prefix}interleave`;
    for (let round = 0; round < 50; round += 1) {
      const first = await redis.subscribe(channel);
      const closing = first.close();
      const second = redis.subscribe(channel);
      await closing;
      await using subscription = await second;
      expect(await other.publish(channel, `${round}`)).to.equal(1);
      expect(await take(subscription, 1)).to.deep.equal([`${round}`]);
    }
    expect(await other.publish(channel, 'x')).to.equal(0);
  });

  it('ends the iteration of a subscription that is closed', async () => {
    const subscription = await redis.subscribe(`${prefix}closed`);
    const iterator = subscription[Symbol.asyncIterator]();
    const waiting = iterator.next();
    await subscription.close();
    await subscription.close();
    expect((await waiting).done).to.equal(true);
    expect((await iterator.next()).done).to.equal(true);
  });

  for (const name of ['__proto__', 'constructor', 'å 漢\r\n']) {
    it(`takes a channel called ${JSON.stringify(name)}`, async () => {
      await using subscription = await redis.subscribe(name);
      expect(await other.publish(name, 'x')).to.be.at.least(1);
      expect(await take(subscription, 1)).to.deep.equal(['x']);
    });
  }

  it('holds a thousand channels on one connection', async () => {
    const channels = Array.from({ length: 1000 }, (_, index) => `${prefix}many:${index}`);
    const subscriptions = await Promise.all(channels.map((channel) => redis.subscribe(channel)));
    await Promise.all(channels.map((channel) => other.publish(channel, `to ${channel}`)));
    const received = await Promise.all(subscriptions.map((subscription) => take(subscription, 1)));
    expect(received.flat()).to.deep.equal(channels.map((channel) => `to ${channel}`));
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
  });

  it('keeps the newest 1000 messages for a slow reader and counts the rest', async () => {
    const channel = `${prefix}slow`;
    await using subscription = await redis.subscribe(channel);
    await using quick = await redis.subscribe(channel);
    await Promise.all(Array.from({ length: 1200 }, (_, index) => other.publish(channel, `${index}`)));
    await other.publish(channel, 'last');
    for await (const { data } of quick) if (data === 'last') break;
    expect(subscription.dropped).to.equal(201);
    expect((await take(subscription, 1000))[0]).to.equal('201');
  });

  describe('publishUserNotification', () => {
    interface Vector {
      readonly name: string;
      readonly input: { readonly user_id: string; readonly event_type: string; readonly data: string };
      readonly expect: { readonly channel: string; readonly message: string };
    }
    const lines = readFileSync('test/fixtures/vectors/notification.jsonl', 'utf8').trim().split('\n');
    for (const line of lines) {
      const vector = JSON.parse(line) as Vector;
      // JSON.parse knows neither NaN nor the difference between 1.0 and 1: test/unit/events covers these.
      if (vector.name === 'nan' || vector.name === 'float') continue;
      it(`sends the original's bytes to the original's channel: ${vector.name}`, async () => {
        const { user_id: userId, event_type: eventType, data } = vector.input;
        expect(redis.getUserChannel(userId)).to.equal(vector.expect.channel);
        await using subscription = await other.subscribe(vector.expect.channel);
        await redis.publishUserNotification(userId, eventType, JSON.parse(data) as Record<string, unknown>);
        expect(await take(subscription, 1)).to.deep.equal([vector.expect.message]);
      });
    }
  });
}
