import { expect } from 'chai';
import type { DurableSubscription, GroupMessage } from '../../../src/protocols/redis.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisClients, runOnce, uniquePrefix } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { listenTo, nextMillisecond, numbered, take, textsOf } from '../../support/stream-reading.js';

/** What the members of a group that shares a stream are promised, on any server. */
export function groupContract(url: () => string): void {
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

  it('shares the messages among its members', async () => {
    await using one = await member('one');
    await using two = await member('two');
    await publish(...numbered(0, 40));
    const read = await Promise.all(
      [one, two].map(async (reader) => {
        const messages = await take(reader, 10);
        await Promise.all(messages.map((message) => message.ack()));
        return textsOf(messages);
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

  it('tells of what another member left behind and the stream has dropped since', async () => {
    {
      await using gone = await member('gone');
      await publish('1', '2', '3');
      await take(gone, 3);
    }
    await ask('xtrim', stream, 'MAXLEN', '1');
    await using heir = await member('heir', { claimAfterMs: 1 });
    const { gaps, messages } = await listenTo(heir, '3');
    expect(messages).to.deep.equal(['3']);
    expect(gaps.map(({ dropped, reason }) => [dropped, reason])).to.deep.equal([[2, 'trimmed']]);
  });

  it('gives a message again that nobody acknowledged for long', async () => {
    await using reader = await member('one', { claimAfterMs: 50 });
    await publish('again');
    const messages = await take(reader, 2);
    expect(textsOf(messages)).to.deep.equal(['again', 'again']);
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
    expect(textsOf(await next)).to.deep.equal(['10']);
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
    await nextMillisecond();
    await publish('2', '3');
    const { gaps, messages } = await listenTo(reader, '3');
    expect(messages).to.deep.equal(['2', '3']);
    expect(gaps).to.have.length(1);
  });
}
