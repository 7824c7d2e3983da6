import { expect } from 'chai';
import type { RedisError } from '../../../src/index.js';
import { RedisClients, redisErrorOf, runOnce, timeOf } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

/** What a deadline may be missed by on a busy machine. */
const slackMs = 3000;
/** Within which service returns. */
const recoveryMs = 8000;

describe('RedisClient and refusals', () => {
  const clients = new RedisClients();
  let server: RunningRedis;

  before(async () => {
    server = await startRedis();
  });

  afterEach(() => clients[Symbol.asyncDispose]());

  after(() => server[Symbol.asyncDispose]());

  describe('of a server that loads its data', () => {
    let loading: RunningRedis;
    let proxyOfLoading: TcpProxy;

    before(async () => {
      loading = await startRedis({
        config: {
          appendonly: 'no',
          'key-load-delay': '1000',
          'loading-process-events-interval-bytes': '1024',
        },
      });
      // Two seconds of loading.
      await runOnce(loading.url, 'DEBUG', 'POPULATE', '2200', 'ballast', '100');
      proxyOfLoading = await TcpProxy.start(loading.port);
    });

    after(async () => {
      await proxyOfLoading[Symbol.asyncDispose]();
      await loading[Symbol.asyncDispose]();
    });

    it('says so to who starts, and to operations that waited in vain, and serves when it has loaded', async () => {
      const url = `redis://127.0.0.1:${proxyOfLoading.port}`;
      const patient = await clients.start(url);
      const redis = await clients.start(url, { deadlineMs: 500 });
      await runOnce(loading.url, 'SHUTDOWN', 'SAVE').catch(() => {}); // it hangs up instead of answering
      await loading.kill();
      const restarting = loading.restart();
      await until(() => redis.status.lastError?.includes('LOADING') === true);
      const waiting = patient.get('none');
      const starting = clients.create(url, { deadlineMs: 500 }).start();
      expect(await timeOf(starting)).to.be.lessThan(500 + slackMs);
      expect((await redisErrorOf(starting)).code).to.equal('SLIPWAY_REDIS_LOADING');
      const error = await redisErrorOf(redis.get('none'));
      expect(error).to.include({ code: 'SLIPWAY_REDIS_LOADING', maybeApplied: false, retryable: true });
      expect(await waiting).to.equal(null);
      await restarting;
      await until(() => redis.status.state === 'ready', 'it is ready', recoveryMs);
      expect(await redis.get('ballast:1')).to.be.a('string');
    });
  });

  describe('of a server that refuses writes', () => {
    for (const [setting, value, usual, code] of [
      ['maxmemory', '1', '0', 'SLIPWAY_REDIS_OUT_OF_MEMORY'],
      ['min-replicas-to-write', '1', '0', 'SLIPWAY_REDIS_NO_REPLICAS'],
    ] as const) {
      it(`rejects them with ${code}, in a transaction too, and nothing is applied`, async () => {
        const redis = await clients.start(server.url);
        await redis.set('refused', 'before');
        await runOnce(server.url, 'CONFIG', 'SET', setting, value);
        try {
          for (const write of [
            redis.set('refused', 'after'),
            redis.transaction(['refused'], (tx) => tx.multi().set('refused', 'after').incr('refusals')),
          ]) {
            expect(await redisErrorOf(write)).to.include({ code, maybeApplied: false, retryable: true });
          }
          expect(await redis.mget('refused', 'refusals')).to.deep.equal(['before', null]);
        } finally {
          await runOnce(server.url, 'CONFIG', 'SET', setting, usual);
        }
        expect(await redis.set('refused', 'after')).to.equal(true);
      });
    }

    it('names the script that keeps it from answering', async () => {
      await using busy = await startRedis({ config: { 'busy-reply-threshold': '50' } });
      const redis = await clients.start(busy.url);
      const endless = runOnce(busy.url, 'EVAL', 'while true do end', '0').catch((error: unknown) => error);
      await until(() =>
        redis.get('k').then(
          () => false,
          (error: RedisError) => error.code === 'SLIPWAY_REDIS_BUSY',
        ),
      );
      expect((await redisErrorOf(clients.create(busy.url).start())).code).to.equal('SLIPWAY_REDIS_BUSY');
      await redis.raw.call('SCRIPT', 'KILL');
      expect(String(await endless)).to.contain('killed by user');
      expect(await redis.get('k')).to.equal(null);
      expect(redis.status.reconnects).to.equal(0);
      await redis.stop();
    });
  });
});
