import { inspect } from 'node:util';
import { expect } from 'chai';
import type { RedisTlsSettings } from '../../../src/index.js';
import { type Certificate, selfSignedCertificate } from '../../support/certificate.js';
import { openResources, RedisClients, redisErrorOf, uniquePrefix } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { freePort } from '../../support/servers/free-port.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';

const password = 'hunter2-secret';

describe('RedisClient over TLS with a password', () => {
  let certificate: Certificate;
  let stranger: Certificate;
  let server: RunningRedis;
  let url: string;
  let clients: RedisClients;

  before(async () => {
    [certificate, stranger] = await Promise.all([selfSignedCertificate(), selfSignedCertificate()]);
    const tlsPort = await freePort();
    server = await startRedis({
      config: {
        'tls-port': String(tlsPort),
        'tls-cert-file': certificate.certificateFile,
        'tls-key-file': certificate.keyFile,
        'tls-ca-cert-file': certificate.certificateFile,
        'tls-auth-clients': 'yes',
        requirepass: password,
      },
    });
    url = `rediss://:${password}@localhost:${tlsPort}`;
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
    certificate[Symbol.dispose]();
    stranger[Symbol.dispose]();
  });

  beforeEach(() => {
    clients = new RedisClients();
  });

  afterEach(() => clients[Symbol.asyncDispose]());

  function trusted(more: RedisTlsSettings = {}): RedisTlsSettings {
    return { ...certificate.tls, ...more };
  }

  it('runs commands, a blocking one, transactions, sessions and subscriptions', async () => {
    const client = await clients.start(url, { tls: trusted() });
    const key = uniquePrefix();
    await client.set(key, '1');
    const [stored, count] = await client.transaction([key], async (tx) => {
      expect(await tx.get(key)).to.equal('1');
      return tx.multi().set(key, '2').incr(`${key}uses`);
    });
    expect([stored, count]).to.deep.equal([true, 1]);
    await using session = await client.session();
    await session.watch(key);
    await session.multi();
    await session.incr(key);
    expect(await session.exec()).to.deep.equal([3]);
    const popping = client.blpop([`${key}list`], 5);
    await client.rpush(`${key}list`, 'item');
    expect(await popping).to.deep.equal([`${key}list`, 'item']);
    await using subscription = await client.subscribe(key);
    expect(await client.publish(key, 'hello')).to.equal(1);
    for await (const message of subscription) {
      expect(message).to.include({ type: 'message', channel: key, data: 'hello' });
      break;
    }
  });

  it('takes the address as the name that is checked', async () => {
    const client = await clients.start(url.replace('localhost', '127.0.0.1'), { tls: trusted() });
    expect(await client.ping()).to.equal(true);
  });

  it('comes back after a cut', async () => {
    const client = await clients.start(url, { tls: trusted() });
    client.raw.disconnect();
    expect(await client.ping()).to.equal(true);
    expect(client.status.reconnects).to.equal(1);
  });

  const refused: readonly (readonly [string, () => RedisTlsSettings, RegExp])[] = [
    ['an authority that did not sign it', () => trusted({ ca: stranger.tls.ca }), /certificate/],
    ['a name it is not for', () => trusted({ servername: 'elsewhere.example' }), /elsewhere\.example/],
    ['no certificate of its own', () => ({ ca: certificate.tls.ca }), /alert|certificate/i],
  ];
  for (const [what, tls, words] of refused) {
    it(`refuses to start with ${what}`, async () => {
      const before = await openResources();
      const error = await redisErrorOf(clients.start(url, { tls: tls() }));
      expect(error.code, error.message).to.equal('SLIPWAY_REDIS_TLS');
      expect(error.message).to.match(words);
      expect(inspect(error, { depth: 20, showHidden: true })).to.not.contain(password);
      await until(
        async () => (await openResources()).join() === before.join(),
        'nothing more is open than before',
        3000,
      );
    });
  }

  const unusable: readonly (readonly [string, () => RedisTlsSettings, RegExp])[] = [
    ['the path of a file', () => trusted({ ca: certificate.certificateFile }), /tls\.ca cannot.*PEM text/],
    ['a key for a certificate', () => trusted({ cert: certificate.tls.key }), /tls\.cert cannot/],
    ['a key that is none', () => trusted({ key: '-----BEGIN PRIVATE KEY-----\nabc' }), /tls\.key cannot/],
    ['the key of another', () => trusted({ key: stranger.tls.key }), /tls\.key cannot/],
    ['no key', () => ({ ca: certificate.tls.ca, cert: certificate.tls.cert }), /cert and key together/],
  ];
  for (const [what, tls, words] of unusable) {
    it(`refuses ${what} before anything is opened, and shows nothing of a key`, () => {
      const settings = tls();
      expect(() => clients.create(url, { tls: settings }))
        .to.throw(words)
        .with.property('code', 'SLIPWAY_REDIS_SETTINGS');
    });
  }

  it('tells a wrong password and a missing one from a wrong certificate', async () => {
    const wrong = await redisErrorOf(clients.start(url.replace(password, 'other'), { tls: trusted() }));
    expect(wrong.code).to.equal('SLIPWAY_REDIS_WRONG_PASSWORD');
    const none = await redisErrorOf(clients.start(url.replace(`:${password}@`, ''), { tls: trusted() }));
    expect(none.code).to.equal('SLIPWAY_REDIS_NO_AUTH');
  });

  for (const [address, tls] of [
    ['redis://localhost', { ca: '/ca.pem' }],
    ['memory://', { ca: '/ca.pem' }],
    ['rediss://localhost', { cert: '/cert.pem' }],
  ] as const) {
    it(`has no use for ${Object.keys(tls).join()} with ${address}, and says so`, () => {
      expect(() => clients.create(address, { tls }))
        .to.throw('tls')
        .with.property('code', 'SLIPWAY_REDIS_SETTINGS');
    });
  }
});
