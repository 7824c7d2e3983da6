import { expect } from 'chai';
import { inspect } from 'node:util';
import * as sinon from 'sinon';
import {
  AtomicRedisClientProtocol,
  createEnvelope,
  KafkaPublisherProtocol,
  named,
  protocol,
  protocolMembers,
  RedisClient,
  RedisClientProtocol,
  RedisPubSubProtocol,
  RedisSession,
  SlipwayError,
  token,
  tokenName,
} from '../../../src/index.js';
import { property, stub } from '../../../src/testing/index.js';

interface Mailer extends AsyncDisposable {
  readonly from: string;
  send(to: string, text: string): Promise<string>;
  isOpen(): boolean;
  log(line: string): void;
  close(): Promise<void>;
}
const Mailer = protocol<Mailer>()('Mailer', ['from', 'send', 'isOpen', 'log', 'close']);
const answers = { from: property('desk@example.org'), isOpen: () => true };

/** The error that `work` throws at once. */
function thrownBy(work: () => unknown): SlipwayError {
  try {
    work();
  } catch (error) {
    if (SlipwayError.is(error)) return error;
  }
  throw new Error('It threw no error of slipway.');
}

async function allOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe(stub.name, () => {
  afterEach(() => sinon.restore());

  it('has every member of the protocol and no other', () => {
    const redis = stub(RedisClientProtocol);
    expect(Object.keys(redis)).to.have.members([...(protocolMembers(RedisClientProtocol) ?? [])]);
    const error = thrownBy(() => (redis as unknown as Record<string, unknown>)['gett']);
    expect(error.code).to.equal('SLIPWAY_TESTING_STUB');
    expect(error.rawMessage).to.equal('RedisClientProtocol has no member gett. Did you mean get?');
  });

  it('refuses answers and assignments to what is no member', () => {
    expect(thrownBy(() => stub(RedisClientProtocol, { gett: 'x' } as object)).rawMessage).to.include('gett');
    const redis = stub(RedisClientProtocol);
    expect(thrownBy(() => Object.assign(redis, { sett: 1 })).rawMessage).to.include('Did you mean set?');
  });

  it('refuses a token that lists no members', () => {
    const Plain = token<Mailer>()('Plain');
    expect(thrownBy(() => stub(Plain, answers)).rawMessage).to.equal(
      "Plain lists no members, so there is nothing to stub. Make it with protocol<T>()('Plain', [...]).",
    );
  });

  it('answers with values, errors and functions', async () => {
    const redis = stub(RedisClientProtocol, {
      get: 'x',
      setex: new Error('away'),
      mget: (...keys) => Promise.resolve(keys),
      getUserChannel: (userId) => `u:${userId}`,
    });
    expect(await redis.get('a')).to.equal('x');
    expect(await redis.setex('a', 1, 'b').catch((error: Error) => error.message)).to.equal('away');
    expect(await redis.mget('a', 'b')).to.deep.equal(['a', 'b']);
    expect(redis.getUserChannel('ada')).to.equal('u:ada');
  });

  it('is made of sinon stubs, which take other behaviour later and know their calls', async () => {
    const redis = stub(RedisClientProtocol);
    redis.get.withArgs('known').resolves('value');
    expect(await redis.get('known')).to.equal('value');
    expect(await redis.get('other')).to.equal(null);
    sinon.assert.calledTwice(redis.get);
    sinon.assert.calledWithExactly(redis.get.secondCall, 'other');
    expect(redis.get.calledBefore(redis.setex)).to.equal(true);
    expect(redis.setex.callCount).to.equal(0);
  });

  it('goes back to its answers when the test resets it, or all of sinon', async () => {
    const redis = stub(RedisClientProtocol, { get: 'x' });
    redis.get.resolves('y');
    redis.ttl.resolves(7);
    expect([await redis.get('a'), await redis.ttl('a')]).to.deep.equal(['y', 7]);
    sinon.reset();
    expect([await redis.get('a'), await redis.ttl('a')]).to.deep.equal(['x', -2]);
    expect(redis.get.callCount).to.equal(1);
  });

  it('is stubbed anew and replaced by a sandbox of the test as any object, before and after its first use', async () => {
    for (const isUsed of [false, true]) {
      const redis = stub(RedisClientProtocol, { get: 'x' });
      if (isUsed) await redis.get('a');
      const sandbox = sinon.createSandbox();
      sandbox.replace<{ get: unknown }, 'get'>(redis, 'get', () => Promise.resolve('y'));
      expect(await redis.get('a')).to.equal('y');
      sandbox.restore();
      expect(await redis.get('a')).to.equal('x');
      expect(() => sinon.stub(redis, 'ttl')).to.throw('already');
    }
  });

  it('is one word in the failures of others', () => {
    const redis = stub(RedisClientProtocol);
    expect(() => expect(redis).to.equal('a')).to.throw("expected stub(RedisClientProtocol) to equal 'a'");
    expect(inspect({ redis })).to.equal('{ redis: stub(RedisClientProtocol) }');
  });

  it('knows the order of its calls, those of other stubs and of the own ones of the test', async () => {
    const [redis, kafka, own] = [stub(RedisClientProtocol), stub(KafkaPublisherProtocol), sinon.stub()];
    await redis.get('a');
    own();
    await kafka.publishBatch([]);
    await redis.set('a', 'b');
    sinon.assert.callOrder(redis.get, own, kafka.publishBatch, redis.set);
    expect(kafka.publishBatch.calledBefore(redis.get)).to.equal(false);
  });

  it('is named in the failures of sinon, also after it was reset', async () => {
    const [redis, mailer] = [stub(RedisClientProtocol), stub(Mailer, answers)];
    sinon.reset();
    expect(() => sinon.assert.called(redis.get)).to.throw(
      'expected RedisClientProtocol.get to have been called',
    );
    await mailer.send('ada', 'hello');
    await redis.get('a');
    expect(() => sinon.assert.callOrder(redis.get, mailer.send)).to.throw(
      'expected RedisClientProtocol.get, Mailer.send to be called in order but were called as Mailer.send, RedisClientProtocol.get',
    );
  });

  it('stubs a protocol of somebody else: asynchronous methods resolve', async () => {
    const mailer = stub(Mailer, answers);
    expect(mailer.from).to.equal('desk@example.org');
    expect(mailer.isOpen()).to.equal(true);
    expect(await mailer.send('ada', 'hello')).to.equal(undefined);
    mailer.log('x');
    sinon.assert.calledOnceWithExactly(mailer.log, 'x');
  });

  it('closes with `await using`, and can be awaited', async () => {
    const mailer = stub(Mailer, answers);
    {
      await using owned = mailer;
      expect(await Promise.resolve(owned)).to.equal(mailer);
    }
    sinon.assert.calledOnce(mailer.close);
    expect(JSON.stringify(mailer)).to.include('desk@example.org');
  });

  it('stubs a named protocol as the protocol it was made from', async () => {
    const cache = stub(named(RedisClientProtocol, 'cache'));
    expect(await cache.ttl('a')).to.equal(-2);
    expect(thrownBy(() => (cache as unknown as Record<string, unknown>)['gett']).rawMessage).to.include(
      'RedisClientProtocol(cache)',
    );
  });

  describe('the number of arguments', () => {
    const redis = stub(RedisClientProtocol, { get: 'x' });
    const untyped = redis as unknown as Record<string, (...args: unknown[]) => unknown>;
    const kafka = stub(KafkaPublisherProtocol) as unknown as Record<string, (...args: unknown[]) => unknown>;

    for (const [what, call, message] of [
      [
        'too few',
        () => untyped['get']?.(),
        'RedisClientProtocol.get takes 1 argument and was called with 0.',
      ],
      [
        'too many',
        () => untyped['get']?.('a', 'b'),
        'RedisClientProtocol.get takes 1 argument and was called with 2.',
      ],
      [
        'of a range',
        () => untyped['set']?.('a'),
        'RedisClientProtocol.set takes 2 to 3 arguments and was called with 1.',
      ],
      [
        'of a list',
        () => untyped['sadd']?.(),
        'RedisClientProtocol.sadd takes 1 or more arguments and was called with 0.',
      ],
      [
        'of a publisher',
        () => kafka['publish']?.('t'),
        'KafkaPublisherProtocol.publish takes 2 to 3 arguments and was called with 1.',
      ],
    ] as const) {
      it(`is checked: ${what}`, () => {
        expect(thrownBy(call).rawMessage).to.equal(message);
      });
    }

    interface Post {
      readonly from: string;
      close(): Promise<void>;
      send(to: string, text: string): Promise<void>;
      open(name: string, mode?: string): Promise<void>;
      tell(text: string, ...users: readonly string[]): Promise<void>;
      log(text: string): void;
      log(level: string, text: string): void;
    }
    const Post = protocol<Post>()('Post', {
      from: 'property',
      close: 0,
      send: 2,
      open: '1-2',
      tell: '1+',
      log: 'any',
    });

    for (const [member, args, takes] of [
      ['close', ['now'], '0 arguments and was called with 1'],
      ['send', ['ada'], '2 arguments and was called with 1'],
      ['open', [], '1 to 2 arguments and was called with 0'],
      ['open', ['a', 'b', 'c'], '1 to 2 arguments and was called with 3'],
      ['tell', [], '1 or more arguments and was called with 0'],
    ] as const) {
      it(`is checked where a protocol of the user's lists it: ${member}(${args.join(', ')})`, () => {
        for (const key of [Post, named(Post, 'other')]) {
          const post: unknown = stub(key, { from: property('a'), send: () => Promise.resolve() });
          const call = (): unknown =>
            (post as Record<string, (...all: unknown[]) => unknown>)[member]?.(...args);
          expect(thrownBy(call).rawMessage).to.equal(`${tokenName(key)}.${member} takes ${takes}.`);
        }
      });
    }

    it('lets through what is right, or not counted', async () => {
      const post = stub(Post, { from: property('a') });
      await Promise.all([
        post.close(),
        post.send('ada', 'hello'),
        post.open('box'),
        post.open('box', 'r'),
        post.tell('hello', 'ada', 'bob'),
      ]);
      post.log('info', 'sent');
      expect(post.log.calledOnceWithExactly('info', 'sent')).to.equal(true);
    });

    it('does not count optional ones that are handed through as undefined', async () => {
      expect(await untyped['set']?.('a', 'b', undefined)).to.equal(true);
    });
  });

  describe('by default', () => {
    it('is a Redis that holds nothing, as the embedded one would answer', async () => {
      await using real = new RedisClient({ clientId: 'test', url: 'memory://' });
      await real.start();
      const redis = stub(AtomicRedisClientProtocol);
      const asked: readonly ((of: AtomicRedisClientProtocol) => Promise<unknown>)[] = [
        (of) => of.get('k'),
        (of) => of.getdel('k'),
        (of) => of.mget('k', 'l'),
        (of) => of.deleteKey('k'),
        (of) => of.delete('k', 'l'),
        (of) => of.exists('k'),
        (of) => of.expire('k', 5),
        (of) => of.ttl('k'),
        (of) => of.persist('k'),
        (of) => of.srem('k', 'm'),
        (of) => of.spop('k'),
        (of) => of.scard('k'),
        (of) => of.smembers('k'),
        (of) => of.sismember('k', 'm'),
        (of) => of.zrem('k', 'm'),
        (of) => of.zrange('k', 0, -1),
        (of) => of.zrangebyscore('k', 0, 1),
        (of) => of.zremrangebyscore('k', 0, 1),
        (of) => of.zcard('k'),
        (of) => of.zscore('k', 'm'),
        (of) => of.hget('k', 'f'),
        (of) => of.hmget('k', 'f', 'g'),
        (of) => of.hgetall('k'),
        (of) => of.hkeys('k'),
        (of) => of.hlen('k'),
        (of) => of.hexists('k', 'f'),
        (of) => of.hdel('k', 'f'),
        (of) => of.lpop('k'),
        (of) => of.rpop('k'),
        (of) => of.lrange('k', 0, -1),
        (of) => of.llen('k'),
        (of) => of.ping(),
        (of) => of.scanPattern('*'),
        (of) => of.publish('c', 'm'),
        (of) => of.publishUserNotification('ada', 'e', {}),
        // Those that write, each with a key of its own.
        (of) => of.set('w1', 'v'),
        (of) => of.setex('w2', 5, 'v'),
        (of) => of.setIfNotExists('w3', 'v', 5),
        (of) => of.mset({ w4: 'v' }),
        (of) => of.incr('w5'),
        (of) => of.incrby('w6', 7),
        (of) => of.decr('w7'),
        (of) => of.decrby('w8', 7),
        (of) => of.sadd('w9', 'm', 'n', 'm'),
        (of) => of.zadd('w10', { m: 1, n: 2 }),
        (of) => of.zincrby('w11', 2.5, 'm'),
        (of) => of.hset('w12', 'f', 'v'),
        (of) => of.hset('w13', { f: 'v', g: 'v' }),
        (of) => of.hincrby('w14', 'f', 3),
        (of) => of.rpush('w15', 'a', 'b'),
        (of) => of.lpush('w16', 'a'),
      ];
      for (const ask of asked) expect(await ask(redis), ask.toString()).to.deep.equal(await ask(real));
      expect(redis.getUserChannel('ada')).to.equal(real.getUserChannel('ada'));
      expect(await allOf(redis.scan())).to.deep.equal([]);
    });

    it('runs a transaction once, on its own members', async () => {
      const redis = stub(AtomicRedisClientProtocol, { get: '41', incrby: 42 });
      const results = await redis.transaction(['n'], async (tx) => {
        const before = Number(await tx.get('n'));
        return tx
          .multi()
          .incrby('n', 42 - before)
          .setex('seen', 60, 'yes');
      });
      expect(results).to.deep.equal([42, true]);
      sinon.assert.calledOnceWithExactly(redis.incrby, 'n', 1);
      sinon.assert.calledOnceWithExactly(redis.setex, 'seen', 60, 'yes');
      expect(await redis.transaction([], () => 'own')).to.equal('own');
    });

    it('has pipelines and sessions', async () => {
      const redis = stub(AtomicRedisClientProtocol, { get: 'x' });
      await using pipeline = await redis.createTransactionPipeline('k');
      expect(await pipeline.get('k')).to.equal('x');
      pipeline.multi().deleteKey('k').setex('k', 5, 'v');
      expect(await pipeline.execute()).to.deep.equal([0, true]);
      await using session = await redis.session();
      await session.watch('k');
      expect(await session.exec()).to.deep.equal([]);
      expect(await stub(RedisSession, { exec: null }).exec()).to.equal(null);
    });

    it('acknowledges what is published', async () => {
      const kafka = stub(KafkaPublisherProtocol);
      const envelope = createEnvelope('X', {}, { sourceService: 'test' });
      expect(await kafka.publish('t', envelope)).to.deep.equal({ topic: 't', partition: 0, offset: '0' });
      expect(await kafka.publishEvent(envelope)).to.include({ partition: 0 });
      expect(await kafka.publishBatch([{ topic: 't', envelope }])).to.have.length(1);
    });

    it('has subscriptions to which nothing comes, until they are closed or aborted', async () => {
      const pubsub = stub(RedisPubSubProtocol);
      const closed = await pubsub.subscribe('c');
      const reading = allOf(closed);
      await closed.close();
      expect(await reading).to.deep.equal([]);
      const controller = new AbortController();
      const aborted = await pubsub.psubscribe('c*', { signal: controller.signal });
      const listening = allOf(aborted.listen());
      controller.abort();
      expect(await listening).to.deep.equal([]);
    });
  });
});
