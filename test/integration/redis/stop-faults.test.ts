import { expect } from 'chai';
import { unhandledRejections } from '../../support/container/unhandled.js';
import { openResources, RedisClients, redisErrorOf, runOnce, timeOf } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { okForEach, startScriptedServer } from '../../support/scripted-server.js';
import { startRedis } from '../../support/servers/redis-server.js';

/** What stop() waits for replies at most, with something for a busy machine. */
const limitMs = 6000;

describe('RedisClient.stop', () => {
  const clients = new RedisClients();

  afterEach(() => clients[Symbol.asyncDispose]());

  it('ends all that is under way on a frozen server, and leaves nothing open', async () => {
    await using frozen = await startRedis();
    const before = await openResources();
    const redis = await clients.start(frozen.url);
    const session = await redis.session();
    await session.watch('k');
    const waiting = redis.blpop(['none'], 0);
    const subscription = await redis.subscribe('c');
    await until(async () => String(await runOnce(frozen.url, 'CLIENT', 'LIST')).includes(' cmd=blpop '));
    frozen.pause();
    try {
      const settled = Promise.allSettled([
        waiting,
        redis.set('k', 'v'),
        redis.transaction(['k'], (tx) => tx.get('k')),
        session.get('k'),
        redis.subscribe('other'),
      ]);
      const rejections = await unhandledRejections(async () => {
        expect(await timeOf(redis.stop())).to.be.lessThan(limitMs);
        expect((await settled).map(({ status }) => status)).to.deep.equal(
          Array.from({ length: 5 }, () => 'rejected'),
        );
      });
      expect(rejections).to.deep.equal([]);
      expect((await subscription[Symbol.asyncIterator]().next()).done).to.equal(true);
      await session.close();
      await until(
        async () => (await openResources()).join() === before.join(),
        'nothing more is open than before',
        3000,
      );
    } finally {
      frozen.resume();
    }
  });

  it('ends also where the server freezes once it is asked to end a wait', async () => {
    await using freezing = await startScriptedServer((socket, request) => {
      if (/blpop|unblock/i.test(request)) return;
      if (/^\$2\r\nid\r\n/im.test(request)) socket.write(':7\r\n');
      else socket.write(/\bping\b/i.test(request) ? '+PONG\r\n' : okForEach(request));
    });
    const redis = await clients.start(freezing.url);
    const waiting = redisErrorOf(redis.blpop(['none'], 0));
    await until(() => freezing.received.some((request) => /blpop/i.test(request)));
    expect(await timeOf(redis.stop())).to.be.lessThan(limitMs);
    expect(freezing.received.some((request) => /unblock/i.test(request))).to.equal(true);
    await waiting;
  });
});
