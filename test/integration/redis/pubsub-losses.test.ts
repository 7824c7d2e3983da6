import { expect } from 'chai';
import type { PubSubGap } from '../../../src/index.js';
import { PubSubAccount } from '../../support/pubsub-account.js';
import { RedisClients, runOnce } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

describe('losses of RedisPubSub', () => {
  const clients = new RedisClients();
  let server: RunningRedis;
  let proxy: TcpProxy;

  before(async () => {
    server = await startRedis({ config: { 'client-output-buffer-limit': 'pubsub 256kb 0 0' } });
  });

  beforeEach(async () => {
    proxy = await TcpProxy.start(server.port);
  });

  afterEach(async () => {
    await clients[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  after(() => server[Symbol.asyncDispose]());

  it('are all announced over 20 cuts, also within SUBSCRIBE, and every subscription comes back', async () => {
    const redis = await clients.start(`redis://127.0.0.1:${proxy.port}`);
    const publisher = await clients.start(server.url);
    const names = Array.from({ length: 10 }, (_, index) => `cuts ${index}`);
    const subscriptions = await Promise.all([
      ...names.map((name) => redis.pubsub.subscribe(name)),
      redis.pubsub.subscribe('cuts 0'),
    ]);
    await using shard = await redis.pubsub.ssubscribe('cuts');
    await using pattern = await redis.pubsub.psubscribe('cuts [0-9]');
    const account = new PubSubAccount(publisher.pubsub, subscriptions);
    for (let cut = 0; cut < 20; cut += 1) {
      for (let round = 0; round < 5; round += 1) await account.publish();
      proxy.cut();
      // The first replies after it are those of the handshake, then those of SUBSCRIBE.
      if (cut % 5 === 0) proxy.cutAtReply(1 + (cut % 4));
      await account.publishUntilHeard(5000);
    }
    await account.settle();
    const { published, received, missed, unannounced, disordered } = account.balance();
    expect({ unannounced, disordered }).to.deep.equal({ unannounced: 0, disordered: 0 });
    expect(received).to.equal(published - missed);
    expect(missed).to.be.greaterThan(0);
    expect(await publisher.pubsub.spublish('cuts', 'x')).to.equal(1);
    for (const subscription of [...subscriptions, shard, pattern])
      expect(subscription.gaps, subscription.channel).to.be.within(20, 80);
    await account.close();
  });

  it('are announced where the server closes a connection that reads too slowly', async () => {
    const redis = await clients.start(`redis://127.0.0.1:${proxy.port}`);
    const publisher = await clients.start(server.url);
    const subscription = await redis.subscribe('slow');
    const account = new PubSubAccount(publisher.pubsub, [subscription]);
    await account.publish();
    proxy.stopReading();
    const large = 'x'.repeat(64 * 1024);
    await until(async () => !(await account.publish(large)), 'the publish is refused', 8000);
    proxy.stopReading(false);
    await account.settle();
    const { missed, unannounced, disordered } = account.balance();
    expect({ unannounced, disordered }).to.deep.equal({ unannounced: 0, disordered: 0 });
    expect(missed).to.be.greaterThan(0);
    expect(subscription.gaps).to.be.within(1, 3);
    await account.close();
  });

  it('by a slow consumer are counted and announced exactly', async () => {
    const redis = await clients.start(server.url);
    const subscriptions = await Promise.all([
      redis.subscribe('burst', { capacity: 50 }),
      redis.subscribe('burst', { capacity: 50, capacityBytes: 1000 }),
    ]);
    const account = new PubSubAccount(redis.pubsub, subscriptions, () => new Promise(setImmediate));
    for (let round = 0; round < 20; round += 1)
      await Promise.all(Array.from({ length: 100 }, () => account.publish('some text')));
    await account.settle();
    const { missed, dropped, unannounced, disordered } = account.balance();
    expect({ unannounced, disordered }).to.deep.equal({ unannounced: 0, disordered: 0 });
    expect(missed).to.be.greaterThan(0);
    const counted = subscriptions.reduce((total, subscription) => total + subscription.dropped, 0);
    expect([dropped, counted]).to.deep.equal([missed, missed]);
    await account.close();
  });

  it('are announced where the server drops a client, with the moments between which something may be missed', async () => {
    const redis = await clients.start(server.url, { clientId: 'dropped' });
    const told: PubSubGap[] = [];
    await using before = await redis.subscribe('before', { onGap: (gap) => told.push(gap) });
    const reading = before[Symbol.asyncIterator]().next();
    const list = String(await runOnce(server.url, 'client', 'list'));
    const id = /^id=(\d+) .* name=dropped:pubsub /m.exec(list)?.[1] ?? '';
    const killedAt = Date.now();
    await runOnce(server.url, 'client', 'kill', 'id', id);
    await using meanwhile = await redis.subscribe('before');
    await until(() => told.length === 1);
    expect(told[0]).to.deep.include({ type: 'gap', channel: 'before', reason: 'connection', dropped: 0 });
    expect(told[0]?.since.getTime()).to.be.within(killedAt - 6000, killedAt);
    expect(told[0]?.until.getTime()).to.be.within(killedAt, Date.now());
    await redis.publish('before', 'after');
    expect((await reading).value).to.include({ data: 'after' });
    expect([before.gaps, meanwhile.gaps <= 1]).to.deep.equal([1, true]);
  });
});
