import { expect } from 'chai';
import { Redis } from 'ioredis';
import type { RedisError } from '../../../src/index.js';
import { RedisBehindProxy } from '../../support/redis-behind-proxy.js';
import { uniquePrefix } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import type { TcpProxy } from '../../support/tcp-proxy.js';

interface Answers {
  /** Told that the key was set by this call, as it was. */
  right: number;
  /** Told that it is not known. */
  unknown: number;
  /** A first-time key called a duplicate, or an error that says that nothing was done. */
  wrong: number;
}

const calls = 1000;
const callsPerCut = 25;

/**
 * Sets {@link calls} keys that nobody else sets, through a proxy that breaks the connection at every batch's replies,
 * the server having carried it out.
 */
async function setFirstTimeKeys(
  proxy: TcpProxy,
  isUp: () => Promise<boolean>,
  set: (key: string) => Promise<boolean>,
): Promise<Answers> {
  const answers: Answers = { right: 0, unknown: 0, wrong: 0 };
  const prefix = uniquePrefix();
  for (let done = 0; done < calls; done += callsPerCut) {
    await until(isUp);
    proxy.cutAtReply();
    const batch = Array.from({ length: callsPerCut }, (_, index) => set(`${prefix}${done + index}`));
    for (const outcome of await Promise.allSettled(batch)) {
      if (outcome.status === 'fulfilled') answers[outcome.value ? 'right' : 'wrong'] += 1;
      else answers[(outcome.reason as RedisError).maybeApplied ? 'unknown' : 'wrong'] += 1;
    }
  }
  return answers;
}

describe('setIfNotExists whose replies are lost', () => {
  const behind = new RedisBehindProxy();
  const { clients } = behind;

  it('gives no wrong answer in a thousand, and stores what it was given', async () => {
    const redis = await clients.start(behind.url);
    const direct = await clients.start(behind.server.url);
    const { right, unknown, wrong } = await setFirstTimeKeys(
      behind.proxy,
      () => redis.ping(),
      (key) => redis.setIfNotExists(key, `of ${key}`, 600),
    );
    expect(wrong).to.equal(0);
    expect(right + unknown).to.equal(calls);
    expect(unknown, 'replies that were lost at all').to.be.greaterThan(calls / 2);
    // Every one of them was carried out, with the bytes of its caller.
    const keys = await direct.scanPattern('*');
    expect(keys).to.have.length(calls);
    expect(await direct.mget(...keys)).to.deep.equal(keys.map((key) => `of ${key}`));
  });

  it('has the bare driver call first-time keys duplicates, in the same test', async () => {
    const bare = new Redis(behind.proxy.port, '127.0.0.1', { retryStrategy: () => 10 });
    bare.on('error', () => {});
    try {
      const { wrong } = await setFirstTimeKeys(
        behind.proxy,
        async () => (await bare.ping()) === 'PONG',
        async (key) => (await bare.set(key, 'x', 'EX', 600, 'NX')) === 'OK',
      );
      expect(wrong).to.be.greaterThan(calls / 2);
    } finally {
      bare.disconnect();
    }
  });
});

describe('commands of one tick', () => {
  const behind = new RedisBehindProxy();

  it('leave in one write', async () => {
    const redis = await behind.clients.start(behind.url);
    const before = behind.proxy.requests;
    await Promise.all(Array.from({ length: 100 }, (_, index) => redis.set(`k${index}`, 'v')));
    expect(behind.proxy.requests).to.equal(before + 1);
    await redis.get('k1');
    expect(behind.proxy.requests).to.equal(before + 2);
  });
});
