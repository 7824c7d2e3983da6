import { expect } from 'chai';
import { exec, multi, unwatch, watch } from '../../../src/redis/commands/transactions.js';
import { get, set } from '../../../src/redis/commands/strings.js';
import { createEndpoint } from '../../../src/redis/endpoint.js';
import type { MemoryRedisServer } from '../../../src/redis/memory/memory-redis-server.js';
import type { Lease } from '../../../src/redis/pool/lease.js';
import { LinkPool } from '../../../src/redis/pool/link-pool.js';
import { redisErrorOf, timeOf, timeSince } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';

describe(LinkPool.name, () => {
  const deadlineMs = 2000;
  let server: MemoryRedisServer;
  let pool: LinkPool;

  const soon = (ms = deadlineMs): number => performance.now() + ms;
  const acquire = (purpose = 'test', expiresAt = soon()): Promise<Lease> => pool.acquire(purpose, expiresAt);
  const createPool = (size: number, idleMs?: number): LinkPool => {
    const endpoint = createEndpoint({ clientId: 'desk', url: 'memory://', deadlineMs });
    server = endpoint.memory ?? expect.fail('there is no memory server');
    pool = new LinkPool(endpoint, { size, ...(idleMs === undefined ? {} : { idleMs }) });
    return pool;
  };

  beforeEach(() => createPool(2));

  afterEach(async () => {
    await pool.stop();
    expect(server.connections).to.deep.equal([]);
  });

  describe('acquire', () => {
    it('opens a link when it is needed, and no other while that one is free', async () => {
      expect(server.connections).to.have.length(0);
      for (let round = 0; round < 3; round += 1) {
        const lease = await acquire();
        expect(pool.inUse).to.equal(1);
        lease.release();
      }
      expect(server.connections.map(({ name }) => name)).to.deep.equal(['desk:pool']);
      expect([pool.open, pool.inUse]).to.deep.equal([1, 0]);
    });

    it('never opens more than its size, and serves those who wait in the order they came', async () => {
      const order: number[] = [];
      let most = 0;
      await Promise.all(
        Array.from({ length: 20 }, async (_, number) => {
          const lease = await acquire();
          order.push(number);
          most = Math.max(most, server.connections.length);
          await lease.run(set('key', String(number)), soon());
          lease.release();
        }),
      );
      expect(most).to.equal(2);
      expect(order).to.deep.equal(Array.from({ length: 20 }, (_, number) => number));
    });

    it('rejects at its deadline, and says who has the links and for how long', async () => {
      const first = await acquire('transaction');
      const second = await acquire('session.watch');
      const begun = performance.now();
      const waiting = acquire('blpop', soon(100));
      await Promise.allSettled([waiting]);
      expect(performance.now() - begun).to.be.within(90, 20_000);
      const error = await redisErrorOf(waiting);
      expect(error).to.include({
        code: 'SLIPWAY_REDIS_POOL_EXHAUSTED',
        retryable: true,
        maybeApplied: false,
      });
      expect(error.message)
        .to.match(/all 2 of its pool are in use, 1 by transaction for up to \d+ ms, 1 by session\.watch/)
        .and.contain('"desk"')
        .and.contain('poolSize');
      first.release();
      // One who gave up takes nothing from those behind.
      (await acquire()).release();
      second.release();
    });

    it('rejects with the reason of a signal, and leaves the line', async () => {
      const leases = [await acquire(), await acquire()];
      const giveUp = new AbortController();
      const waiting = pool.acquire('test', soon(), giveUp.signal);
      const behind = acquire();
      const reason = new Error('enough');
      giveUp.abort(reason);
      expect(await waiting.catch((error: unknown) => error)).to.equal(reason);
      for (const lease of leases) lease.release();
      (await behind).release();
      const late = pool.acquire('test', soon(), giveUp.signal);
      expect(await late.catch((error: unknown) => error)).to.equal(reason);
    });

    it('waits for a server that is away, and is served when it comes back', async () => {
      server.faults.refuse();
      const waiting = [acquire(), acquire(), acquire()];
      await new Promise((resolve) => setTimeout(resolve, 50));
      server.faults.refuse(false);
      for (const lease of waiting) (await lease).release();
    });

    it('rejects at its deadline with why there is no link', async () => {
      server.faults.refuse();
      const waitingSince = performance.now();
      const waiting = acquire('transaction', soon(100));
      expect(await timeSince(waitingSince, waiting)).to.be.within(90, 5000);
      const error = await redisErrorOf(waiting);
      expect(error.code).to.equal('SLIPWAY_REDIS_UNREACHABLE');
      expect(error.message).to.contain('transaction').and.contain('ECONNREFUSED');
    });

    it('does not make callers wait for what time does not mend', async () => {
      server.faults.requirePassword('secret');
      const waiting = [acquire(), acquire(), acquire(), acquire()];
      expect(await timeOf(Promise.allSettled(waiting))).to.be.lessThan(deadlineMs / 2);
      for (const lease of waiting) {
        expect((await redisErrorOf(lease)).code).to.equal('SLIPWAY_REDIS_NO_AUTH');
      }
    });
  });

  describe('a link that is given back', () => {
    it('is watching nothing any more', async () => {
      createPool(1);
      const first = await acquire();
      await first.run(watch(['key']), soon());
      first.release();
      const second = await acquire();
      expect(server.connections).to.have.length(1);
      expect(second.link).to.equal(first.link);
      await second.run(set('key', 'changed'), soon());
      await second.run(multi, soon());
      expect(await second.run(exec, soon())).to.deep.equal([]);
      second.release();
    });

    for (const [state, spoil] of [
      ['a command under way', (lease: Lease) => void lease.run(get('key'), soon()).catch(() => {})],
      [
        'a WATCH that failed',
        (lease: Lease) => lease.run({ ...watch(['key']), args: [] }, soon()).catch(() => {}),
      ],
      [
        'an UNWATCH that failed',
        (lease: Lease) => lease.run({ ...unwatch, args: ['x'] }, soon()).catch(() => {}),
      ],
    ] as const) {
      it(`is closed and not used again with ${state}`, async () => {
        createPool(1);
        const first = await acquire();
        await spoil(first);
        first.release();
        const second = await acquire();
        expect(second.link).to.not.equal(first.link);
        second.release();
      });
    }

    it('is closed with a command that has timed out', async () => {
      createPool(1);
      const first = await acquire();
      server.faults.dropReplies();
      expect((await redisErrorOf(first.run(get('key'), soon(50)))).code).to.equal('SLIPWAY_REDIS_TIMEOUT');
      server.faults.dropReplies(false);
      first.release();
      const second = await acquire();
      expect(second.link).to.not.equal(first.link);
      expect(await second.run(get('key'), soon())).to.equal(null);
      second.release();
    });

    it('takes no more commands from who had it', async () => {
      const lease = await acquire();
      lease.release();
      lease.release();
      expect((await redisErrorOf(lease.run(get('key'), soon()))).code).to.equal(
        'SLIPWAY_REDIS_SESSION_STATE',
      );
      expect(pool.inUse).to.equal(0);
    });
  });

  it('never makes another link of one that was lost', async () => {
    const lease = await acquire();
    server.faults.cut();
    await lease.link.closed;
    expect(lease.lost).to.equal(true);
    const error = await redisErrorOf(lease.run(get('key'), soon()));
    expect(error).to.include({ code: 'SLIPWAY_REDIS_SESSION_LOST', maybeApplied: false });
    // Its place is free, though it was not given back yet.
    expect(pool.open).to.equal(0);
    lease.release();
  });

  it('closes links that nobody has used for a while, the others stay', async () => {
    createPool(3, 60);
    const leases = await Promise.all([acquire(), acquire(), acquire()]);
    for (const lease of leases) lease.release();
    expect(pool.open).to.equal(3);
    const used = await acquire();
    await until(() => pool.open === 1);
    used.release();
    await until(() => pool.open === 0);
    expect(server.connections).to.deep.equal([]);
  });

  it('forgets an idle link that was lost', async () => {
    (await acquire()).release();
    server.faults.cut();
    await until(() => pool.open === 0);
    const lease = await acquire();
    expect(await lease.run(get('key'), soon())).to.equal(null);
    lease.release();
  });

  describe('stop', () => {
    it('refuses who waits and who comes, and ends what is lent', async () => {
      const leases = [await acquire(), await acquire()];
      const waiting = redisErrorOf(acquire());
      await pool.stop();
      expect((await waiting).code).to.equal('SLIPWAY_REDIS_STOPPED');
      expect((await redisErrorOf(acquire())).code).to.equal('SLIPWAY_REDIS_STOPPED');
      for (const lease of leases) {
        expect((await redisErrorOf(lease.run(get('key'), soon()))).code).to.equal('SLIPWAY_REDIS_STOPPED');
        lease.release();
      }
      expect([pool.open, pool.inUse]).to.deep.equal([0, 0]);
    });

    it('lets commands under way have their replies', async () => {
      const lease = await acquire();
      const replies = Array.from({ length: 10 }, () => lease.run(set('key', 'x'), soon()));
      await pool.stop();
      expect(await Promise.all(replies)).to.not.include(false);
    });

    it('ends attempts to connect, and the waiting for the next', async () => {
      server.faults.refuse();
      const waiting = redisErrorOf(acquire());
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(await timeOf(pool.stop())).to.be.lessThan(deadlineMs / 2);
      expect((await waiting).code).to.equal('SLIPWAY_REDIS_STOPPED');
    });

    it('can be undone', async () => {
      await pool.stop();
      pool.restart();
      (await acquire()).release();
    });
  });
});
