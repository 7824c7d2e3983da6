import assert from 'node:assert/strict';
import type { AtomicRedisClientProtocol } from '../../../protocols/redis.js';
import type { RedisTransaction } from '../../../protocols/redis/transactions.js';
import { aReason, keys, rejects } from './support.js';
import { errorOf } from '../outcomes.js';

type Tests = Readonly<Record<string, (redis: AtomicRedisClientProtocol) => Promise<void>>>;

export const transactionTests: Tests = {
  'applies what a transaction queued, and gives what its function returned': async (redis) => {
    const [key = '', other = ''] = keys(2);
    await redis.set(key, '41');
    const sum = await redis.transaction([key], async (tx) => {
      const next = Number(await tx.get(key)) + 1;
      tx.multi().set(key, String(next));
      tx.multi().rpush(other, 'done');
      return next;
    });
    assert.equal(sum, 42);
    assert.equal(await redis.get(key), '42');
    assert.deepEqual(await redis.lrange(other, 0, -1), ['done']);
    await redis.delete(key, other);
  },

  'gives the results of the queue where the function returns it': async (redis) => {
    const [key = '', other = ''] = keys(2);
    const results = await redis.transaction([key], (tx) =>
      tx
        .multi()
        .setex(key, 60, '5')
        .incrby(key, 2)
        .get(key)
        .hset(other, { a: '1', b: '2' })
        .hgetall(other)
        .smembers(`${other}:none`)
        .expire(key, 30)
        .get(`${other}:none`),
    );
    assert.deepEqual(results, [true, 7, '7', 2, { a: '1', b: '2' }, new Set(), true, null]);
    await redis.delete(key, other);
  },

  'runs the function again if a watched key changed, and applies only the last of its queues': async (
    redis,
  ) => {
    const [key = '', other = ''] = keys(2);
    const seen: (string | null)[] = [];
    await redis.transaction([key], async (tx) => {
      seen.push(await tx.get(key));
      tx.multi().rpush(other, String(seen.length));
      if (seen.length < 3) await redis.set(key, `theirs ${seen.length}`);
    });
    assert.deepEqual(seen, [null, 'theirs 1', 'theirs 2']);
    assert.deepEqual(await redis.lrange(other, 0, -1), ['3']);
    await redis.delete(key, other);
  },

  'gives up after the retries it was given, with nothing applied': async (redis) => {
    const [key = '', other = ''] = keys(2);
    for (const retries of [0, 2]) {
      let runs = 0;
      const work = redis.transaction(
        [key],
        async (tx) => {
          runs += 1;
          await redis.set(key, String(runs));
          tx.multi().rpush(other, 'ours');
        },
        { retries },
      );
      const error = await rejects(work, 'CONFLICT', false);
      assert.deepEqual([runs, error.retryable], [retries + 1, true]);
    }
    assert.equal(await redis.exists(other), 0);
    await redis.deleteKey(key);
  },

  'tells also a function that writes nothing whether what it read belongs together': async (redis) => {
    const [key = '', other = ''] = keys(2);
    await redis.mset({ [key]: 'old', [other]: 'old' });
    let runs = 0;
    const both = await redis.transaction([key, other], async (tx) => {
      runs += 1;
      const first = await tx.get(key);
      if (runs === 1) await Promise.all([redis.set(key, 'new'), redis.set(other, 'new')]);
      return [first, await tx.get(other)];
    });
    assert.deepEqual([both, runs], [['new', 'new'], 2]);
    await redis.delete(key, other);
  },

  'lets out what the function throws, and applies nothing': async (redis) => {
    const [key = ''] = keys(1);
    const reason = aReason('the work failed');
    for (const fail of [() => Promise.reject(reason), () => raise(reason)]) {
      const work = redis.transaction([key], (tx) => {
        tx.multi().set(key, 'v');
        return fail();
      });
      assert.equal(await errorOf(work), reason);
      assert.equal(await redis.get(key), null);
    }
  },

  'refuses bad arguments, of its own and of the queue, before anything is sent': async (redis) => {
    const [key = ''] = keys(1);
    const calls = [
      redis.transaction([1] as unknown as string[], () => {}),
      ...[-1, 0.5, Number.NaN].map((retries) => redis.transaction([key], () => {}, { retries })),
      redis.transaction([key], (tx) => tx.multi().set(key, 'x').setex(key, 0, 'y')),
      redis.transaction([key], (tx) => tx.get(1 as unknown as string)),
    ];
    await Promise.all(calls.map((call) => rejects(call, 'ARGUMENT', false)));
    assert.equal(await redis.get(key), null);
  },

  'rejects if a command fails while EXEC runs, since the others were applied': async (redis) => {
    const [key = '', other = ''] = keys(2);
    await redis.set(other, 'text');
    const work = redis.transaction([key], (tx) => tx.multi().set(key, 'x').rpush(other, 'y'));
    const error = await rejects(work, 'COMMAND', true);
    assert.match(error.message, /RPUSH, number 2.*WRONGTYPE/s);
    assert.equal(await redis.get(key), 'x');
    await redis.delete(key, other);
  },

  'refuses the use of a transaction after its end': async (redis) => {
    const [key = ''] = keys(1);
    let kept: RedisTransaction | undefined;
    const { queue } = await redis.transaction([key], (tx) => {
      kept = tx;
      return { queue: tx.multi() };
    });
    const tx = kept ?? assert.fail('The function did not run.');
    await rejects(tx.get(key), 'SESSION_STATE', false);
    assert.throws(() => tx.multi(), /has ended/);
    assert.throws(() => queue.set(key, 'late'), /has ended/);
    assert.equal(await redis.get(key), null);
  },

  'loses no change of transactions at once, and does little twice': async (redis) => {
    const own = keys(2);
    let runs = 0;
    const flow = async (number: number): Promise<void> => {
      for (let step = 0; step < 10; step += 1) {
        const counter = own[(number + step) % own.length] ?? '';
        await redis.transaction([counter], async (tx) => {
          runs += 1;
          tx.multi().set(counter, String(Number(await tx.get(counter)) + 1));
        });
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, number) => flow(number)));
    assert.deepEqual(await redis.mget(...own), ['100', '100']);
    assert.ok(runs < 300, `It ran ${runs} times for 200 changes.`);
    await redis.delete(...own);
  },

  'does not hold up transactions that read a key in common': async (redis) => {
    const [key = '', other = ''] = keys(2);
    let inside = 0;
    let open: (() => void) | undefined;
    const all = new Promise<void>((resolve) => {
      open = resolve;
    });
    const work = async (index: number): Promise<void> => {
      await redis.transaction([key], async (tx) => {
        await tx.get(key);
        inside += 1;
        if (inside === 5) open?.();
        await all;
        tx.multi().rpush(other, String(index));
      });
    };
    await Promise.all([0, 1, 2, 3, 4].map(work));
    assert.equal(await redis.llen(other), 5);
    await redis.deleteKey(other);
  },

  'takes slots step by step as the original does: read, multi, queue, execute': async (redis) => {
    const [slots = '', key = ''] = keys(2);
    await redis.sadd(slots, 'a', 'b');
    await using pipeline = await redis.createTransactionPipeline(slots);
    assert.equal(await pipeline.scard(slots), 2);
    const queue = pipeline.multi();
    queue.spop(slots);
    queue.hset(key, 'essay', 'slot');
    queue.expire(key, 60);
    const [slot, ...others] = await pipeline.execute();
    assert.ok(slot === 'a' || slot === 'b');
    assert.deepEqual(others, [1, true]);
    assert.equal(await redis.scard(slots), 1);
    await redis.delete(slots, key);
  },

  'rejects a pipeline with a conflict, and applies nothing, if a watched key changed': async (redis) => {
    const [key = ''] = keys(1);
    await using pipeline = await redis.createTransactionPipeline(key);
    await redis.set(key, 'theirs');
    pipeline.multi().set(key, 'ours');
    const error = await rejects(pipeline.execute(), 'CONFLICT', false);
    assert.equal(error.retryable, true);
    assert.equal(await redis.get(key), 'theirs');
    await redis.deleteKey(key);
  },

  'sends nothing of a pipeline that is closed, and refuses its use after its end': async (redis) => {
    const [key = ''] = keys(1);
    const closed = await redis.createTransactionPipeline(key);
    closed.multi().set(key, 'ours');
    await closed.close();
    await closed.close();
    const executed = await redis.createTransactionPipeline(key);
    const queue = executed.multi();
    await executed.execute();
    for (const call of [executed.get(key), executed.execute(), queue.execute(), closed.execute()])
      await rejects(call, 'SESSION_STATE', false);
    assert.throws(() => executed.multi(), /SESSION_STATE/);
    assert.throws(() => queue.set(key, 'late'), /SESSION_STATE/);
    assert.equal(await redis.get(key), null);
  },
};

function raise(error: Error): never {
  throw error;
}
