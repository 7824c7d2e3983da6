import { expect } from 'chai';
import type { PubSubGap } from '../../../src/protocols/redis.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisClients, redisErrorOf, runOnce, uniquePrefix } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { listenTo, nextMillisecond, numbered, take, textsOf } from '../../support/stream-reading.js';

/** What streams and their readers promise, on any server. */
export function durableContract(url: () => string): void {
  const prefix = uniquePrefix();
  const clients = new RedisClients();
  let redis: RedisClient;
  let other: RedisClient;
  let stream: string;
  let streams = 0;

  const publish = async (...messages: string[]): Promise<string[]> =>
    Promise.all(messages.map((message) => other.pubsub.publishDurable(stream, message)));
  const ask = (...words: string[]): Promise<unknown> => runOnce(url(), words[0] ?? '', ...words.slice(1));

  before(async () => {
    redis = await clients.start(url());
    other = await clients.start(url());
  });

  beforeEach(() => {
    streams += 1;
    stream = `${prefix}stream:${streams}`;
  });

  afterEach(() => ask('del', stream));
  after(() => clients[Symbol.asyncDispose]());

  describe('publishDurable', () => {
    it('gives ids that grow, and keeps about as many entries as it is told', async () => {
      const ids: string[] = [];
      for (const message of numbered(0, 350))
        ids.push(await other.pubsub.publishDurable(stream, message, { maxLength: 100 }));
      expect(new Set(ids).size).to.equal(350);
      expect(await ask('xlen', stream)).to.be.within(100, 250);
      await other.pubsub.publishDurable(stream, 'x', { maxLength: Infinity });
      expect((await redisErrorOf(other.pubsub.publishDurable(stream, 'x', { maxLength: 0 }))).code).to.equal(
        'SLIPWAY_REDIS_ARGUMENT',
      );
    });

    it('says what is wrong with a key that holds something else', async () => {
      await ask('set', stream, 'text');
      expect((await redisErrorOf(other.pubsub.publishDurable(stream, 'x'))).code).to.equal(
        'SLIPWAY_REDIS_COMMAND',
      );
      expect((await redisErrorOf(redis.pubsub.subscribeDurable(stream))).message).to.contain('WRONGTYPE');
    });
  });

  describe('subscribeDurable', () => {
    it('gives what is published once it has resolved, in order, also to a stream that is new', async () => {
      await using fresh = await redis.pubsub.subscribeDurable(stream);
      const ids = await publish(...numbered(0, 250));
      const messages = await take(fresh, 250);
      expect(textsOf(messages)).to.deep.equal(numbered(0, 250));
      expect(messages.map(({ id }) => id)).to.deep.equal(ids);
      expect(messages[0]).to.deep.equal({
        type: 'message',
        channel: stream,
        id: ids[0],
        data: '0',
        fields: { data: '0' },
      });
      await using later = await redis.pubsub.subscribeDurable(stream);
      await publish('last');
      expect(textsOf(await take(later, 1))).to.deep.equal(['last']);
      expect([fresh.gaps, later.gaps]).to.deep.equal([0, 0]);
    });

    it('gives each of several loops a part', async () => {
      await using reader = await redis.pubsub.subscribeDurable(stream);
      const loops = [take(reader, 10), take(reader, 10), take(reader, 10)];
      await publish(...numbered(0, 30));
      const read = textsOf((await Promise.all(loops)).flat());
      expect(read.toSorted((a, b) => Number(a) - Number(b))).to.deep.equal(numbered(0, 30));
    });

    it('reads what others wrote with fields of their own', async () => {
      await using reader = await redis.pubsub.subscribeDurable(stream);
      await ask('xadd', stream, '*', '__proto__', 'a', 'b', 'c');
      const [message] = await take(reader, 1);
      expect(message?.data).to.equal('');
      expect(Object.entries(message?.fields ?? {})).to.deep.equal([
        ['__proto__', 'a'],
        ['b', 'c'],
      ]);
    });

    it('tells how many entries were trimmed before it read them, in their place', async () => {
      await using reader = await redis.pubsub.subscribeDurable(stream, { batch: 3 });
      const begin = new Date();
      await publish(...numbered(0, 5));
      expect(textsOf(await take(reader, 3))).to.deep.equal(['0', '1', '2']);
      await publish(...numbered(5, 10));
      await ask('xtrim', stream, 'MAXLEN', '4');
      const { gaps, messages } = await listenTo(reader, '14');
      expect(messages).to.deep.equal(['11', '12', '13', '14']);
      expect(gaps).to.have.length(1);
      expect(gaps[0]).to.deep.include({ channel: stream, reason: 'trimmed', dropped: 8 });
      expect(gaps[0]?.since.getTime()).to.be.at.most(begin.getTime());
    });

    it('tells of entries that came and went while it was not looking, even from a new stream', async () => {
      await using reader = await redis.pubsub.subscribeDurable(stream);
      await publish(...numbered(0, 5));
      await ask('xtrim', stream, 'MAXLEN', '0');
      await publish('5');
      const { gaps, messages } = await listenTo(reader, '5');
      expect(messages).to.deep.equal(['5']);
      expect(gaps.map(({ dropped }) => dropped)).to.deep.equal([5]);
    });

    it('tells of nothing where only what it had read was trimmed', async () => {
      await using reader = await redis.pubsub.subscribeDurable(stream);
      await publish(...numbered(0, 5));
      await take(reader, 5);
      await ask('xtrim', stream, 'MAXLEN', '0');
      await publish('5');
      const { gaps, messages } = await listenTo(reader, '5');
      expect(messages).to.deep.equal(['5']);
      expect(gaps).to.deep.equal([]);
    });

    it('tells of a stream that was deleted, and reads the next one from its beginning', async () => {
      await using reader = await redis.pubsub.subscribeDurable(stream);
      await publish('1');
      await take(reader, 1);
      // The ids of the next stream begin anew: those of the same millisecond would be the old ones again.
      const { lastId } = reader;
      while (Date.now() <= Number(lastId.split('-')[0])) await new Promise(setImmediate);
      await ask('del', stream);
      await nextMillisecond();
      await publish('2', '3');
      const { gaps, messages } = await listenTo(reader, '3');
      expect(messages).to.deep.equal(['2', '3']);
      expect(gaps).to.have.length(1);
    });

    it('tells that entries after the id it was given are gone', async () => {
      const [first] = await publish(...numbered(0, 5));
      await ask('xtrim', stream, 'MAXLEN', '2');
      const told: PubSubGap[] = [];
      await using reader = await redis.pubsub.subscribeDurable(stream, {
        from: first ?? '',
        onGap: (gap) => told.push(gap),
      });
      expect(textsOf(await take(reader, 2))).to.deep.equal(['3', '4']);
      expect([told.length, reader.gaps]).to.deep.equal([1, 1]);
    });

    it('tells of a stream that knows nothing of the id it was given, and reads on from its end', async () => {
      await publish('0', '1');
      await using reader = await redis.pubsub.subscribeDurable(stream, { from: '99999999999999' });
      const reading = listenTo(reader, '2');
      await until(() => reader.gaps === 1);
      await publish('2');
      const { gaps, messages } = await reading;
      expect(messages).to.deep.equal(['2']);
      expect(gaps).to.have.length(1);
    });

    it('ends a loop that waits when it is closed, aborted, or its client stops', async () => {
      const stopping = await clients.start(url());
      const aborting = new AbortController();
      const readers = await Promise.all([
        stopping.pubsub.subscribeDurable(stream),
        stopping.pubsub.subscribeDurable(stream, { signal: aborting.signal }),
        stopping.pubsub.subscribeGroup(stream, { group: 'g', consumer: 'c' }),
      ]);
      const ends = readers.map((reader) => reader[Symbol.asyncIterator]().next());
      await readers[0]?.close();
      expect((await ends[0])?.done).to.equal(true);
      aborting.abort();
      expect((await ends[1])?.done).to.equal(true);
      await stopping.stop();
      expect((await ends[2])?.done).to.equal(true);
      for (const reader of readers)
        expect((await reader.listen().next()).value).to.include({ type: 'subscribe' });
      for (const reader of readers) expect(await take(reader, 1)).to.deep.equal([]);
    });

    it('throws to its loop, once, that its key holds something else now', async () => {
      await using reader = await redis.pubsub.subscribeDurable(stream);
      const waiting = redisErrorOf(take(reader, 1));
      await ask('set', stream, 'text');
      expect((await waiting).message).to.contain('WRONGTYPE');
      expect((await redisErrorOf(take(reader, 1))).code).to.equal('SLIPWAY_REDIS_COMMAND');
    });
  });
}
