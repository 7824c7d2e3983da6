import { expect } from 'chai';
import { IdempotentReceiver } from '../../../src/index.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { createReceiver, message, rejection } from '../../support/idempotency/messages.js';
import { RedisClients, uniquePrefix } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

describe(`${IdempotentReceiver.name} and lost connections`, () => {
  const clients = new RedisClients();
  const keyPrefix = `${uniquePrefix()}idempotency`;
  const effect = `${keyPrefix}:effect`;
  let server: RunningRedis;
  let proxy: TcpProxy;
  let redis: RedisClient;
  let direct: RedisClient;
  let receiver: IdempotentReceiver;

  before(async () => {
    server = await startRedis();
  });

  beforeEach(async () => {
    proxy = await TcpProxy.start(server.port);
    redis = await clients.start(`redis://127.0.0.1:${proxy.port}`);
    direct = await clients.start(server.url);
    await direct.deleteKey(effect);
    receiver = createReceiver({ redis, keyPrefix });
  });

  afterEach(async () => {
    await clients[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  after(() => server[Symbol.asyncDispose]());

  it('applies an effect once whose EXEC was carried out and its reply lost', async () => {
    const event = message();
    let runs = 0;
    const receipt = await receiver.receive(event, (claim) =>
      claim.commit((tx) => {
        runs += 1;
        tx.multi().incr(effect);
        proxy.cutAtReply();
      }),
    );
    expect(receipt).to.include({ handled: true, isConfirmed: true });
    expect(runs, 'the mark showed that it was applied').to.equal(1);
    expect(await direct.get(effect)).to.equal('1');
    expect(await receiver.receive(event, () => undefined)).to.include({ reason: 'completed' });
  });

  it('applies an effect once whose connection was lost before EXEC', async () => {
    let runs = 0;
    await receiver.receive(message(), (claim) =>
      claim.commit(async (tx) => {
        runs += 1;
        tx.multi().incr(effect);
        if (runs > 1) return;
        const before = redis.status.reconnects;
        proxy.cut();
        await until(() => redis.status.reconnects > before);
      }),
    );
    expect(runs).to.equal(2);
    expect(await direct.get(effect)).to.equal('1');
  });

  it('knows its claim again whose reply was lost', async () => {
    const event = message();
    const { setIfNotExists } = redis;
    const receipt = await createReceiver({
      keyPrefix,
      redis: {
        get: (key) => redis.get(key),
        setIfNotExists: (...args) => {
          proxy.cutAtReply();
          return setIfNotExists.apply(redis, args);
        },
        runScript: (...args) => redis.runScript(...args),
        transaction: (...args) => redis.transaction(...args),
      },
    }).receive(event, (claim) => claim.isProtected);
    expect(receipt).to.deep.equal({ handled: true, value: true, isConfirmed: true });
  });

  it('confirms and releases though the connection was lost while the handler worked', async () => {
    const event = message();
    const failing = receiver.receive(event, () => {
      proxy.cut();
      throw new Error('no');
    });
    expect(await failing.catch((error: unknown) => (error as Error).message)).to.equal('no');
    expect(receiver.stats()).to.include({ failed: 1, released: 1 });
    const receipt = await receiver.receive(event, () => proxy.cut());
    expect(receipt).to.include({ handled: true, isConfirmed: true });
    expect(await createReceiver({ redis: direct, keyPrefix }).receive(event, () => undefined)).to.include({
      reason: 'completed',
    });
  });

  it('handles an event without a claim while Redis is away, and commits it once all the same', async () => {
    const event = message();
    const slow = await clients.start(`redis://127.0.0.1:${proxy.port}`, { deadlineMs: 300 });
    const cutOff = createReceiver({ redis: slow, keyPrefix });
    const closed = createReceiver({ redis: slow, keyPrefix, onFailure: 'closed' });
    proxy.blackHole();
    expect((await rejection(closed.receive(event, () => expect.fail('it ran')))).code).to.equal(
      'SLIPWAY_IDEMPOTENCY_UNAVAILABLE',
    );
    const receipt = await cutOff
      .receive(event, async (claim) => {
        expect(claim.isProtected).to.equal(false);
        proxy.blackHole(false);
        proxy.cut();
        await until(() => slow.ping().catch(() => false));
        // Others are not kept from it meanwhile; whoever commits first has done it.
        await createReceiver({ redis: direct, keyPrefix }).receive(event, (other) =>
          other.commit((tx) => tx.multi().incr(effect)),
        );
        const late = await rejection(claim.commit((tx) => tx.multi().incr(effect)));
        expect(late.code).to.equal('SLIPWAY_IDEMPOTENCY_CLAIM_LOST');
        return 'late';
      })
      .catch((error: unknown) => error);
    expect(receipt).to.have.property('code', 'SLIPWAY_IDEMPOTENCY_CLAIM_LOST');
    expect(await direct.get(effect)).to.equal('1');
    expect(cutOff.stats()).to.include({ failOpen: 1, committed: 0 });
    expect(await cutOff.receive(event, () => undefined)).to.include({ reason: 'completed' });
  });
});
