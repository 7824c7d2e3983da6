import { expect } from 'chai';
import { type SinonSpy, type SinonStub, spy, stub } from 'sinon';
import { RedisError } from '../../../src/index.js';
import type { PubSubEvent, PubSubGap, PubSubMessage } from '../../../src/protocols/redis.js';
import { Gap } from '../../../src/redis/gap.js';
import {
  QueuedSubscription,
  type QueuedSubscriptionOptions,
  type SubscriptionOwner,
} from '../../../src/redis/subscription.js';

const message = (data: string): PubSubMessage => ({ type: 'message', channel: 'c', data });
const provenAt = 1_000;

const failureOf = (result: Promise<unknown>): Promise<unknown> =>
  result.then(
    () => undefined,
    (error: unknown) => error,
  );

describe(QueuedSubscription.name, () => {
  let leave: SinonStub<[QueuedSubscription], Promise<void>>;
  let overflowed: SinonSpy;
  let owner: SubscriptionOwner;
  let subscription: QueuedSubscription;

  const create = (more: Partial<QueuedSubscriptionOptions> = {}): QueuedSubscription =>
    new QueuedSubscription({
      kind: 'channel',
      channel: 'c',
      capacity: 3,
      capacityBytes: 1000,
      overflow: 'drop-oldest',
      owner,
      ...more,
    });

  const feed = (...data: string[]): void => {
    for (const one of data) subscription.push(message(one));
  };

  const lostLink = (since = 2_000, until = 3_000): void =>
    subscription.announce(new Gap('connection', since, until));

  /** What is there to be read, as `listen()` gives it, without the confirmation. */
  async function waiting(count: number): Promise<(string | PubSubGap)[]> {
    const seen: (string | PubSubGap)[] = [];
    for await (const event of subscription.listen()) {
      if (event.type === 'subscribe') continue;
      seen.push(event.type === 'message' ? event.data : event);
      if (seen.length === count) break;
    }
    return seen;
  }

  beforeEach(() => {
    leave = stub<[QueuedSubscription], Promise<void>>().resolves();
    overflowed = spy();
    owner = {
      counts: { received: 0, dropped: 0, gaps: 0 },
      provenAt,
      leave,
      overflowed,
      overflowError: () => new RedisError('SLIPWAY_REDIS_OVERFLOW', { message: 'Too slow.' }),
    };
    subscription = create();
  });

  describe('reading', () => {
    it('gives messages in order, those that came before and those that come while it is read', async () => {
      feed('1');
      const iterator = subscription[Symbol.asyncIterator]();
      expect(await iterator.next()).to.deep.equal({ done: false, value: message('1') });
      const [second, third] = [iterator.next(), iterator.next()];
      feed('2', '3');
      expect(await second).to.deep.equal({ done: false, value: message('2') });
      expect(await third).to.deep.equal({ done: false, value: message('3') });
    });

    it('can be read on after a loop was left', async () => {
      feed('1', '2');
      const seen: string[] = [];
      for (let loop = 0; loop < 2; loop += 1) {
        for await (const { data } of subscription) {
          seen.push(data);
          break;
        }
      }
      expect(seen).to.deep.equal(['1', '2']);
      expect(leave.callCount).to.equal(0);
    });

    it('gives each message to one of several loops, to the one that waited longest', async () => {
      const [one, other] = [subscription[Symbol.asyncIterator](), subscription[Symbol.asyncIterator]()];
      const read = [one.next(), other.next(), one.next()];
      feed('1', '2', '3');
      const results = await Promise.all(read);
      expect(results.map(({ value }) => (value as PubSubMessage).data)).to.deep.equal(['1', '2', '3']);
    });

    it('gives nothing to an iterator that was left while it waited', async () => {
      const left = subscription[Symbol.asyncIterator]();
      const stays = subscription[Symbol.asyncIterator]();
      const [gone, waits] = [left.next(), stays.next()];
      await left.return?.();
      expect(await gone).to.deep.equal({ done: true, value: undefined });
      feed('1');
      expect((await waits).value).to.deep.equal(message('1'));
      expect((await left.next()).done).to.equal(true);
    });
  });

  describe('overflow', () => {
    it("'drop-oldest' keeps the newest, counts the others and tells of them in their place, once", async () => {
      feed('1', '2', '3', '4', '5');
      expect([subscription.dropped, subscription.gaps, overflowed.callCount]).to.deep.equal([2, 1, 1]);
      const [gap, ...rest] = await waiting(4);
      expect(gap).to.deep.include({ type: 'gap', channel: 'c', reason: 'overflow', dropped: 2 });
      expect((gap as PubSubGap).since).to.deep.equal(new Date(provenAt));
      expect((gap as PubSubGap).until).to.be.within(new Date(Date.now() - 60_000), new Date());
      expect(rest).to.deep.equal(['3', '4', '5']);
    });

    it('tells anew of what is dropped after it was read', async () => {
      feed('1', '2', '3', '4');
      await waiting(2);
      feed('5', '6');
      expect(subscription.gaps).to.equal(2);
      expect((await waiting(1))[0]).to.deep.include({ dropped: 1 });
      expect(await waiting(3)).to.deep.equal(['4', '5', '6']);
    });

    it('drops as many as a large message needs room, and keeps that even if it is larger than all of it', async () => {
      subscription = create({ capacity: 10, capacityBytes: 20 });
      feed('12345', '1234', 'x', '123456');
      expect(subscription.dropped).to.equal(2);
      feed('x'.repeat(100));
      expect(subscription.dropped).to.equal(4);
      expect((await waiting(2))[1]).to.equal('x'.repeat(100));
    });

    it('makes one gap of what was dropped around a lost connection', async () => {
      feed('1');
      lostLink();
      feed('2', '3', '4', '5');
      const [gap, ...rest] = await waiting(4);
      expect(gap).to.deep.include({ reason: 'connection', dropped: 2, since: new Date(provenAt) });
      expect(rest).to.deep.equal(['3', '4', '5']);
    });

    it("'error' reads what waits, tells of the gap and then throws; it leaves its channel", async () => {
      subscription = create({ overflow: 'error' });
      feed('1', '2', '3', '4', '5');
      expect([subscription.dropped, subscription.gaps, leave.callCount]).to.deep.equal([1, 1, 1]);
      const seen: PubSubEvent[] = [];
      let thrown: unknown;
      try {
        for await (const event of subscription.listen()) seen.push(event);
      } catch (error) {
        thrown = error;
      }
      expect((thrown as RedisError).code).to.equal('SLIPWAY_REDIS_OVERFLOW');
      expect(seen.map(({ type }) => type)).to.deep.equal([
        'subscribe',
        'message',
        'message',
        'message',
        'gap',
      ]);
      await subscription.close();
      expect(leave.callCount).to.equal(1);
    });

    it("'disconnect' drops all, tells of that and ends without an error; it leaves its channel", async () => {
      const onGap = spy();
      subscription = create({ overflow: 'disconnect', onGap });
      feed('1', '2', '3', '4', '5');
      expect([subscription.dropped, subscription.gaps, leave.callCount]).to.deep.equal([4, 1, 1]);
      const seen: PubSubMessage[] = [];
      for await (const one of subscription) seen.push(one);
      expect(seen).to.deep.equal([]);
      expect(onGap.firstCall.args[0]).to.deep.include({ reason: 'overflow', dropped: 4 });
    });
  });

  describe('gaps', () => {
    it('stand in their place for listen(), and are passed over by a loop over messages', async () => {
      feed('1');
      lostLink();
      feed('2');
      expect(subscription.gaps).to.equal(1);
      const first = await waiting(2);
      expect(first[1]).to.deep.equal({
        type: 'gap',
        channel: 'c',
        reason: 'connection',
        since: new Date(2_000),
        until: new Date(3_000),
        dropped: 0,
      });
      lostLink();
      feed('3');
      const seen: string[] = [];
      for await (const { data } of subscription) if (seen.push(data) === 2) break;
      expect(seen).to.deep.equal(['2', '3']);
    });

    it('are told to onGap before the first message after them, also when a loop waits', async () => {
      const told: string[] = [];
      subscription = create({ onGap: ({ reason }) => void told.push(reason) });
      const iterator = subscription[Symbol.asyncIterator]();
      const next = iterator.next();
      lostLink();
      expect(told).to.deep.equal(['connection']);
      feed('1');
      expect((await next).value).to.deep.equal(message('1'));
      feed('2');
      lostLink();
      feed('3');
      await iterator.next();
      expect(told).to.have.length(1);
      await iterator.next();
      expect(told).to.have.length(2);
    });

    it('end a loop with what onGap throws, whether it waits or reads', async () => {
      const stop = new Error('read anew');
      const failing = create({
        onGap: () => {
          throw stop;
        },
      });
      for (const waits of [true, false]) {
        const iterator = failing[Symbol.asyncIterator]();
        const early = waits ? iterator.next() : undefined;
        failing.announce(new Gap('connection', 1, 2));
        expect(await failureOf(early ?? iterator.next())).to.equal(stop);
        expect((await iterator.next()).done).to.equal(true);
      }
    });

    it('next to each other become one, so that an unread subscription takes no more memory', async () => {
      for (let at = 1; at <= 100; at += 1) lostLink(at, at + 1);
      feed('1');
      const [gap, first] = await waiting(2);
      expect(gap).to.deep.include({ since: new Date(1), until: new Date(101) });
      expect(first).to.equal('1');
      expect(subscription.gaps).to.equal(100);
    });

    it('go to a waiting listen() at once', async () => {
      const iterator = subscription.listen();
      await iterator.next();
      const next = iterator.next();
      lostLink();
      expect((await next).value).to.deep.include({ type: 'gap' });
    });
  });

  describe('end', () => {
    it('ends every reader when closed, drops what was not read, and closes once', async () => {
      const iterator = subscription.listen();
      await iterator.next();
      const waits = iterator.next();
      await Promise.all([subscription.close(), subscription.close(), subscription[Symbol.asyncDispose]()]);
      expect((await waits).done).to.equal(true);
      feed('late');
      lostLink();
      expect((await subscription[Symbol.asyncIterator]().next()).done).to.equal(true);
      expect((await subscription.listen().next()).done).to.equal(true);
      expect([leave.callCount, subscription.gaps]).to.deep.equal([1, 0]);
    });

    it('tells its reader why it ended, once', async () => {
      const waits = subscription[Symbol.asyncIterator]().next();
      const reason = new Error('forbidden');
      subscription.end(reason);
      expect(await failureOf(waits)).to.equal(reason);
      const later = subscription[Symbol.asyncIterator]();
      expect(await failureOf(later.next())).to.equal(reason);
      expect((await later.next()).done).to.equal(true);
      await subscription.close();
      expect(leave.callCount).to.equal(0);
    });

    it('closes when its signal aborts, and lets go of the signal when it is closed', async () => {
      const aborting = new AbortController();
      subscription = create({ signal: aborting.signal });
      const waits = subscription[Symbol.asyncIterator]().next();
      aborting.abort();
      expect((await waits).done).to.equal(true);
      expect(leave.callCount).to.equal(1);
      const signal = new AbortController().signal;
      const remove = spy(signal, 'removeEventListener');
      await create({ signal }).close();
      expect(remove.callCount).to.equal(1);
    });
  });
});
