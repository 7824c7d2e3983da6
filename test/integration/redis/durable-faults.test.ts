import { expect } from 'chai';
import * as sinon from 'sinon';
import type { DurableMessage } from '../../../src/index.js';
import type { StreamSubscription } from '../../../src/redis/stream-subscription.js';
import { RedisClients, redisErrorOf, runOnce, timeSince } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';
import { listenTo, numbered } from '../../support/stream-reading.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

describe('subscriptions to streams under faults', () => {
  const clients = new RedisClients();
  let server: RunningRedis;
  let proxy: TcpProxy;

  before(async () => {
    server = await startRedis();
  });

  beforeEach(async () => {
    proxy = await TcpProxy.start(server.port);
    await runOnce(server.url, 'flushall');
  });

  afterEach(async () => {
    await clients[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  after(() => server[Symbol.asyncDispose]());

  it('read every entry once, in order, over any number of cuts', async () => {
    const redis = await clients.start(`redis://127.0.0.1:${proxy.port}`);
    const publisher = await clients.start(server.url);
    await using reader = await redis.pubsub.subscribeDurable('s', { batch: 7 });
    const reading = listenTo(reader, 'last');
    for (let cut = 0; cut < 10; cut += 1) {
      await Promise.all(numbered(cut * 50, 50).map((text) => publisher.pubsub.publishDurable('s', text)));
      proxy.cut();
      proxy.cutAtReply(cut % 3);
    }
    await publisher.pubsub.publishDurable('s', 'last');
    const { messages, gaps } = await reading;
    expect(messages).to.deep.equal([...numbered(0, 500), 'last']);
    expect(gaps).to.deep.equal([]);
    expect(reader.gaps).to.equal(0);
  });

  it('give a member every entry, also those of replies that were lost, and those it has in hand once', async () => {
    const redis = await clients.start(`redis://127.0.0.1:${proxy.port}`);
    const publisher = await clients.start(server.url);
    await using reader = await redis.pubsub.subscribeGroup('s', { group: 'g', consumer: 'c', batch: 7 });
    const unacknowledged: { ack(): Promise<boolean> }[] = [];
    const reading = listenTo(reader, 'last', async (message) => unacknowledged.push(message));
    for (let cut = 0; cut < 10; cut += 1) {
      await Promise.all(numbered(cut * 50, 50).map((text) => publisher.pubsub.publishDurable('s', text)));
      proxy.cut();
      proxy.cutAtReply(cut % 3);
    }
    await publisher.pubsub.publishDurable('s', 'last');
    const { messages, gaps } = await reading;
    expect(messages.toSorted()).to.deep.equal([...numbered(0, 500), 'last'].toSorted());
    expect(gaps).to.deep.equal([]);
    const acknowledged: boolean[] = [];
    for (const message of unacknowledged) acknowledged.push(await message.ack());
    expect(new Set(acknowledged)).to.deep.equal(new Set([true]));
  });

  it('go on after kill -9 of a server that keeps its data, and miss nothing', async () => {
    const redis = await clients.start(server.url);
    await using reader = await redis.pubsub.subscribeDurable('s');
    await using member = await redis.pubsub.subscribeGroup('s', { group: 'g', consumer: 'c' });
    const reading = Promise.all([listenTo(reader, 'after'), listenTo(member, 'after')]);
    for (const text of numbered(0, 20)) await redis.pubsub.publishDurable('s', text);
    await server.kill();
    await until(() => redis.status.state === 'unavailable');
    await server.restart();
    await redis.pubsub.publishDurable('s', 'after');
    for (const { messages, gaps } of await reading) {
      expect(messages).to.deep.equal([...numbered(0, 20), 'after']);
      expect(gaps).to.deep.equal([]);
    }
  });

  it('announce that a server came back without its data, and read on', async () => {
    await using forgetful = await startRedis({ config: { appendonly: 'no' } });
    const redis = await clients.start(forgetful.url);
    await using reader = await redis.pubsub.subscribeDurable('s');
    await using fresh = await redis.pubsub.subscribeDurable('t');
    await using member = await redis.pubsub.subscribeGroup('s', { group: 'g', consumer: 'c' });
    const first = Promise.all([listenTo(reader, '19'), listenTo(member, '19')]);
    for (const text of numbered(0, 20)) await redis.pubsub.publishDurable('s', text);
    await first;
    const reading = Promise.all([
      listenTo(reader, 'after'),
      listenTo(member, 'after'),
      listenTo(fresh, 'after'),
    ]);
    const killedAt = Date.now();
    await forgetful.kill();
    await until(() => redis.status.state === 'unavailable');
    await forgetful.restart();
    for (const stream of ['s', 't']) {
      await redis.pubsub.publishDurable(stream, 'new');
      await redis.pubsub.publishDurable(stream, 'after');
    }
    for (const { messages, gaps } of await reading) {
      expect(messages).to.deep.equal(['new', 'after']);
      expect(gaps).to.have.length(1);
      expect(gaps[0]?.since.getTime()).to.be.at.most(killedAt);
      expect(gaps[0]?.until.getTime()).to.be.within(killedAt, Date.now());
    }
    await redis.stop();
  });

  it('announce it too where an entry comes between two questions of a reader', async () => {
    await using forgetful = await startRedis({ config: { appendonly: 'no' } });
    const redis = await clients.start(forgetful.url);
    await using reader = await redis.pubsub.subscribeDurable('t');
    const reading = listenTo(reader, 'after');
    await forgetful.kill();
    const deadAt = Date.now();
    const { connection } = reader as StreamSubscription<DurableMessage>;
    const execute = connection.execute.bind(connection);
    const published = new Promise<void>((resolve) => {
      const asked = sinon.stub(connection, 'execute').callsFake(async (command) => {
        if (command.name === 'xinfo') {
          asked.restore();
          await redis.pubsub.publishDurable('t', 'between');
          resolve();
        }
        return execute(command);
      });
    });
    await forgetful.restart();
    await published;
    await redis.pubsub.publishDurable('t', 'after');
    const { messages, gaps } = await reading;
    expect(messages).to.deep.equal(['between', 'after']);
    expect(gaps).to.have.length(1);
    expect(gaps[0]?.since.getTime()).to.be.at.most(deadAt);
    await redis.stop();
  });

  it('find a dead link, degrade their client meanwhile, and read on', async () => {
    const redis = await clients.start(`redis://127.0.0.1:${proxy.port}`);
    const publisher = await clients.start(server.url);
    await using reader = await redis.pubsub.subscribeDurable('s');
    const reading = listenTo(reader, 'after');
    proxy.blackHole();
    await until(() => redis.status.state === 'degraded', 'it is degraded', 8000);
    await publisher.pubsub.publishDurable('s', 'after');
    proxy.blackHole(false);
    expect(await reading).to.deep.equal({ messages: ['after'], gaps: [] });
    const { reconnects } = redis.status;
    expect(reconnects).to.be.greaterThan(0);
    await reader.close();
    expect(redis.status.reconnects).to.equal(reconnects);
  });

  it('wait for a server that is away no longer than the deadline, and leave nothing behind', async () => {
    const redis = await clients.start(server.url, { deadlineMs: 500 });
    await server.kill();
    await until(() => redis.status.state === 'unavailable');
    const lateSince = performance.now();
    const late = redis.pubsub.subscribeDurable('s');
    expect(await timeSince(lateSince, late)).to.be.within(490, 5000);
    expect((await redisErrorOf(late)).code).to.equal('SLIPWAY_REDIS_UNREACHABLE');
    await server.restart();
    await until(() => redis.status.state === 'ready');
    const list = String(await runOnce(server.url, 'client', 'list'));
    expect(list).to.not.contain('name=test:stream');
  });

  it('close in a moment though a read blocks on the server', async () => {
    const redis = await clients.start(server.url);
    const reader = await redis.pubsub.subscribeDurable('s');
    const end = reader[Symbol.asyncIterator]().next();
    await until(async () => String(await runOnce(server.url, 'client', 'list')).includes('cmd=xread'));
    await reader.close();
    expect((await end).done).to.equal(true);
  });
});
