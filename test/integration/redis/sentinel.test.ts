import { inspect } from 'node:util';
import { expect } from 'chai';
import type { RedisTlsSettings } from '../../../src/index.js';
import { type Certificate, selfSignedCertificate } from '../../support/certificate.js';
import { openResources, RedisClients, redisErrorOf, replicated } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { incrementInSession, incrementInTransaction, Load } from '../../support/redis-load.js';
import { freePort } from '../../support/servers/free-port.js';
import { type RunningSentinels, startSentinels } from '../../support/servers/redis-sentinels.js';

const password = 'hunter2-servers';
const sentinelPassword = 'hunter2-sentinels';

describe('RedisClient with sentinels, over TLS with passwords', () => {
  let certificate: Certificate;
  let running: RunningSentinels;
  let url: string;
  let tls: RedisTlsSettings;
  let clients: RedisClients;

  before(async function () {
    this.timeout(60_000);
    certificate = await selfSignedCertificate();
    ({ tls } = certificate);
    running = await startSentinels({ password, sentinelPassword, certificate });
    ({ url } = running);
  });

  after(async () => {
    await running[Symbol.asyncDispose]();
    certificate[Symbol.dispose]();
  });

  beforeEach(() => {
    clients = new RedisClients();
  });

  afterEach(() => clients[Symbol.asyncDispose]());

  /** Commands, transactions and a subscription before, during and after `fail`. */
  async function holdsThrough(fail: () => Promise<unknown>): Promise<void> {
    await running.settled();
    const client = await clients.start(url, { tls, sentinelPassword });
    const publisher = await clients.start(url, { tls, sentinelPassword });
    await client.delete('plain', 'atomic', 'watched');
    const seen: string[] = [];
    const subscription = await client.subscribe('news');
    const reading = (async () => {
      for await (const message of subscription) {
        if (message.type === 'message') seen.push(message.data);
      }
    })();
    const loads = [
      new Load(() => client.incr('plain')),
      new Load(() => incrementInTransaction(client, 'atomic')),
      new Load(() => incrementInSession(client, 'watched')),
    ];
    await until(() => loads.every(({ acknowledged }) => acknowledged >= 20));
    const surely = loads.map(({ acknowledged }) => acknowledged);
    const before = await running.primary();
    await replicated(before.url, 2);

    await fail();
    await until(
      async () => (await running.primary().catch(() => before)) !== before,
      'another server is the primary',
      20_000,
    );
    const counts = loads.map(({ acknowledged }) => acknowledged);
    await until(
      () => loads.every(({ acknowledged }, index) => acknowledged >= (counts[index] ?? 0) + 20),
      'writes are acknowledged again',
      8000,
    );
    await until(
      async () => {
        await publisher.publish('news', 'after').catch(() => 0);
        return seen.includes('after');
      },
      'messages arrive again',
      6000,
    );

    await Promise.all(loads.map((load) => load.end()));
    for (const [index, key] of ['plain', 'atomic', 'watched'].entries()) {
      const { acknowledged = 0, doubtful = 0, unexpected } = loads[index] ?? {};
      expect(unexpected, inspect(unexpected)).to.have.lengthOf(0);
      // Replicas follow a moment later: what the old primary acknowledged in its last one may be gone with it.
      const kept = (surely[index] ?? 0) + acknowledged - (counts[index] ?? 0);
      expect(Number(await client.get(key)), key).to.be.within(kept, acknowledged + doubtful);
    }
    await subscription.close();
    await reading;
    await until(() => client.status.state === 'ready');
  }

  it('starts on the primary with one sentinel away, and names the sentinels in what it says', async () => {
    const dead = await freePort();
    const client = await clients.start(url.replace('127.0.0.1:', `127.0.0.1:${dead},127.0.0.1:`), {
      tls,
      sentinelPassword,
    });
    expect(await client.set('k', 'v')).to.equal(true);
    expect(await client.raw.call('role')).to.include('master');
  });

  it('goes on after a failover that was ordered', async function () {
    this.timeout(60_000);
    await holdsThrough(() => running.tell(0, 'SENTINEL FAILOVER main'));
  });

  it('goes on after the primary was killed', async function () {
    this.timeout(60_000);
    const primary = await running.primary();
    await holdsThrough(() => primary.kill());
  });

  const refused: readonly (readonly [string, () => string, string | undefined, string, RegExp])[] = [
    [
      'a primary that the sentinels do not know',
      () => url.replace('main', 'other'),
      sentinelPassword,
      'SLIPWAY_REDIS_NO_PRIMARY',
      /"other", which it does not know/,
    ],
    [
      'the wrong password of the sentinels',
      () => url,
      'wrong',
      'SLIPWAY_REDIS_WRONG_PASSWORD',
      /none of its 3 sentinels/,
    ],
    ['no password of the sentinels', () => url, undefined, 'SLIPWAY_REDIS_NO_AUTH', /none of its 3/],
    [
      'the wrong password of the servers',
      () => url.replace(password, 'wrong'),
      sentinelPassword,
      'SLIPWAY_REDIS_WRONG_PASSWORD',
      /rediss-sentinel:/,
    ],
  ];
  for (const [what, address, given, code, words] of refused) {
    it(`refuses to start with ${what}`, async () => {
      const before = await openResources();
      const more = given === undefined ? { tls } : { tls, sentinelPassword: given };
      const error = await redisErrorOf(clients.start(address(), more));
      expect(error.code, error.message).to.equal(code);
      expect(error.message).to.match(words);
      expect(inspect(error, { depth: 20, showHidden: true })).to.not.match(/hunter2/);
      await until(
        async () => (await openResources()).join() === before.join(),
        'nothing more is open than before',
        3000,
      );
    });
  }

  it('refuses to start without a certificate', async () => {
    const { ca } = certificate.tls;
    const error = await redisErrorOf(clients.start(url, { tls: { ca }, sentinelPassword }));
    expect(error.code, error.message).to.equal('SLIPWAY_REDIS_TLS');
  });

  it('refuses to start where no sentinel answers', async () => {
    const ports = [await freePort(), await freePort()];
    const nowhere = `redis-sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}#main`;
    const error = await redisErrorOf(clients.start(nowhere));
    expect(error.code).to.equal('SLIPWAY_REDIS_UNREACHABLE');
    expect(error.message).to.contain('none of its 2 sentinels').and.to.contain('ECONNREFUSED');
  });
});
