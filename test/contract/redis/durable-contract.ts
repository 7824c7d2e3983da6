import { expect } from 'chai';
import type {
  DurableMessage,
  DurableSubscription,
  GroupMessage,
  PubSubGap,
} from '../../../src/protocols/redis.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisClients, redisErrorOf, runOnce, uniquePrefix, until } from '../../support/redis-helpers.js';

async function take<M extends DurableMessage>(subscription: AsyncIterable<M>, count: number): Promise<M[]> {
  const taken: M[] = [];
  for await (const message of subscription) if (taken.push(message) === count) break;
  return taken;
}

const texts = (messages: readonly DurableMessage[]): string[] => messages.map(({ data }) => data);

const numbered = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${from + index}`);

/** The gaps that `listen()` gives before the message `last`, and the other messages. */
async function listenTo(subscription: DurableSubscription, last: string) {
  const gaps: PubSubGap[] = [];
  const messages: string[] = [];
  for await (const event of subscription.listen()) {
    if (event.type === 'gap') gaps.push(event);
    if (event.type === 'message') messages.push(event.data);
    if (event.type === 'message' && event.data === last) break;
  }
  return { gaps, messages };
}

/** What subscriptions to streams promise, on any server. */
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

  const member = (
    consumer: string,
    more: {
      readonly claimAfterMs?: number;
      readonly maxUnacknowledged?: number;
      readonly from?: string;
    } = {},
  ): Promise<DurableSubscription<GroupMessage>> =>
    redis.pubsub.subscribeGroup(stream, { group: 'g', consumer, batch: 10, ...more });

  const pending = async (): Promise<unknown> => ((await ask('xpending', stream, 'g')) as unknown[])[0];

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
      expect(texts(messages)).to.deep.equal(numbered(0, 250));
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
      expect(texts(await take(later, 1))).to.deep.equal(['last']);
      expect([fresh.gaps, later.gaps]).to.deep.equal([0, 0]);
    });

    it('goes on after an id, so that a restart of the reader misses nothing and repeats nothing', async () => {
      await publish(...numbered(0, 30));
      let lastId = '0';
      const seen: string[] = [];
      while (seen.length < 30) {
        await using reader = await redis.pubsub.subscribeDurable(stream, { from: lastId, batch: 4 });
        seen.push(...texts(await take(reader, 7)).slice(0, 30 - seen.length));
        ({ lastId } = reader);
        if (seen.length === 28) await publish('30', '31', '32', '33', '34');
        expect(reader.gaps).to.equal(0);
      }
      expect(seen).to.deep.equal(numbered(0, 30));
    });

    it('wakes a loop that waits', async () => {
      await using reader = await redis.pubsub.subscribeDurable(stream);
      const waiting = take(reader, 1);
      await publish('awake');
      expect(texts(await waiting)).to.deep.equal(['awake']);
    });

    it('gives each of several loops a part', async () => {
      await using reader = await redis.pubsub.subscribeDurable(stream);
      const loops = [take(reader, 10), take(reader, 10), take(reader, 10)];
      await publish(...numbered(0, 30));
      const read = texts((await Promise.all(loops)).flat());
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
      expect(texts(await take(reader, 3))).to.deep.equal(['0', '1', '2']);
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
      await ask('del', stream);
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
      expect(texts(await take(reader, 2))).to.deep.equal(['3', '4']);
      expect([told.length, reader.gaps]).to.deep.equal([1, 1]);
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

    it('refuses options that have no meaning', async () => {
      for (const options of [
        { from: 'x' },
        { from: '1-2-3' },
        { from: '>' },
        { batch: 0 },
        { batch: 10_001 },
      ]) {
        const error = await redisErrorOf(redis.pubsub.subscribeDurable(stream, options));
        expect(error.code, JSON.stringify(options)).to.equal('SLIPWAY_REDIS_ARGUMENT');
      }
    });

    it('refuses a signal that is aborted already', async () => {
      const reason = new Error('no more');
      const signal = AbortSignal.abort(reason);
      const thrown: unknown = await redis.pubsub
        .subscribeDurable(stream, { signal })
        .catch((error: unknown) => error);
      expect(thrown).to.equal(reason);
    });
  });

  describe('subscribeGroup', () => {
    it('shares the messages among its members', async () => {
      await using one = await member('one');
      await using two = await member('two');
      await publish(...numbered(0, 40));
      const read = await Promise.all(
        [one, two].map(async (reader) => {
          const messages = await take(reader, 10);
          await Promise.all(messages.map((message) => message.ack()));
          return texts(messages);
        }),
      );
      expect(new Set(read.flat()).size).to.equal(20);
      const rest: string[] = [];
      for await (const message of one) {
        await message.ack();
        if (rest.push(message.data) === 20) break;
      }
      expect([...read.flat(), ...rest].toSorted((a, b) => Number(a) - Number(b))).to.deep.equal(
        numbered(0, 40),
      );
      expect(await pending()).to.equal(0);
    });

    it('begins where it is told, and goes on where the group stopped', async () => {
      await publish('0', '1');
      await (await member('one', { from: '$' })).close();
      await publish('2');
      await using reader = await member('two', { from: '0' });
      expect(texts(await take(reader, 1))).to.deep.equal(['2']);
    });

    it('gives again to the same name what it left unacknowledged, before anything new', async () => {
      await publish(...numbered(0, 25));
      {
        await using before = await member('one');
        const messages = await take(before, 25);
        await messages[3]?.ack();
      }
      await publish('new');
      await using after = await member('one');
      const messages = await take(after, 25);
      expect(texts(messages)).to.deep.equal([...numbered(0, 3), ...numbered(4, 21), 'new']);
      for (const message of messages) expect(await message.ack()).to.equal(true);
      expect(await messages[0]?.ack()).to.equal(false);
      expect(await pending()).to.equal(0);
    });

    it('claims what another member left behind', async () => {
      {
        await using gone = await member('gone');
        await publish('left behind');
        await take(gone, 1);
      }
      await using heir = await member('heir', { claimAfterMs: 50 });
      const [message] = await take(heir, 1);
      expect(message?.data).to.equal('left behind');
      expect(await message?.ack()).to.equal(true);
    });

    it('gives a message again that nobody acknowledged for long', async () => {
      await using reader = await member('one', { claimAfterMs: 50 });
      await publish('again');
      const messages = await take(reader, 2);
      expect(texts(messages)).to.deep.equal(['again', 'again']);
      await messages[1]?.ack();
    });

    it('reads no more while too many are unacknowledged', async () => {
      await using reader = await member('one', { maxUnacknowledged: 10 });
      await publish(...numbered(0, 30));
      const messages = await take(reader, 10);
      const next = take(reader, 1);
      let settled = false;
      void next.then(() => {
        settled = true;
      });
      await until(async () => (await pending()) === 10);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect([settled, await pending()]).to.deep.equal([false, 10]);
      await messages[0]?.ack();
      expect(texts(await next)).to.deep.equal(['10']);
    });

    it('tells of entries that were trimmed before the group came to them', async () => {
      await using reader = await member('one');
      await publish(...numbered(0, 5));
      await Promise.all((await take(reader, 5)).map((message) => message.ack()));
      await publish(...numbered(5, 10));
      await ask('xtrim', stream, 'MAXLEN', '4');
      const { gaps, messages } = await listenTo(reader, '14');
      expect(messages).to.deep.equal(['11', '12', '13', '14']);
      expect(gaps.map(({ reason }) => reason)).to.deep.equal(['trimmed']);
    });

    it('tells of nothing where only what was given out is trimmed, but of what is given again', async () => {
      {
        await using before = await member('one');
        await publish(...numbered(0, 5));
        await take(before, 5);
        await ask('xtrim', stream, 'MAXLEN', '0');
        await publish('5');
        const { gaps, messages } = await listenTo(before, '5');
        expect([gaps.length, messages]).to.deep.equal([0, ['5']]);
      }
      await using after = await member('one');
      const { gaps, messages } = await listenTo(after, '5');
      expect(messages).to.deep.equal(['5']);
      expect(gaps.map(({ dropped }) => dropped)).to.deep.equal([5]);
    });

    it('makes its group anew where stream and group are gone, and tells so', async () => {
      await using reader = await member('one');
      await publish('1');
      await take(reader, 1);
      await ask('del', stream);
      await publish('2', '3');
      const { gaps, messages } = await listenTo(reader, '3');
      expect(messages).to.deep.equal(['2', '3']);
      expect(gaps).to.have.length(1);
    });

    it('refuses options that have no meaning', async () => {
      for (const options of [
        { group: '', consumer: 'c' },
        { group: 'g', consumer: '' },
        { group: 'g', consumer: 'c', claimAfterMs: 0 },
        { group: 'g', consumer: 'c', maxUnacknowledged: 0 },
        { group: 'g', consumer: 'c', from: 'yesterday' },
      ]) {
        const error = await redisErrorOf(redis.pubsub.subscribeGroup(stream, options));
        expect(error.code, JSON.stringify(options)).to.equal('SLIPWAY_REDIS_ARGUMENT');
      }
    });
  });
}
