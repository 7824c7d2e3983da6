import { expect } from 'chai';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisClients, redisErrorOf, uniquePrefix } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';

/** What the key-value operations promise, on any server. */
export function commandsContract(url: () => string): void {
  const prefix = uniquePrefix();
  const clients = new RedisClients();
  let redis: RedisClient;

  const scan = async (pattern: string): Promise<string[]> =>
    (await redis.scanPattern(prefix + pattern)).map((key) => key.slice(prefix.length)).toSorted();

  before(async () => {
    redis = await clients.start(url());
  });

  after(async () => {
    for (const key of await redis.scanPattern(`${prefix}*`)) await redis.deleteKey(key);
    await clients[Symbol.asyncDispose]();
  });

  describe('setIfNotExists', () => {
    it('is true for the first and false for the next, and keeps what the first stored', async () => {
      expect(await redis.setIfNotExists(`${prefix}nx`, 'first', 60)).to.equal(true);
      expect(await redis.setIfNotExists(`${prefix}nx`, 'second', 60)).to.equal(false);
      expect(await redis.get(`${prefix}nx`)).to.equal('first');
    });

    it('is true once the time to live has passed', async () => {
      expect(await redis.setIfNotExists(`${prefix}nx-ttl`, '1', 1)).to.equal(true);
      expect(await redis.setIfNotExists(`${prefix}nx-ttl`, '1', 1)).to.equal(false);
      await until(async () => (await redis.get(`${prefix}nx-ttl`)) === null);
      expect(await redis.setIfNotExists(`${prefix}nx-ttl`, '1')).to.equal(true);
    });

    it('is true for exactly one of many at once', async () => {
      const other = await clients.start(url());
      const results = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          (index % 2 ? redis : other).setIfNotExists(`${prefix}race`, `${index}`),
        ),
      );
      expect(results.filter(Boolean)).to.have.length(1);
      expect(await redis.get(`${prefix}race`)).to.equal(String(results.indexOf(true)));
    });
  });

  describe('get and setex', () => {
    it('gives null for a key that is not there', async () => {
      expect(await redis.get(`${prefix}none`)).to.equal(null);
    });

    for (const [what, value] of [
      ['an empty string', ''],
      ['a NUL, line ends and quotes', 'a\0b\r\n"c"'],
      ['text beyond ASCII', 'åäö 漢字 😀'],
      ['what looks like a number', '007.50'],
      ['a megabyte', 'x'.repeat(2 ** 20)],
    ] as const) {
      it(`gives back ${what} as it was`, async () => {
        expect(await redis.setex(`${prefix}value`, 60, value)).to.equal(true);
        expect(await redis.get(`${prefix}value`)).to.equal(value);
      });
    }

    it('takes any text as a key', async () => {
      for (const key of ['', ' ', '__proto__', 'å\r\n', 'a'.repeat(10_000)]) {
        await redis.setex(prefix + key, 60, `of ${key}`);
        expect(await redis.get(prefix + key)).to.equal(`of ${key}`);
      }
    });

    it('replaces value and time to live', async () => {
      await redis.setex(`${prefix}replace`, 1, 'old');
      await redis.setex(`${prefix}replace`, 60, 'new');
      expect(await redis.ttl(`${prefix}replace`)).to.be.within(30, 60);
      expect(await redis.get(`${prefix}replace`)).to.equal('new');
    });

    it('answers many calls of one tick, each with its own', async () => {
      const keys = Array.from({ length: 500 }, (_, index) => `${prefix}many:${index}`);
      await Promise.all(keys.map((key) => redis.setex(key, 60, key)));
      expect(await Promise.all(keys.map((key) => redis.get(key)))).to.deep.equal(keys);
    });
  });

  describe('deleteKey', () => {
    it('counts what was there', async () => {
      await redis.setex(`${prefix}delete`, 60, 'x');
      expect(await redis.deleteKey(`${prefix}delete`)).to.equal(1);
      expect(await redis.deleteKey(`${prefix}delete`)).to.equal(0);
      expect(await redis.get(`${prefix}delete`)).to.equal(null);
    });
  });

  describe('ping', () => {
    it('is true', async () => {
      expect(await redis.ping()).to.equal(true);
    });
  });

  describe('scanPattern', () => {
    it('gives each matching key once, over many steps', async () => {
      const keys = Array.from({ length: 2500 }, (_, index) => `${prefix}scan:${index}`);
      await Promise.all(keys.map((key) => redis.setex(key, 60, 'x')));
      const found = await redis.scanPattern(`${prefix}scan:*`);
      expect(found.toSorted()).to.deep.equal(keys.toSorted());
    });

    it('takes glob patterns', async () => {
      for (const key of ['glob:a1', 'glob:b1', 'glob:b22', 'glob:c*'])
        await redis.setex(prefix + key, 60, 'x');
      expect(await scan('glob:?1')).to.deep.equal(['glob:a1', 'glob:b1']);
      expect(await scan('glob:[bc]*')).to.deep.equal(['glob:b1', 'glob:b22', 'glob:c*']);
      expect(await scan('glob:[^a]1')).to.deep.equal(['glob:b1']);
      expect(await scan('glob:c\\*')).to.deep.equal(['glob:c*']);
      expect(await scan('none:*')).to.deep.equal([]);
    });
  });

  describe('arguments', () => {
    const bad: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['a time to live of 0', () => redis.setex('k', 0, 'v')],
      ['a negative time to live', () => redis.setIfNotExists('k', 'v', -1)],
      ['half a second', () => redis.setIfNotExists('k', 'v', 1.5)],
      ['NaN seconds', () => redis.setex('k', Number.NaN, 'v')],
      ['seconds as text', () => redis.setex('k', '60' as unknown as number, 'v')],
      ['a key that is undefined', () => redis.get(undefined as unknown as string)],
      ['a value that is an object', () => redis.setIfNotExists('k', {} as unknown as string)],
      ['a message that is null', () => redis.publish('c', null as unknown as string)],
      ['a channel that is a number', () => redis.subscribe(1 as unknown as string)],
      [
        'an event type that is missing',
        () => redis.publishUserNotification('u', undefined as unknown as string, {}),
      ],
    ];
    for (const [what, call] of bad) {
      it(`rejects ${what}`, async () => {
        const error = await redisErrorOf(call());
        expect(error.code).to.equal('SLIPWAY_REDIS_ARGUMENT');
        expect(error.maybeApplied).to.equal(false);
      });
    }
  });

  describe('watch, multi, exec, unwatch on the shared client', () => {
    it('explain that they belong on a session', async () => {
      for (const call of [
        () => redis.watch('k'),
        () => redis.multi(),
        () => redis.exec(),
        () => redis.unwatch(),
      ]) {
        const error = await redisErrorOf(call());
        expect(error.code).to.equal('SLIPWAY_REDIS_SHARED_TRANSACTION');
        expect(error.message).to.contain('redis.session()');
      }
    });
  });
}
