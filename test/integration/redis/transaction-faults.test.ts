import { expect } from 'chai';
import type { RedisError } from '../../../src/index.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { unhandledRejections } from '../../support/container/unhandled.js';
import { RedisClients, redisErrorOf, timeOf, uniquePrefix } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

describe('transactions under faults', () => {
  const clients = new RedisClients();
  let key: string;
  let server: RunningRedis;
  let proxy: TcpProxy;
  let direct: RedisClient;

  const throughProxy = (deadlineMs = 4000): Promise<RedisClient> =>
    clients.start(`redis://127.0.0.1:${proxy.port}`, { deadlineMs });
  const cutAndWait = async (redis: RedisClient): Promise<void> => {
    const before = redis.status.reconnects;
    proxy.cut();
    await until(() => redis.status.reconnects === before + 1);
  };

  before(async () => {
    server = await startRedis();
  });

  beforeEach(async () => {
    key = `${uniquePrefix()}key`;
    proxy = await TcpProxy.start(server.port);
    direct = await clients.start(server.url);
  });

  afterEach(async () => {
    await clients[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  after(() => server[Symbol.asyncDispose]());

  it('are tried again also if the function wraps what it met', async () => {
    const redis = await throughProxy();
    let runs = 0;
    await redis.transaction([key], async (tx) => {
      runs += 1;
      if (runs === 1) await cutAndWait(redis);
      const reading = tx.get(key);
      await reading.catch((cause: unknown) => {
        throw new Error('the shop is closed', { cause });
      });
      tx.multi().incr(key);
    });
    expect(runs).to.equal(2);
    expect(await direct.get(key)).to.equal('1');
  });

  it('let out an error of the function that has nothing to do with the loss', async () => {
    const redis = await throughProxy();
    let runs = 0;
    const failing = redis.transaction([key], async () => {
      runs += 1;
      await cutAndWait(redis);
      throw new Error('no essays left');
    });
    expect(await failing.catch((error: unknown) => error)).to.be.an('error', 'no essays left');
    expect(runs).to.equal(1);
  });

  it('are a conflict, with the loss for its cause, where the connection is lost each time', async () => {
    const redis = await throughProxy();
    const error = await redisErrorOf(
      redis.transaction(
        [key],
        async (tx) => {
          await cutAndWait(redis);
          tx.multi().incr(key);
        },
        { retries: 1 },
      ),
    );
    expect(error).to.include({ code: 'SLIPWAY_REDIS_CONFLICT', maybeApplied: false });
    expect(error.cause).to.have.property('code', 'SLIPWAY_REDIS_SESSION_LOST');
    expect(await direct.get(key)).to.equal(null);
  });

  it('take no connection that died unnoticed together with others', async () => {
    const redis = await throughProxy(1000);
    const all = Array.from({ length: 8 }, () => redis.transaction([key], (tx) => tx.get(key)));
    await Promise.all(all);
    proxy.forget();
    await redisErrorOf(redis.get(key));
    await until(() => redis.status.reconnects === 1);
    for (let round = 0; round < 8; round += 1) {
      await redis.transaction([key], (tx) => tx.multi().incr(key));
    }
    expect(await direct.get(key)).to.equal('8');
  });

  it('reject once and not for each connection, where all of the pool died unnoticed', async () => {
    const redis = await throughProxy(1000);
    await Promise.all(Array.from({ length: 8 }, () => redis.transaction([key], (tx) => tx.get(key))));
    proxy.forget();
    expect((await redisErrorOf(redis.transaction([key], (tx) => tx.get(key)))).code).to.equal(
      'SLIPWAY_REDIS_TIMEOUT',
    );
    await redis.transaction([key], (tx) => tx.multi().incr(key));
    expect(await direct.get(key)).to.equal('1');
  });

  it('leave a server that turned read-only, all connections at once', async () => {
    await using turning = await startRedis();
    const redis = await clients.start(turning.url, { poolSize: 4 });
    const increment = (): Promise<unknown> => redis.transaction([key], (tx) => tx.multi().incr(key));
    await Promise.all([increment(), increment(), increment(), increment()]);
    const poolIds = async (): Promise<string[]> => {
      const list = String(await redis.raw.call('CLIENT', 'LIST'));
      return [...list.matchAll(/^id=(\d+) .* name=test:pool /gm)].map(([, id = '']) => id);
    };
    const before = await poolIds();
    await redis.raw.call('REPLICAOF', '127.0.0.1', '1');
    const error = await redisErrorOf(increment());
    expect(error).to.include({ code: 'SLIPWAY_REDIS_READ_ONLY', maybeApplied: false });
    await redis.raw.call('REPLICAOF', 'NO', 'ONE');
    await increment();
    expect((await poolIds()).filter((id) => before.includes(id))).to.deep.equal([]);
    await redis.stop();
  });

  it('reject with their true end, and leave nothing open, if the client is stopped meanwhile', async () => {
    const redis = await clients.start(server.url, { poolSize: 2 });
    let applied = 0;
    const untilItFails = async (): Promise<RedisError> => {
      for (;;) {
        const error = await endOf(redis, key);
        if (error !== undefined) return error;
        applied += 1;
      }
    };
    const rejections = await unhandledRejections(async () => {
      const flows = Array.from({ length: 20 }, untilItFails);
      await until(() => applied > 50);
      expect(await timeOf(redis.stop())).to.be.lessThan(5000);
      const errors = await Promise.all(flows);
      const known = errors.filter(({ maybeApplied }) => !maybeApplied);
      for (const error of known) expect(error.code).to.equal('SLIPWAY_REDIS_STOPPED');
      const stored = Number(await direct.get(key));
      expect(stored).to.be.within(applied, applied + errors.length - known.length);
    });
    expect(rejections).to.deep.equal([]);
    const list = String(await direct.raw.call('CLIENT', 'LIST'));
    expect(list).to.not.contain('name=test:pool');
  });

  it('lose and double nothing when the server is killed in the middle of them', async () => {
    const redis = await clients.start(server.url, { deadlineMs: 2000 });
    const ends = { applied: 0, maybe: 0, not: 0 };
    const killing = new AbortController();
    let slowest = 0;
    const flow = async (): Promise<void> => {
      while (!killing.signal.aborted) {
        const begin = performance.now();
        const error = await endOf(redis, key);
        slowest = Math.max(slowest, performance.now() - begin);
        if (error === undefined) ends.applied += 1;
        else if (error.maybeApplied) ends.maybe += 1;
        else ends.not += 1;
      }
    };
    const rejections = await unhandledRejections(async () => {
      const flows = Promise.all(Array.from({ length: 16 }, flow));
      for (let round = 0; round < 3; round += 1) {
        const before = ends.applied;
        await until(() => ends.applied > before + 50);
        await server.kill();
        await until(() => redis.status.state === 'unavailable');
        await server.restart();
      }
      const before = ends.applied;
      await until(() => ends.applied > before + 50);
      killing.abort();
      await flows;
    });
    expect(rejections).to.deep.equal([]);
    expect(slowest).to.be.lessThan(6000);
    const stored = Number(await redis.get(key));
    expect(stored).to.be.within(ends.applied, ends.applied + ends.maybe);
  }).timeout(60_000);
});

/** One increment by transaction: undefined if it was applied, else its error. */
async function endOf(redis: RedisClient, key: string): Promise<RedisError | undefined> {
  try {
    await redis.transaction([key], async (tx) => {
      tx.multi().set(key, String(Number(await tx.get(key)) + 1));
    });
    return undefined;
  } catch (error) {
    return redisErrorOf(Promise.reject(error));
  }
}
