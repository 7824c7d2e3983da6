import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode, RedisError } from '../../../src/index.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { unhandledRejections } from '../../support/container/unhandled.js';
import { RedisBehindProxy } from '../../support/redis-behind-proxy.js';
import { redisErrorOf, runOnce, timeOf, timeSince } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { okForEach, startScriptedServer } from '../../support/scripted-server.js';
import { startRedis } from '../../support/servers/redis-server.js';

const deadlineMs = 500;
/** What a deadline may be missed by on a busy machine. */
const slackMs = 3000;
/** Within which service returns. */
const recoveryMs = 8000;

describe('RedisClient in outages', () => {
  const behind = new RedisBehindProxy();
  const { clients } = behind;

  const throughProxy = (): Promise<RedisClient> => clients.start(behind.url, { deadlineMs });

  async function setKnown(): Promise<void> {
    const direct = await clients.start(behind.server.url);
    for (let key = 0; key < 4; key += 1) await direct.set(`known:${key}`, `of ${key}`);
  }

  const ways = {
    'pauses its clients': {
      begin: async () => void (await runOnce(behind.server.url, 'CLIENT', 'PAUSE', '800', 'ALL')),
      end: () => {},
      codes: ['SLIPWAY_REDIS_TIMEOUT'],
      ms: 800,
      truthful: true,
    },
    'is reached over a link that loses every second byte': {
      begin: () => behind.proxy.loseBytes('every second'),
      end: () => behind.proxy.loseBytes(undefined),
      codes: ['SLIPWAY_REDIS_CONNECTION_LOST', 'SLIPWAY_REDIS_UNREACHABLE', 'SLIPWAY_REDIS_TIMEOUT'],
      ms: 1200,
      truthful: false, // RESP has no checksum: what is left may read as another reply
    },
    'is reached over a link that loses the ends of replies': {
      begin: () => behind.proxy.loseBytes('second half'),
      end: () => behind.proxy.loseBytes(undefined),
      codes: ['SLIPWAY_REDIS_TIMEOUT'],
      ms: 1200,
      truthful: false,
    },
    'wants another password': {
      begin: async () => {
        await runOnce(behind.server.url, 'CONFIG', 'SET', 'requirepass', 'a-new-one');
        behind.proxy.cut();
      },
      end: async () => {
        const url = behind.server.url.replace('//', '//:a-new-one@');
        await runOnce(url, 'CONFIG', 'SET', 'requirepass', '');
      },
      codes: ['SLIPWAY_REDIS_NO_AUTH'],
      ms: 600,
      truthful: true,
    },
  } as const;

  for (const [what, { begin, end, codes, ms, truthful }] of Object.entries(ways)) {
    it(`settles everything in time where the server ${what}, with the reason, and serves again`, async () => {
      await setKnown();
      const redis = await throughProxy();
      const rejections = await unhandledRejections(async () => {
        await begin();
        // Again where a machine that stood still has met nothing of it.
        const met = new Set<ErrorCode>();
        const wasMet = (): boolean => codes.some((code) => met.has(code));
        for (let round = 0; round < 5 && !wasMet(); round += 1)
          for (const code of await useDuring(redis, ms, truthful)) met.add(code);
        expect(wasMet(), [...met].join()).to.equal(true);
        await end();
        await servesAgain(redis);
        await until(async () => (await useDuring(redis, 100)).size === 0, 'all is served', recoveryMs);
      });
      expect(rejections).to.deep.equal([]);
    });
  }

  it('names the lack of connections where the server has none to spare, and serves once it has', async () => {
    await using small = await startRedis({ config: { maxclients: '3' } });
    behind.proxy.retarget(small.port);
    const redis = await throughProxy();
    const direct = await clients.start(small.url);
    behind.proxy.blackHole(); // so that it does not take its own place again before the others have
    behind.proxy.cut();
    const others = await Promise.all([clients.start(small.url), clients.start(small.url)]);
    behind.proxy.blackHole(false);
    behind.proxy.cut();
    let error: RedisError | undefined;
    // One that has failed often by then pauses for longer than a deadline before it asks again, and knows less.
    await until(async () => {
      error = await redisErrorOf(redis.get('k'));
      return error.code === 'SLIPWAY_REDIS_MAX_CLIENTS';
    });
    expect(error).to.include({ maybeApplied: false, retryable: true });
    await others[0].stop();
    await until(() => redis.status.state === 'ready', 'it is ready', recoveryMs);
    expect(await redis.get('k')).to.equal(null);
    await Promise.all([redis, direct, ...others].map((client) => client.stop()));
  });

  it('finds by its heartbeat that replies are out of step, though each of them comes and is of the right kind', async () => {
    let lost = false;
    await using losing = await startScriptedServer((socket, chunk) => {
      for (const request of chunk.split(/^(?=\*)/m)) {
        const [, name = '', , text = ''] = request.split('\r\n').slice(1);
        if (name === 'get' && !lost) lost = true;
        else if (name === 'get' || (name === 'ping' && text !== '')) socket.write(bulk(text));
        else socket.write(name === 'ping' ? '+PONG\r\n' : okForEach(request));
      }
    });
    const redis = await clients.start(losing.url);
    const answers: string[] = [];
    const reads: Promise<unknown>[] = [];
    let index = 0;
    await until(() => {
      const key = String((index += 1));
      reads.push(
        redis.get(key).then(
          (value) => answers.push(`${key} ${value}`),
          () => {},
        ),
      );
      return redis.status.lastError?.includes("another command's reply") === true;
    });
    expect(answers).to.include('1 2'); // nothing tells it from a right one
    await Promise.all([redis.stop(), ...reads]);
  });

  it('never sends what was not sent by its deadline', async () => {
    await using away = await startRedis();
    const redis = await clients.start(away.url, { deadlineMs: 200 });
    await away.kill();
    await until(() => redis.status.state === 'unavailable');
    const error = await redisErrorOf(redis.set('ghost', 'v'));
    expect(error).to.include({ code: 'SLIPWAY_REDIS_UNREACHABLE', maybeApplied: false });
    await away.restart();
    await until(() => redis.status.state === 'ready', 'it is ready', recoveryMs);
    expect(await redis.get('ghost')).to.equal(null);
    await redis.stop();
  });

  it('bounds a wait for an item by its own time and one deadline', async () => {
    const redis = await throughProxy();
    expect(await redis.blpop(['none'], 0.05)).to.equal(null); // its connection is open now
    behind.proxy.blackHole();
    const waitingSince = performance.now();
    const waiting = redis.blpop(['none'], 0.2);
    expect(await timeSince(waitingSince, waiting)).to.be.within(650, 700 + slackMs);
    expect(await redisErrorOf(waiting)).to.include({ code: 'SLIPWAY_REDIS_TIMEOUT', maybeApplied: true });
  });
});

