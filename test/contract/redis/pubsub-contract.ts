import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Subscription } from '../../../src/protocols/redis.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisClients, runOnce, uniquePrefix } from '../../support/redis-helpers.js';

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

  it('listens to itself', async () => {
    await using subscription = await redis.subscribe(`${prefix}self`);
    await redis.publish(`${prefix}self`, 'x');
    expect(await take(subscription, 1)).to.deep.equal(['x']);
  });

  const names = ['', '__proto__', 'constructor', ' ', 'å 漢 😀\r\n', 'x'.repeat(10_000)];
  for (const name of names) {
    it(`takes a channel, a pattern and a shard channel called ${JSON.stringify(name.slice(0, 20))}`, async () => {
      await using channel = await redis.pubsub.subscribe(name);
      await using pattern = await redis.pubsub.psubscribe(name);
      await using shard = await redis.pubsub.ssubscribe(name);
      expect(await other.pubsub.publish(name, 'to all')).to.be.at.least(2);
      expect(await other.pubsub.spublish(name, 'to the shard')).to.be.at.least(1);
      const read = await Promise.all([channel, pattern, shard].map((one) => take(one, 1)));
      expect(read.flat()).to.deep.equal(['to all', 'to all', 'to the shard']);
    });
  }

  describe('psubscribe', () => {
    it('delivers beside a subscription to the channel itself, each once', async () => {
      await using channel = await redis.pubsub.subscribe(`${prefix}beside`);
      await using pattern = await redis.pubsub.psubscribe(`${prefix}besid?`);
      await using same = await redis.pubsub.psubscribe(`${prefix}besid?`);
      expect(await other.publish(`${prefix}beside`, '1')).to.equal(2);
      await other.publish(`${prefix}beside`, '2');
      for (const subscription of [channel, pattern, same])
        expect(await take(subscription, 2)).to.deep.equal(['1', '2']);
      await pattern.close();
      expect(await other.publish(`${prefix}beside`, '3')).to.equal(2);
      await same.close();
      expect(await other.publish(`${prefix}beside`, '4')).to.equal(1);
    });
  });

  describe('ssubscribe', () => {
    it('gives what is published to the shard channel, and nothing of a channel of the same name', async () => {
      await using shard = await redis.pubsub.ssubscribe(`${prefix}shard`);
      expect(await other.publish(`${prefix}shard`, 'elsewhere')).to.equal(0);
      expect(await other.pubsub.spublish(`${prefix}shard`, 'here')).to.equal(1);
      expect(await take(shard, 1)).to.deep.equal(['here']);
    });
  });

  describe('a signal', () => {
    it('may be shared by many subscriptions', async () => {
      const { signal } = new AbortController();
      const warnings: Error[] = [];
      const onWarning = (warning: Error): void => void warnings.push(warning);
      process.on('warning', onWarning);
      try {
        const all = await Promise.all(
          Array.from({ length: 50 }, (_, index) => redis.subscribe(`${prefix}signal:${index}`, { signal })),
        );
        await Promise.all(all.map((subscription) => subscription.close()));
        await new Promise((resolve) => setImmediate(resolve));
      } finally {
        process.off('warning', onWarning);
      }
      expect(warnings).to.deep.equal([]);
    });
  });

  it('does without a word to the server for what is closed in the tick it was asked for', async () => {
    const aborting = new AbortController();
    const asked = redis.subscribe(`${prefix}brief`, { signal: aborting.signal }).catch(() => 'aborted');
    aborting.abort();
    await using after = await redis.subscribe(`${prefix}after`);
    expect(await asked).to.equal('aborted');
    expect(await other.publish(`${prefix}brief`, 'x')).to.equal(0);
    expect(await other.publish(after.channel, 'x')).to.equal(1);
  });

  it('ends every loop when the client stops', async () => {
    const stopping = await clients.start(url());
    const loops = await Promise.all([
      stopping.pubsub.subscribe(`${prefix}stops`),
      stopping.pubsub.psubscribe(`${prefix}stops*`),
      stopping.pubsub.ssubscribe(`${prefix}stops`),
    ]);
    const waiting = loops.map((subscription) => subscription.listen());
    await Promise.all(waiting.map((iterator) => iterator.next()));
    const ends = waiting.map((iterator) => iterator.next());
    await stopping.stop();
    expect((await Promise.all(ends)).map(({ done }) => done)).to.deep.equal([true, true, true]);
    expect(stopping.pubsub.subscriptions).to.equal(0);
  });

  it('holds ten thousand channels on one connection', async () => {
    const clientId = `ten-thousand-${prefix.slice(13, 21)}`;
    const many = await clients.start(url(), { clientId });
    const channels = Array.from({ length: 10_000 }, (_, index) => `${prefix}many:${index}`);
    const subscriptions = await Promise.all(channels.map((channel) => many.subscribe(channel)));
    expect(many.pubsub.subscriptions).to.equal(10_000);
    const connections = String(await runOnce(url(), 'client', 'list')).split(`name=${clientId}:pubsub`);
    expect(connections).to.have.length(2);
    const receivers = await Promise.all(channels.map((channel) => other.publish(channel, `to ${channel}`)));
    expect(new Set(receivers)).to.deep.equal(new Set([1]));
    const received = await Promise.all(subscriptions.map((subscription) => take(subscription, 1)));
    expect(received.flat()).to.deep.equal(channels.map((channel) => `to ${channel}`));
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
    expect(await other.publish(channels[0]!, 'x')).to.equal(0);
    expect(many.pubsub.subscriptions).to.equal(0);
  });

  it('keeps the newest 1000 messages for a slow reader and counts the rest', async () => {
    const channel = `${prefix}slow`;
    await using subscription = await redis.subscribe(channel);
    await using quick = await redis.subscribe(channel);
    await Promise.all(Array.from({ length: 1200 }, (_, index) => other.publish(channel, `${index}`)));
    await other.publish(channel, 'last');
    for await (const { data } of quick) if (data === 'last') break;
    expect([subscription.dropped, subscription.gaps]).to.deep.equal([201, 1]);
    const iterator = subscription.listen();
    await iterator.next();
    expect((await iterator.next()).value).to.deep.include({ type: 'gap', reason: 'overflow', dropped: 201 });
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
