import { expect, use } from 'chai';
import {
  AtomicRedisClientProtocol,
  KafkaPublisherProtocol,
  RedisClient,
  RedisClientProtocol,
} from '../../../src/index.js';
import { slipwayChai, testApplication } from '../../../src/testing/index.js';
import { redisUrl } from '../../support/servers/addresses.js';
import { Checked, essayChecks, HandedIn, handedIn } from '../../support/testing/essay-checks.js';

use(slipwayChai);

describe('a test application on real servers', function () {
  this.timeout(120_000);
  const real = { servers: 'real' } as const;

  it('is settled, tells what happened, and shares nothing with the next one', async () => {
    await using one = await testApplication([essayChecks()], real);
    await using other = await testApplication([essayChecks()], real);
    const kafka = await one.get(KafkaPublisherProtocol);
    await Promise.all([kafka.publishEvent(handedIn('sky')), kafka.publishEvent(handedIn('unreadable'))]);
    await Promise.all([one.settled(), other.settled()]);

    expect(one).to.have.published(HandedIn).times(2);
    expect(one).to.have.handled(Checked).with({ essay: 'sky' }).once();
    expect(one).to.have.deadLettered(HandedIn).with({ essay: 'unreadable' });
    expect(one).to.have.notified('ada', 'checked').with({ essay: 'sky' });
    expect(other.history()).to.include('Nothing happened');
  });

  describe('has a part of Redis of its own', () => {
    it('for keys, scripts, lists, transactions and scans', async () => {
      await using one = await testApplication([essayChecks()], real);
      await using other = await testApplication([essayChecks()], real);
      const redis = await one.get(AtomicRedisClientProtocol);
      const others = await other.get(RedisClientProtocol);
      await redis.mset({ a: 'a', b: '2' });
      await redis.hset('h', { a: 'a' });
      await redis.rpush('l', 'first', 'a');
      await redis.zadd('z', { a: 1, b: 2 });

      expect(await redis.mget('a', 'b', 'c')).to.deep.equal(['a', '2', null]);
      expect((await redis.scanPattern('*')).toSorted()).to.deep.equal(['a', 'b', 'h', 'l', 'z']);
      expect(await redis.scanPattern('h*')).to.deep.equal(['h']);
      expect(await redis.blpop(['none', 'l'], 1)).to.deep.equal(['l', 'first']);
      expect(await redis.zrange('z', 0, -1, { withScores: true })).to.deep.equal([
        ['a', 1],
        ['b', 2],
      ]);
      const sha = await redis.registerScript("return {redis.call('GET', KEYS[1]), ARGV[1]}");
      expect(await redis.executeScript(sha, ['a'], ['x'])).to.deep.equal(['a', 'x']);
      expect(
        await redis.transaction(['b'], async (tx) => {
          const value = Number(await tx.get('b'));
          return tx
            .multi()
            .set('b', String(value + 1))
            .get('b');
        }),
      ).to.deep.equal([true, '3']);
      expect(await others.exists('a', 'b', 'h', 'l', 'z')).to.equal(0);
    });

    it('for channels, patterns and streams', async () => {
      await using one = await testApplication([essayChecks()], real);
      await using other = await testApplication([essayChecks()], real);
      const { pubsub } = await one.get(RedisClient);
      const others = (await other.get(RedisClient)).pubsub;
      await using channel = await pubsub.subscribe('c');
      await using pattern = await pubsub.psubscribe('c*');
      await using stream = await pubsub.subscribeDurable('s', { from: '0' });
      expect(await others.publish('c', 'not theirs')).to.equal(0);
      expect(await pubsub.publish('c', 'theirs')).to.equal(2);
      await pubsub.publishDurable('s', 'kept');

      expect((await channel[Symbol.asyncIterator]().next()).value).to.include({
        channel: 'c',
        data: 'theirs',
      });
      expect((await pattern[Symbol.asyncIterator]().next()).value).to.include({
        pattern: 'c*',
        data: 'theirs',
      });
      expect((await stream[Symbol.asyncIterator]().next()).value).to.include({ channel: 's', data: 'kept' });
    });

    it('which is empty when it ends', async () => {
      await using server = new RedisClient({ clientId: 'test', url: redisUrl() });
      await server.start();
      const ours = async (): Promise<string[]> => server.scanPattern('t????????????.left-behind');
      {
        await using app = await testApplication([essayChecks()], real);
        await (await app.get(RedisClientProtocol)).set('left-behind', 'x');
        expect(await ours()).to.have.length(1);
      }
      expect(await ours()).to.deep.equal([]);
    });
  });

  it('has no embedded servers to take hold of', async () => {
    await using app = await testApplication([essayChecks()], real);
    expect(() => app.kafka)
      .to.throw('elsewhere')
      .with.property('code', 'SLIPWAY_TESTING_SERVERS');
  });
});