/** Begins an operation every few milliseconds for `ms`. Each has to settle in time. */
async function useDuring(redis: RedisClient, ms: number, truthful = true): Promise<ReadonlySet<ErrorCode>> {
  const codes = new Set<ErrorCode>();
  let slowest = 0;
  const use = async (index: number): Promise<void> => {
    const reading = redis.get(`known:${index % 4}`);
    slowest = Math.max(slowest, await timeOf(reading));
    const code = await codeOf(reading);
    if (code !== undefined) codes.add(code);
    else if (truthful) expect(await reading).to.equal(`of ${index % 4}`);
  };
  const uses: Promise<void>[] = [];
  const end = performance.now() + ms;
  for (let index = 0; performance.now() < end; index += 1) {
    const using = use(index);
    using.catch(() => {}); // seen below
    uses.push(using);
    await sleep(10);
  }
  await Promise.all(uses);
  expect(slowest).to.be.lessThan(deadlineMs + slackMs);
  return codes;
}

async function servesAgain(redis: RedisClient): Promise<void> {
  await until(
    () =>
      redis.get('known:1').then(
        (value) => value === 'of 1',
        () => false,
      ),
    'what is known can be read',
    recoveryMs,
  );
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

async function codeOf(promise: Promise<unknown>): Promise<ErrorCode | undefined> {
  const [settled] = await Promise.allSettled([promise]);
  return settled.status === 'fulfilled' ? undefined : (settled.reason as { code: ErrorCode }).code;
}
