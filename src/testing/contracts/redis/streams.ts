import assert from 'node:assert/strict';
import type { RedisPubSubProtocol } from '../../../protocols/redis.js';
import { aReason, keys, rejects, take } from './support.js';
import { errorOf } from '../outcomes.js';

type Tests = Readonly<Record<string, (pubsub: RedisPubSubProtocol) => Promise<void>>>;

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index));
}

async function publish(pubsub: RedisPubSubProtocol, stream: string, texts: readonly string[]) {
  return Promise.all(texts.map((text) => pubsub.publishDurable(stream, text)));
}

/** The next messages, acknowledged. */
async function work(
  member: AsyncIterable<{ readonly data: string; ack(): Promise<boolean> }>,
  count: number,
): Promise<string[]> {
  const texts: string[] = [];
  for await (const message of member) {
    assert.equal(await message.ack(), true);
    if (texts.push(message.data) === count) break;
  }
  return texts;
}

export const streamTests: Tests = {
  'gives a reader of a stream what is published once it has resolved, once, in order and with its id': async (
    pubsub,
  ) => {
    const [stream = ''] = keys(1);
    await using reader = await pubsub.subscribeDurable(stream, { batch: 20 });
    const ids = await publish(pubsub, stream, numbered(0, 50));
    const seen: string[] = [];
    const texts: string[] = [];
    for await (const { id, data } of reader) {
      texts.push(data);
      if (seen.push(id) === 50) break;
    }
    assert.deepEqual([seen, texts], [ids, numbered(0, 50)]);
    assert.deepEqual([reader.lastId, reader.gaps], [ids[49], 0]);
  },

  'goes on after an id, so that a restart of the reader misses nothing and repeats nothing': async (
    pubsub,
  ) => {
    const [stream = ''] = keys(1);
    await publish(pubsub, stream, numbered(0, 20));
    let lastId = '0';
    const seen: string[] = [];
    while (seen.length < 20) {
      await using reader = await pubsub.subscribeDurable(stream, { from: lastId, batch: 3 });
      seen.push(...(await take(reader, 5)));
      ({ lastId } = reader);
      assert.equal(reader.gaps, 0);
    }
    assert.deepEqual(seen, numbered(0, 20));
  },

  'wakes a loop that waits for an entry, and ends it when it is closed or its signal aborts': async (
    pubsub,
  ) => {
    const [stream = ''] = keys(1);
    const aborting = new AbortController();
    const closed = await pubsub.subscribeDurable(stream);
    const aborted = await pubsub.subscribeDurable(stream, { signal: aborting.signal });
    const waiting = Promise.all([take(closed, 1), take(aborted, 1)]);
    await pubsub.publishDurable(stream, 'awake');
    assert.deepEqual(await waiting, [['awake'], ['awake']]);
    const ends = [closed, aborted].map((reader) => reader[Symbol.asyncIterator]().next());
    await closed.close();
    aborting.abort();
    assert.deepEqual(
      (await Promise.all(ends)).map(({ done }) => done),
      [true, true],
    );
  },

  'shares a stream among the members of a group': async (pubsub) => {
    const [stream = ''] = keys(1);
    const group = 'g';
    await using one = await pubsub.subscribeGroup(stream, { group, consumer: 'one', batch: 5 });
    await using two = await pubsub.subscribeGroup(stream, { group, consumer: 'two', batch: 5 });
    await publish(pubsub, stream, numbered(0, 20));
    const shared = (await Promise.all([work(one, 5), work(two, 5)])).flat();
    assert.equal(new Set(shared).size, 10);
  },

  'gives again to the same name what it left unacknowledged, before anything new': async (pubsub) => {
    const [stream = ''] = keys(1);
    const member = { group: 'g', consumer: 'one' };
    await publish(pubsub, stream, numbered(0, 5));
    {
      await using before = await pubsub.subscribeGroup(stream, member);
      assert.deepEqual(await work(before, 2), ['0', '1']);
      assert.deepEqual(await take(before, 3), ['2', '3', '4']);
    }
    await publish(pubsub, stream, ['new']);
    await using after = await pubsub.subscribeGroup(stream, member);
    assert.deepEqual(await work(after, 4), ['2', '3', '4', 'new']);
  },

  'gives any member what nobody acknowledged for long': async (pubsub) => {
    const [stream = ''] = keys(1);
    await publish(pubsub, stream, ['left behind']);
    {
      await using gone = await pubsub.subscribeGroup(stream, { group: 'g', consumer: 'gone' });
      await take(gone, 1);
    }
    const heir = { group: 'g', consumer: 'heir', claimAfterMs: 50 };
    await using member = await pubsub.subscribeGroup(stream, heir);
    assert.deepEqual(await work(member, 1), ['left behind']);
  },

  'begins a new group where it is told, and goes on where the group stopped': async (pubsub) => {
    const [stream = ''] = keys(1);
    await publish(pubsub, stream, ['0', '1']);
    const begun = await pubsub.subscribeGroup(stream, { group: 'g', consumer: 'one', from: '$' });
    await begun.close();
    await publish(pubsub, stream, ['2']);
    await using member = await pubsub.subscribeGroup(stream, { group: 'g', consumer: 'two', from: '0' });
    assert.deepEqual(await work(member, 1), ['2']);
  },

  'refuses options of streams and groups that have no meaning, and a signal that is aborted': async (
    pubsub,
  ) => {
    const [stream = ''] = keys(1);
    for (const options of [{ from: 'x' }, { from: '>' }, { batch: 0 }, { batch: 10_001 }])
      await rejects(pubsub.subscribeDurable(stream, options), 'ARGUMENT', false);
    for (const options of [
      { group: '', consumer: 'c' },
      { group: 'g', consumer: '' },
      { group: 'g', consumer: 'c', claimAfterMs: 0 },
      { group: 'g', consumer: 'c', maxUnacknowledged: 0 },
    ])
      await rejects(pubsub.subscribeGroup(stream, options), 'ARGUMENT', false);
    await rejects(pubsub.publishDurable(stream, 'x', { maxLength: 0 }), 'ARGUMENT', false);
    const reason = aReason('no more');
    const signal = AbortSignal.abort(reason);
    assert.equal(await errorOf(pubsub.subscribeDurable(stream, { signal })), reason);
  },
};
