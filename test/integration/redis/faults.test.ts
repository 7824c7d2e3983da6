import { expect } from 'chai';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisBehindProxy } from '../../support/redis-behind-proxy.js';
import { openResources, redisErrorOf, runOnce, timeOf, uniquePrefix } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { redisUrl } from '../../support/servers/addresses.js';
import { startRedis } from '../../support/servers/redis-server.js';

const deadlineMs = 1000;
/** What a deadline may be missed by on a busy machine. */
const slackMs = 3000;

describe('RedisClient under faults', () => {
  const behind = new RedisBehindProxy();
  const { clients } = behind;

  const throughProxy = (): Promise<RedisClient> => clients.start(behind.url, { deadlineMs });

  it('settles every operation in time while the server is dead, and serves again by itself', async () => {
    const redis = await clients.start(behind.server.url, { deadlineMs });
    await behind.server.kill();
    const operations = [
      redis.get('k'),
      redis.setIfNotExists('k', 'v', 60),
      redis.ping(),
      redis.publish('c', 'm'),
    ];
    const times = await Promise.all(operations.map(timeOf));
    expect(Math.max(...times)).to.be.lessThan(deadlineMs + slackMs);
    for (const operation of operations) {
      const error = await redisErrorOf(operation);
      expect(error.code).to.be.oneOf(['SLIPWAY_REDIS_UNREACHABLE', 'SLIPWAY_REDIS_CONNECTION_LOST']);
      expect(error.retryable).to.equal(true);
    }
    expect(redis.status.state).to.equal('unavailable');
    expect(redis.status.lastError).to.contain('ECONNREFUSED');
    expect(() => redis.raw)
      .to.throw('ECONNREFUSED')
      .with.property('code', 'SLIPWAY_REDIS_UNREACHABLE');
    expect(redis.status.reconnects).to.equal(0);

    await behind.server.restart();
    const back = performance.now();
    await until(() => redis.status.state === 'ready');
    expect(performance.now() - back).to.be.lessThan(6000);
    expect(await redis.setIfNotExists('after', 'v', 60)).to.equal(true);
    expect(redis.status.reconnects).to.equal(1);
    expect(redis.status.lastError).to.equal(undefined);
  });

  it('carries out an operation that waited while the server was away for less than its deadline', async () => {
    const redis = await clients.start(behind.server.url);
    await behind.server.kill();
    await until(() => redis.status.state === 'unavailable');
    const waiting = Promise.all([redis.setIfNotExists('waited', 'v', 60), redis.get('waited')]);
    await behind.server.restart();
    expect(await waiting).to.deep.equal([true, 'v']);
  });

  it('settles in time on a link that swallows everything, and serves again when it does not', async () => {
    const redis = await throughProxy();
    behind.proxy.blackHole();
    const operations = Array.from({ length: 20 }, (_, index) => redis.get(`k${index}`));
    const times = await Promise.all(operations.map(timeOf));
    expect(Math.max(...times)).to.be.lessThan(deadlineMs + slackMs);
    expect(await timeOf(redis.ping())).to.be.lessThan(deadlineMs + slackMs);
    behind.proxy.blackHole(false);
    const back = performance.now();
    await until(() => redis.status.state === 'ready', 'it is ready', 3000);
    expect(await redis.ping()).to.equal(true);
    expect(performance.now() - back).to.be.lessThan(6000);
  });

  it('does not mix up replies and commands after replies were lost', async () => {
    const redis = await throughProxy();
    for (const key of ['a', 'b', 'c']) await redis.setex(key, 60, `of ${key}`);
    behind.proxy.dropReplies();
    await redisErrorOf(redis.get('a'));
    behind.proxy.dropReplies(false);
    // One that is still without a connection at its deadline says so, and never what another key holds.
    const readsOf = async (key: string): Promise<boolean> => {
      const value = await redis.get(key).catch(() => 'no answer');
      expect(value).to.be.oneOf([`of ${key}`, 'no answer']);
      return value !== 'no answer';
    };
    await until(async () => (await Promise.all(['a', 'b', 'c'].map(readsOf))).every(Boolean), 'all are read');
  });

  it('finds a dead link of an idle client by itself', async () => {
    const redis = await throughProxy();
    behind.proxy.blackHole();
    // Two turns of the heartbeat of a second.
    await until(() => redis.status.state === 'unavailable', 'it is unavailable', 4000);
    expect(redis.status.lastError).to.contain('PING');
  });

  describe('a server that turns read-only', () => {
    const readOnly = 'SLIPWAY_REDIS_READ_ONLY';

    it('refuses writes with a code of their own, and is left once, not over and over', async () => {
      await using primary = await startRedis();
      await using former = await startRedis();
      const redis = await clients.start(former.url);
      await runOnce(former.url, 'replicaof', '127.0.0.1', String(primary.port));
      const writes = Array.from({ length: 20 }, (_, index) => redisErrorOf(redis.set(`k${index}`, 'v')));
      const read = redis.get('none');
      for (const error of await Promise.all(writes)) {
        expect(error).to.include({ code: readOnly, maybeApplied: false, retryable: true });
      }
      expect(await read).to.equal(null);
      await until(() => redis.status.reconnects === 1);
      for (let index = 0; index < 20; index += 1)
        expect((await redisErrorOf(redis.set('k', 'v'))).code).to.equal(readOnly);
      expect(redis.status).to.include({ state: 'ready', reconnects: 1 });
      await runOnce(former.url, 'replicaof', 'no', 'one');
      expect(await redis.set('k', 'v')).to.equal(true);
      await redis.stop();
    });

    it('is left for the new primary behind the same address', async () => {
      await using former = await startRedis();
      const redis = await throughProxy();
      behind.proxy.retarget(former.port);
      behind.proxy.cut();
      await until(() => redis.status.reconnects === 1);
      await runOnce(former.url, 'replicaof', '127.0.0.1', String(behind.server.port));
      behind.proxy.retarget(behind.server.port);
      expect((await redisErrorOf(redis.set('moved', 'v'))).code).to.equal(readOnly);
      expect(await redis.set('moved', 'v')).to.equal(true);
      expect(redis.status).to.include({ state: 'ready', reconnects: 2 });
    });
  });

  describe('stop', () => {
    for (const state of ['ready', 'unavailable'] as const) {
      it(`leaves neither timer nor socket when ${state}`, async () => {
        const before = await openResources();
        const redis = await clients.start(redisUrl());
        await redis.setex(`${uniquePrefix()}k`, 1, 'v');
        const subscription = await redis.subscribe(`${uniquePrefix()}c`);
        const session = await redis.session();
        if (state === 'unavailable') {
          const away = await startRedis();
          const other = await clients.start(away.url);
          await other.subscribe('c');
          await away[Symbol.asyncDispose]();
          await until(() => other.status.state === 'unavailable');
          await other.stop();
        }
        await redis.stop();
        expect(await openResources()).to.deep.equal(before);
        await subscription.close();
        await session.close();
      });
    }
  });
});
