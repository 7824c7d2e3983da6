import { once } from 'node:events';
import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import { MemoryRedisServer } from '../../../src/redis/memory/memory-redis-server.js';
import { memoryRedis } from '../../../src/redis/memory/registry.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisClients, redisErrorOf } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';

function serverOf(client: RedisClient): MemoryRedisServer {
  expect(client.memory).to.be.instanceOf(MemoryRedisServer);
  return client.memory as MemoryRedisServer;
}

describe(MemoryRedisServer.name, () => {
  const clients = new RedisClients();

  afterEach(() => clients[Symbol.asyncDispose]());

  it('is private to its client behind memory://, and keeps its data over a restart of the client', async () => {
    const [first, second] = [await clients.start('memory://'), await clients.start('memory://')];
    await first.setIfNotExists('k', 'v');
    expect(await second.get('k')).to.equal(null);
    await first.stop();
    await first.start();
    expect(await first.get('k')).to.equal('v');
  });

  it('is shared in the process behind memory://name', async () => {
    const [first, second] = [
      await clients.start('memory://shared-one'),
      await clients.start('memory://shared-one'),
    ];
    await using subscription = await first.subscribe('c');
    await second.setIfNotExists('k', 'v');
    expect(await first.get('k')).to.equal('v');
    expect(await second.publish('c', 'm')).to.equal(1);
    expect(subscription.channel).to.equal('c');
    expect(first.memory).to.equal(memoryRedis('shared-one'));
    expect(first.memory).to.not.equal(memoryRedis('another'));
  });

  it('forgets connections that are closed', async () => {
    const client = await clients.start('memory://');
    const server = serverOf(client);
    await (await client.session()).close();
    await client.subscribe('c');
    expect(server.connections.map(({ name }) => name)).to.deep.equal(['test', 'test:pubsub']);
    await client.stop();
    await until(() => server.connections.length === 0);
    expect(server.channels.names).to.deep.equal([]);
  });

  it('lets keys expire by the clock, with no timer', async () => {
    const client = await clients.start('memory://');
    const clock = useFakeTimers({ now: Date.now(), toFake: ['Date'] });
    try {
      await client.setex('k', 60, 'v');
      clock.tick(59_999);
      expect(await client.get('k')).to.equal('v');
      clock.tick(1);
      expect(await client.get('k')).to.equal(null);
      expect(await client.scanPattern('*')).to.deep.equal([]);
    } finally {
      clock.restore();
    }
  });

  it('lets keys expire by its own clock, which a test moves', async () => {
    let now = 1_000_000;
    const server = new MemoryRedisServer({ now: () => now });
    const link = await server.connect();
    const reply = async (line: string): Promise<string> => {
      link.write(`${line}\r\n`);
      const [bytes] = (await once(link, 'data')) as [Buffer];
      return bytes.toString();
    };
    expect(await reply('SETEX k 60 v')).to.equal('+OK\r\n');
    now += 30_000;
    expect(await reply('TTL k')).to.equal(':30\r\n');
    server.clock.advance(29_999);
    expect(await reply('EXISTS k')).to.equal(':1\r\n');
    server.clock.advance(1);
    expect(await reply('EXISTS k')).to.equal(':0\r\n');
    expect(await reply('SET k v PX 10 NX')).to.equal('+OK\r\n');
    server.clock.advance(10);
    expect(await reply('EXPIRE k 1')).to.equal(':0\r\n');
    link.destroy();
  });

  it('runs no Lua, and says so, but the twin of a script', async () => {
    const client = await clients.start('memory://');
    const source = 'return ARGV[1]';
    const error = await redisErrorOf(client.registerScript(source));
    expect(error.message).to.contain('server.registerScript(source, twin)');
    serverOf(client).registerScript(source, ({ args: [first = ''] }) => first);
    const sha = await client.registerScript(source);
    expect(await client.executeScript(sha, [], ['x'])).to.equal('x');
    const broken = 'error()';
    serverOf(client).registerScript(broken, () => {
      throw new Error('broken');
    });
    const failed = await redisErrorOf(client.executeScript(await client.registerScript(broken), [], []));
    expect(failed.message).to.contain('ERR broken');
    expect(await client.ping()).to.equal(true);
  });

  it('lets those who wait for a list have it in their order, when a transaction is through', async () => {
    const client = await clients.start('memory://');
    const server = serverOf(client);
    const waiting = async (count: number): Promise<void> => {
      await until(() => server.blocked.count === count);
    };
    const first = client.blpop(['l'], 5);
    await waiting(1);
    const second = client.blpop(['l'], 5);
    await waiting(2);
    const session = await client.session();
    await session.multi();
    await session.rpush('l', 'a');
    await session.lpush('l', 'b', 'c');
    await session.exec();
    expect(await Promise.all([first, second])).to.deep.equal([
      ['l', 'c'],
      ['l', 'b'],
    ]);
    const cut = redisErrorOf(client.blpop(['none'], 5));
    await waiting(1);
    server.faults.cut();
    expect((await cut).maybeApplied).to.equal(true);
    await waiting(0);
    expect(await client.lrange('l', 0, -1)).to.deep.equal(['a']);
  });

  it('finds every key that stays with scanPattern, while others come and go', async () => {
    const client = await clients.start('memory://');
    const staying = Array.from({ length: 1500 }, (_, index) => `stay:${index}`);
    for (const key of staying) {
      await client.setex(`go:${key}`, 60, 'x');
      await client.setex(key, 60, 'x');
    }
    const scanning = client.scanPattern('stay:*');
    await Promise.all(staying.map((key) => client.deleteKey(`go:${key}`)));
    expect((await scanning).toSorted()).to.deep.equal(staying.toSorted());
  });

  describe('faults', () => {
    it('refuse: start says that the connection was refused', async () => {
      const client = clients.create('memory://');
      serverOf(client).faults.refuse();
      expect((await redisErrorOf(client.start())).code).to.equal('SLIPWAY_REDIS_UNREACHABLE');
      serverOf(client).faults.refuse(false);
      await client.start();
    });

    it('cut: the client reconnects and its subscriptions come back', async () => {
      const client = await clients.start('memory://');
      await using subscription = await client.subscribe('c');
      const lost = client.get('k');
      serverOf(client).faults.cut();
      expect(await redisErrorOf(lost)).to.include({
        code: 'SLIPWAY_REDIS_CONNECTION_LOST',
        maybeApplied: true,
      });
      await until(async () => (await client.publish('c', 'm')) === 1);
      expect((await subscription[Symbol.asyncIterator]().next()).value).to.include({ data: 'm' });
      expect(client.status.reconnects).to.equal(2);
    });

    it('stall: operations time out, and are carried out on resume', async () => {
      const client = await clients.start('memory://', { deadlineMs: 200 });
      const { faults } = serverOf(client);
      faults.stall();
      const begin = performance.now();
      const write = client.setex('k', 60, 'v');
      expect(await redisErrorOf(write)).to.include({ code: 'SLIPWAY_REDIS_TIMEOUT', maybeApplied: true });
      expect(performance.now() - begin).to.be.within(190, 5000);
      faults.resume();
      await until(() => client.status.state === 'ready');
      expect(await client.get('k')).to.equal('v');
    });

    it('loseReply: an item that BLPOP took may be lost with it, and the error says so', async () => {
      const client = await clients.start('memory://');
      serverOf(client).faults.loseReply('BLPOP');
      const item = redisErrorOf(client.blpop(['l'], 5));
      await until(() => serverOf(client).blocked.count === 1);
      await client.rpush('l', 'x');
      expect((await item).maybeApplied).to.equal(true);
      expect(await client.llen('l')).to.equal(0);
    });

    it('readOnly: start refuses it, writes are refused, and it is left once', async () => {
      const client = clients.create('memory://');
      const { faults } = serverOf(client);
      faults.readOnly();
      expect((await redisErrorOf(client.start())).code).to.equal('SLIPWAY_REDIS_READ_ONLY');
      faults.readOnly(false);
      await client.start();
      faults.readOnly();
      for (let index = 0; index < 5; index += 1) {
        expect((await redisErrorOf(client.set('k', 'v'))).code).to.equal('SLIPWAY_REDIS_READ_ONLY');
        expect(await client.get('k')).to.equal(null);
      }
      expect(client.status.reconnects).to.equal(1);
      faults.readOnly(false);
      expect(await client.set('k', 'v')).to.equal(true);
    });

    it('loading: start waits for it up to its deadline, and commands are refused', async () => {
      const client = clients.create('memory://', { deadlineMs: 200 });
      const { faults } = serverOf(client);
      faults.loading();
      expect((await redisErrorOf(client.start())).code).to.equal('SLIPWAY_REDIS_LOADING');
      const starting = client.start();
      faults.loading(false);
      await starting;
      faults.loading();
      const error = await redisErrorOf(client.get('k'));
      expect(error).to.include({ code: 'SLIPWAY_REDIS_LOADING', maybeApplied: false, retryable: true });
    });

    it('requirePassword: a client without one is refused', async () => {
      const client = clients.create('memory://');
      const { faults } = serverOf(client);
      faults.requirePassword('secret');
      expect((await redisErrorOf(client.start())).code).to.equal('SLIPWAY_REDIS_NO_AUTH');
      faults.requirePassword(undefined);
      await client.start();
      expect(await client.ping()).to.equal(true);
    });

    it('dropReplies: operations are carried out and time out', async () => {
      const client = await clients.start('memory://', { deadlineMs: 200 });
      const { faults } = serverOf(client);
      faults.dropReplies();
      expect((await redisErrorOf(client.setex('k', 60, 'v'))).maybeApplied).to.equal(true);
      faults.dropReplies(false);
      await until(() => client.status.state === 'ready');
      expect(await client.get('k')).to.equal('v');
    });

    it('loseReply: one reply of that command is lost, with its connection', async () => {
      const client = await clients.start('memory://');
      serverOf(client).faults.loseReply('SET');
      expect(await client.ping()).to.equal(true);
      const error = await redisErrorOf(client.setIfNotExists('k', 'mine', 60));
      expect(error).to.include({ code: 'SLIPWAY_REDIS_CONNECTION_LOST', maybeApplied: true });
      expect(await client.get('k')).to.equal('mine');
      expect(await client.setIfNotExists('k', 'other', 60)).to.equal(false);
    });
  });
});
