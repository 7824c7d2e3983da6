import { expect } from 'chai';
import { defineScript, type RedisTransaction } from '../../../src/index.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { Deferred } from '../../support/container/deferred.js';
import { RedisClients, redisErrorOf, uniquePrefix } from '../../support/redis-helpers.js';

/** What `transaction()` promises, on any server. */
export function transactionContract(url: () => string): void {
  const prefix = uniquePrefix();
  const key = `${prefix}key`;
  const other = `${prefix}other`;
  const clients = new RedisClients();
  let redis: RedisClient;

  before(async () => {
    redis = await clients.start(url());
  });

  beforeEach(() => redis.delete(key, other));

  after(async () => {
    const keys = await redis.scanPattern(`${prefix}*`);
    if (keys.length > 0) await redis.delete(...keys);
    await clients[Symbol.asyncDispose]();
  });

  it('applies what was queued, and gives what the function returned', async () => {
    await redis.set(key, '41');
    const sum = await redis.transaction([key], async (tx) => {
      const next = Number(await tx.get(key)) + 1;
      tx.multi().set(key, String(next)).rpush(other, 'done');
      return next;
    });
    expect(sum).to.equal(42);
    expect(await redis.get(key)).to.equal('42');
    expect(await redis.lrange(other, 0, -1)).to.deep.equal(['done']);
  });

  it('gives the results of the queue where the function returns it, each of its own type', async () => {
    const results = await redis.transaction([key], (tx) =>
      tx
        .multi()
        .setex(key, 60, '5')
        .incrby(key, 2)
        .get(key)
        .hset(other, { a: '1', b: '2' })
        .hgetall(other)
        .smembers(`${prefix}none`)
        .expire(key, 30)
        .get(`${prefix}none`),
    );
    const [stored, sum, text, added, hash, members, kept, none] = results;
    const typed: readonly [boolean, number, string | null] = [stored, sum, text];
    expect(typed).to.deep.equal([true, 7, '7']);
    expect([added, hash, kept, none]).to.deep.equal([2, { a: '1', b: '2' }, true, null]);
    expect(members).to.deep.equal(new Set());
  });

  it('queues a script, also one that the server has never seen', async () => {
    const script = defineScript({
      source: `return redis.call('INCRBY', KEYS[1], ARGV[1]) -- ${prefix}`,
      decode: (reply) => `sum ${String(reply)}`,
      twin: ({ keys: [counter = ''], args: [amount = ''], call }) => call('INCRBY', counter, amount),
    });
    const results = await redis.transaction([key], (tx) =>
      tx.multi().set(key, '5').runScript(script, [key], ['3']),
    );
    const typed: readonly [boolean, string] = results;
    expect(typed).to.deep.equal([true, 'sum 8']);
  });

  it('queues into one queue, however often multi() is called', async () => {
    await redis.transaction([], (tx) => {
      tx.multi().set(key, 'a');
      tx.multi().rpush(other, 'b');
    });
    expect(await redis.get(key)).to.equal('a');
    expect(await redis.llen(other)).to.equal(1);
  });

  it('runs the function again if a watched key changed, and applies only the last of its queues', async () => {
    const seen: (string | null)[] = [];
    await redis.transaction([key], async (tx) => {
      seen.push(await tx.get(key));
      tx.multi().rpush(other, String(seen.length));
      if (seen.length < 3) await redis.set(key, `theirs ${seen.length}`);
    });
    expect(seen).to.deep.equal([null, 'theirs 1', 'theirs 2']);
    expect(await redis.lrange(other, 0, -1)).to.deep.equal(['3']);
  });

  it('gives up after the retries it was given, with nothing applied', async () => {
    for (const retries of [0, 2]) {
      let runs = 0;
      const error = await redisErrorOf(
        redis.transaction(
          [key],
          async (tx) => {
            runs += 1;
            await redis.set(key, String(runs));
            tx.multi().rpush(other, 'ours');
          },
          { retries },
        ),
      );
      expect(runs).to.equal(retries + 1);
      expect(error).to.include({ code: 'SLIPWAY_REDIS_CONFLICT', retryable: true, maybeApplied: false });
      expect(error.message)
        .to.contain(`"${key}"`)
        .and.contain(retries === 0 ? 'once' : '3 times');
    }
    expect(await redis.exists(other)).to.equal(0);
  });

  it('tells also a function that writes nothing whether what it read belongs together', async () => {
    await redis.set(key, 'old');
    await redis.set(other, 'old');
    let runs = 0;
    const both = await redis.transaction([key, other], async (tx) => {
      runs += 1;
      const first = await tx.get(key);
      if (runs === 1) await Promise.all([redis.set(key, 'new'), redis.set(other, 'new')]);
      return [first, await tx.get(other)];
    });
    expect(both).to.deep.equal(['new', 'new']);
    expect(runs).to.equal(2);
  });

  for (const [way, fail] of [
    ['throws', () => Promise.reject(new Error('no'))],
    ['throws at once', () => raise(new Error('no'))],
  ] as const) {
    it(`lets out what the function ${way}, applies nothing, and leaves no key watched`, async () => {
      const one = await clients.start(url(), { poolSize: 1 });
      const failing = one.transaction([key], (tx) => {
        tx.multi().set(key, 'ours');
        return fail();
      });
      expect(await failing.catch((error: unknown) => error)).to.be.an('error', 'no');
      expect(await redis.get(key)).to.equal(null);
      await redis.set(key, 'theirs');
      // On the same connection: a WATCH left on it would be a conflict now.
      await one.transaction([other], (tx) => tx.multi().rpush(other, 'x'), { retries: 0 });
      expect(await redis.llen(other)).to.equal(1);
    });
  }

  it('refuses bad arguments, of its own and of the queue, before anything is sent', async () => {
    const argument = 'SLIPWAY_REDIS_ARGUMENT';
    const badKeys = redis.transaction([1] as unknown as string[], nothing);
    expect((await redisErrorOf(badKeys)).code).to.equal(argument);
    for (const retries of [-1, 0.5, Number.NaN]) {
      expect((await redisErrorOf(redis.transaction([key], nothing, { retries }))).code).to.equal(argument);
    }
    const badQueue = redis.transaction([key], (tx) => tx.multi().set(key, 'x').setex(key, 0, 'y'));
    expect((await redisErrorOf(badQueue)).code).to.equal(argument);
    const badRead = redis.transaction([key], (tx) => tx.get(1 as unknown as string));
    expect((await redisErrorOf(badRead)).code).to.equal(argument);
    expect(await redis.get(key)).to.equal(null);
  });

  it('rejects if a command fails while EXEC runs, since the others were applied', async () => {
    await redis.set(other, 'text');
    const error = await redisErrorOf(
      redis.transaction([key], (tx) => tx.multi().set(key, 'x').rpush(other, 'y')),
    );
    expect(error).to.include({ code: 'SLIPWAY_REDIS_COMMAND', maybeApplied: true });
    expect(error.message).to.contain('RPUSH, number 2').and.contain('WRONGTYPE');
    expect(await redis.get(key)).to.equal('x');
  });

  it('refuses to be used after its end', async () => {
    let kept: RedisTransaction | undefined;
    const queue = await redis.transaction([key], (tx) => {
      kept = tx;
      return { queue: tx.multi() };
    });
    const tx = kept ?? expect.fail('it did not run');
    expect((await redisErrorOf(tx.get(key))).code).to.equal('SLIPWAY_REDIS_SESSION_STATE');
    expect(() => tx.multi()).to.throw('has ended');
    expect(() => queue.queue.set(key, 'late')).to.throw('has ended');
    expect(await redis.get(key)).to.equal(null);
  });

  it('answers by its deadline also if the function does not, and applies nothing', async () => {
    const brief = await clients.start(url(), { deadlineMs: 200, poolSize: 1 });
    const stuck = new Deferred();
    let late: unknown;
    const work = brief.transaction([key], async (tx) => {
      tx.multi().set(key, 'late');
      await stuck.promise;
      late = await tx.get(key).catch((error: unknown) => error);
    });
    const error = await redisErrorOf(work);
    expect(error).to.include({ code: 'SLIPWAY_REDIS_TIMEOUT', maybeApplied: false });
    expect(error.message).to.contain('nothing was applied');
    // Its connection serves others again.
    await brief.transaction([other], (tx) => tx.multi().rpush(other, 'x'));
    stuck.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(late).to.have.property('code', 'SLIPWAY_REDIS_SESSION_STATE');
    expect(await redis.get(key)).to.equal(null);
  });

  it('loses no increment of many flows on few keys, and does little twice', async () => {
    const keys = [key, other];
    const flows = 20;
    const each = 10;
    let runs = 0;
    const flow = async (number: number): Promise<void> => {
      for (let step = 0; step < each; step += 1) {
        const counter = keys[(number + step) % keys.length] ?? key;
        await redis.transaction([counter], async (tx) => {
          runs += 1;
          tx.multi().set(counter, String(Number(await tx.get(counter)) + 1));
        });
      }
    };
    await Promise.all(Array.from({ length: flows }, (_, number) => flow(number)));
    const sums = await redis.mget(...keys);
    expect(sums).to.deep.equal(keys.map(() => String((flows * each) / keys.length)));
    expect(runs).to.be.lessThan(flows * each * 1.5);
  });

  it('does not hold up transactions that read a key in common', async () => {
    let inside = 0;
    let most = 0;
    const all = new Deferred();
    await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        redis.transaction([key], async (tx) => {
          await tx.get(key);
          inside += 1;
          most = Math.max(most, inside);
          if (inside === 5) all.resolve();
          await all.promise;
          tx.multi().rpush(other, String(index));
        }),
      ),
    );
    expect(most).to.equal(5);
    expect(await redis.llen(other)).to.equal(5);
  });
}

function nothing(): void {}

function raise(error: Error): never {
  throw error;
}
