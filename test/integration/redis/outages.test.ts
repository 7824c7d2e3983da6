import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '../../../src/index.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { unhandledRejections } from '../../support/container/unhandled.js';
import {
  openResources,
  RedisClients,
  redisErrorOf,
  runOnce,
  timeOf,
  until,
} from '../../support/redis-helpers.js';
import { okForEach, startScriptedServer } from '../../support/scripted-server.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const deadlineMs = 500;
/** What a deadline may be missed by on a busy machine. */
const slackMs = 400;
/** Within which service returns. */
const recoveryMs = 2500;

describe('RedisClient in outages', () => {
  const clients = new RedisClients();
  let server: RunningRedis;
  let proxy: TcpProxy;

  before(async () => {
    server = await startRedis();
  });

  beforeEach(async () => {
    proxy = await TcpProxy.start(server.port);
  });

  afterEach(async () => {
    await clients[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
  });

  after(() => server[Symbol.asyncDispose]());

  const throughProxy = (): Promise<RedisClient> =>
    clients.start(`redis://127.0.0.1:${proxy.port}`, { deadlineMs });

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

  async function setKnown(): Promise<void> {
    const direct = await clients.start(server.url);
    for (let key = 0; key < 4; key += 1) await direct.set(`known:${key}`, `of ${key}`);
  }

  const servesAgain = async (redis: RedisClient): Promise<void> => {
    await until(
      () =>
        redis.get('known:1').then(
          (value) => value === 'of 1',
          () => false,
        ),
      recoveryMs,
    );
  };

  const ways = {
    'pauses its clients': {
      begin: async () => void (await runOnce(server.url, 'CLIENT', 'PAUSE', '1200', 'ALL')),
      end: () => {},
      code: 'SLIPWAY_REDIS_TIMEOUT',
      truthful: true,
    },
    'is reached over a link that loses every second byte': {
      begin: () => proxy.loseBytes('every second'),
      end: () => proxy.loseBytes(undefined),
      code: 'SLIPWAY_REDIS_CONNECTION_LOST',
      truthful: false, // RESP has no checksum: what is left may read as another reply
    },
    'is reached over a link that loses the ends of replies': {
      begin: () => proxy.loseBytes('second half'),
      end: () => proxy.loseBytes(undefined),
      code: 'SLIPWAY_REDIS_TIMEOUT',
      truthful: false,
    },
    'wants another password': {
      begin: async () => {
        await runOnce(server.url, 'CONFIG', 'SET', 'requirepass', 'a-new-one');
        proxy.cut();
      },
      end: async () => {
        const url = server.url.replace('//', '//:a-new-one@');
        await runOnce(url, 'CONFIG', 'SET', 'requirepass', '');
      },
      code: 'SLIPWAY_REDIS_NO_AUTH',
      truthful: true,
    },
  } as const;

  for (const [what, { begin, end, code, truthful }] of Object.entries(ways)) {
    it(`settles everything in time where the server ${what}, with the reason, and serves again`, async () => {
      await setKnown();
      const redis = await throughProxy();
      const rejections = await unhandledRejections(async () => {
        await begin();
        expect([...(await useDuring(redis, 1200, truthful))]).to.include(code);
        await end();
        await servesAgain(redis);
        expect([...(await useDuring(redis, 100))]).to.deep.equal([]);
      });
      expect(rejections).to.deep.equal([]);
    });
  }

  it('names the lack of connections where the server has none to spare, and serves once it has', async () => {
    await using small = await startRedis({ config: { maxclients: '3' } });
    proxy.retarget(small.port);
    const redis = await throughProxy();
    const direct = await clients.start(small.url);
    proxy.blackHole(); // so that it does not take its own place again before the others have
    proxy.cut();
    const others = await Promise.all([clients.start(small.url), clients.start(small.url)]);
    proxy.blackHole(false);
    proxy.cut();
    const error = await redisErrorOf(redis.get('k'));
    expect(error).to.include({ code: 'SLIPWAY_REDIS_MAX_CLIENTS', maybeApplied: false, retryable: true });
    await others[0].stop();
    await until(() => redis.status.state === 'ready', recoveryMs);
    expect(await redis.get('k')).to.equal(null);
    await Promise.all([redis, direct, ...others].map((client) => client.stop()));
  });

  it('finds by its heartbeat that replies are out of step, though each of them comes and is of the right kind', async () => {
    let lost = false;
    await using server = await startScriptedServer((socket, chunk) => {
      for (const request of chunk.split(/^(?=\*)/m)) {
        const [, name = '', , text = ''] = request.split('\r\n').slice(1);
        if (name === 'get' && !lost) lost = true;
        else if (name === 'get' || (name === 'ping' && text !== '')) socket.write(bulk(text));
        else socket.write(name === 'ping' ? '+PONG\r\n' : okForEach(request));
      }
    });
    const redis = await clients.start(server.url);
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
    await until(() => redis.status.state === 'ready', recoveryMs);
    expect(await redis.get('ghost')).to.equal(null);
    await redis.stop();
  });

  it('bounds a wait for an item by its own time and one deadline', async () => {
    const redis = await throughProxy();
    expect(await redis.blpop(['none'], 0.05)).to.equal(null); // its connection is open now
    proxy.blackHole();
    const waiting = redis.blpop(['none'], 0.2);
    expect(await timeOf(waiting)).to.be.within(650, 700 + slackMs);
    expect(await redisErrorOf(waiting)).to.include({ code: 'SLIPWAY_REDIS_TIMEOUT', maybeApplied: true });
  });

  describe('of a server that loads its data', () => {
    let loading: RunningRedis;
    let proxyOfLoading: TcpProxy;

    before(async () => {
      loading = await startRedis({
        config: {
          appendonly: 'no',
          'key-load-delay': '1000',
          'loading-process-events-interval-bytes': '1024',
        },
      });
      // A second and a half of loading.
      await runOnce(loading.url, 'DEBUG', 'POPULATE', '1500', 'ballast', '100');
      proxyOfLoading = await TcpProxy.start(loading.port);
    });

    after(async () => {
      await proxyOfLoading[Symbol.asyncDispose]();
      await loading[Symbol.asyncDispose]();
    });

    it('says so to who starts, and to operations that waited in vain, and serves when it has loaded', async () => {
      const url = `redis://127.0.0.1:${proxyOfLoading.port}`;
      const patient = await clients.start(url);
      const redis = await clients.start(url, { deadlineMs: 200 });
      await runOnce(loading.url, 'SHUTDOWN', 'SAVE').catch(() => {}); // it hangs up instead of answering
      await loading.kill();
      const restarting = loading.restart();
      await until(() => redis.status.lastError?.includes('LOADING') === true);
      const waiting = patient.get('none');
      const starting = clients.create(url, { deadlineMs: 200 }).start();
      expect(await timeOf(starting)).to.be.lessThan(200 + slackMs);
      expect((await redisErrorOf(starting)).code).to.equal('SLIPWAY_REDIS_LOADING');
      const error = await redisErrorOf(redis.get('none'));
      expect(error).to.include({ code: 'SLIPWAY_REDIS_LOADING', maybeApplied: false, retryable: true });
      expect(await waiting).to.equal(null);
      await restarting;
      await until(() => redis.status.state === 'ready', recoveryMs);
      expect(await redis.get('ballast:1')).to.be.a('string');
    });
  });

  describe('of a server that refuses writes', () => {
    for (const [setting, value, usual, code] of [
      ['maxmemory', '1mb', '0', 'SLIPWAY_REDIS_OUT_OF_MEMORY'],
      ['min-replicas-to-write', '1', '0', 'SLIPWAY_REDIS_NO_REPLICAS'],
    ] as const) {
      it(`rejects them with ${code}, in a transaction too, and nothing is applied`, async () => {
        const redis = await clients.start(server.url);
        await redis.set('refused', 'before');
        await runOnce(server.url, 'CONFIG', 'SET', setting, value);
        try {
          for (const write of [
            redis.set('refused', 'after'),
            redis.transaction(['refused'], (tx) => tx.multi().set('refused', 'after').incr('refusals')),
          ]) {
            expect(await redisErrorOf(write)).to.include({ code, maybeApplied: false, retryable: true });
          }
          expect(await redis.mget('refused', 'refusals')).to.deep.equal(['before', null]);
        } finally {
          await runOnce(server.url, 'CONFIG', 'SET', setting, usual);
        }
        expect(await redis.set('refused', 'after')).to.equal(true);
      });
    }

    it('names the script that keeps it from answering', async () => {
      await using busy = await startRedis({ config: { 'busy-reply-threshold': '50' } });
      const redis = await clients.start(busy.url);
      const endless = runOnce(busy.url, 'EVAL', 'while true do end', '0').catch((error: unknown) => error);
      await until(async () => (await codeOf(redis.get('k'))) === 'SLIPWAY_REDIS_BUSY');
      expect((await redisErrorOf(clients.create(busy.url).start())).code).to.equal('SLIPWAY_REDIS_BUSY');
      await redis.raw.call('SCRIPT', 'KILL');
      expect(String(await endless)).to.contain('killed by user');
      expect(await redis.get('k')).to.equal(null);
      expect(redis.status.reconnects).to.equal(0);
      await redis.stop();
    });
  });

  describe('stop', () => {
    it('ends all that is under way on a frozen server, and leaves nothing open', async () => {
      await using frozen = await startRedis();
      const before = await openResources();
      const redis = await clients.start(frozen.url);
      const session = await redis.session();
      await session.watch('k');
      const waiting = redis.blpop(['none'], 0);
      const subscription = await redis.subscribe('c');
      await until(async () => String(await runOnce(frozen.url, 'CLIENT', 'LIST')).includes(' cmd=blpop '));
      frozen.pause();
      try {
        const settled = Promise.allSettled([
          waiting,
          redis.set('k', 'v'),
          redis.transaction(['k'], (tx) => tx.get('k')),
          session.get('k'),
          redis.subscribe('other'),
        ]);
        const rejections = await unhandledRejections(async () => {
          expect(await timeOf(redis.stop())).to.be.lessThan(2000 + slackMs);
          expect((await settled).map(({ status }) => status)).to.deep.equal(
            Array.from({ length: 5 }, () => 'rejected'),
          );
        });
        expect(rejections).to.deep.equal([]);
        expect((await subscription[Symbol.asyncIterator]().next()).done).to.equal(true);
        await session.close();
        await until(async () => (await openResources()).join() === before.join(), 1000);
      } finally {
        frozen.resume();
      }
    });

    it('ends also where the server freezes once it is asked to end a wait', async () => {
      await using freezing = await startScriptedServer((socket, request) => {
        if (/blpop|unblock/i.test(request)) return;
        if (/^\$2\r\nid\r\n/im.test(request)) socket.write(':7\r\n');
        else socket.write(/\bping\b/i.test(request) ? '+PONG\r\n' : okForEach(request));
      });
      const redis = await clients.start(freezing.url);
      const waiting = redisErrorOf(redis.blpop(['none'], 0));
      await until(() => freezing.received.some((request) => /blpop/i.test(request)));
      expect(await timeOf(redis.stop())).to.be.lessThan(2000 + slackMs);
      expect(freezing.received.some((request) => /unblock/i.test(request))).to.equal(true);
      await waiting;
    });
  });
});

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

async function codeOf(promise: Promise<unknown>): Promise<ErrorCode | undefined> {
  const [settled] = await Promise.allSettled([promise]);
  return settled.status === 'fulfilled' ? undefined : (settled.reason as { code: ErrorCode }).code;
}
