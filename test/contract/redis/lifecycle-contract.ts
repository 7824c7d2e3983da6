import { expect } from 'chai';
import { RedisError } from '../../../src/index.js';
import { RedisClients, redisErrorOf, uniquePrefix } from '../../support/redis-helpers.js';

/** What start, stop and status promise, on any server. */
export function lifecycleContract(url: () => string): void {
  const clients = new RedisClients();
  const channel = `${uniquePrefix()}channel`;

  afterEach(() => clients[Symbol.asyncDispose]());

  it('refuses operations before start, and connects to nothing', async () => {
    const redis = clients.create(url());
    for (const call of [redis.get('k'), redis.ping(), redis.subscribe('c'), redis.session()]) {
      const error = await redisErrorOf(call);
      expect(error.code).to.equal('SLIPWAY_REDIS_NOT_STARTED');
      expect(error.message).to.contain('"test"');
    }
    expect(redis.status.state).to.equal('stopped');
  });

  it('has a raw driver while there is a connection, and says why where there is none', async () => {
    const redis = clients.create(url());
    const raw = (): unknown => redis.raw;
    expect(raw).to.throw(RedisError).with.property('code', 'SLIPWAY_REDIS_NOT_STARTED');
    await redis.start();
    expect(await redis.raw.call('echo', 'hello')).to.equal('hello');
    await redis.stop();
    expect(raw).to.throw(RedisError).with.property('code', 'SLIPWAY_REDIS_STOPPED');
  });

  it('starts once, however often it is told at once', async () => {
    const redis = clients.create(url());
    await Promise.all([redis.start(), redis.start(), redis.start()]);
    await redis.start();
    expect(redis.status).to.include({ state: 'ready', reconnects: 0 });
    expect(redis.status.lastError).to.equal(undefined);
    expect(await redis.ping()).to.equal(true);
  });

  it('serves an operation called while it starts', async () => {
    const redis = clients.create(url());
    const started = redis.start();
    expect(redis.status.state).to.equal('starting');
    expect(await redis.ping()).to.equal(true);
    await started;
  });

  it('stops once, however often it is told, and refuses operations then', async () => {
    const redis = await clients.start(url());
    const stopping = [redis.stop(), redis.stop()];
    expect(redis.status.state).to.equal('stopping');
    expect((await redisErrorOf(redis.get('k'))).code).to.equal('SLIPWAY_REDIS_STOPPED');
    await Promise.all(stopping);
    await redis.stop();
    expect(redis.status.state).to.equal('stopped');
    for (const call of [redis.get('k'), redis.subscribe('c'), redis.session()]) {
      expect((await redisErrorOf(call)).code).to.equal('SLIPWAY_REDIS_STOPPED');
    }
  });

  it('stops before it was ever started', async () => {
    const redis = clients.create(url());
    await redis.stop();
    expect(redis.status.state).to.equal('stopped');
  });

  it('answers what was under way before it stops', async () => {
    const redis = await clients.start(url());
    const answers = Array.from({ length: 100 }, () => redis.ping());
    await redis.stop();
    expect(await Promise.all(answers)).to.not.include(false);
  });

  it('ends a start that is stopped meanwhile', async () => {
    const redis = clients.create(url());
    const started = redisErrorOf(redis.start());
    await redis.stop();
    expect((await started).code).to.equal('SLIPWAY_REDIS_STOPPED');
    expect(redis.status.state).to.equal('stopped');
  });

  it('starts again after a stop', async () => {
    const redis = await clients.start(url());
    await redis.stop();
    await redis.start();
    expect(await redis.ping()).to.equal(true);
    await using subscription = await redis.subscribe(channel);
    expect(await redis.publish(channel, 'x')).to.equal(1);
    expect(subscription.channel).to.equal(channel);
  });

  it('starts again when told so while it stops', async () => {
    const redis = await clients.start(url());
    const stopping = redis.stop();
    await redis.start();
    await stopping;
    expect(await redis.ping()).to.equal(true);
  });

  it('is stopped after stop, start and stop at once', async () => {
    const redis = await clients.start(url());
    const stopping = redis.stop();
    const started = redisErrorOf(redis.start());
    await Promise.all([stopping, redis.stop()]);
    expect((await started).code).to.equal('SLIPWAY_REDIS_STOPPED');
    expect(redis.status.state).to.equal('stopped');
  });

  it('ends subscriptions and sessions with the client', async () => {
    const redis = await clients.start(url());
    const reading = (await redis.subscribe(channel))[Symbol.asyncIterator]().next();
    const session = await redis.session();
    await redis.stop();
    expect(await reading).to.deep.equal({ done: true, value: undefined });
    expect((await redisErrorOf(session.watch('k'))).code).to.equal('SLIPWAY_REDIS_STOPPED');
  });

  it('leaves a scope that disposes of it stopped', async () => {
    const redis = clients.create(url());
    {
      await using owned = redis;
      await owned.start();
    }
    expect(redis.status.state).to.equal('stopped');
  });
}
