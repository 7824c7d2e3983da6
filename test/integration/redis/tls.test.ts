import { copyFileSync, readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect } from 'chai';
import type { RedisTlsSettings } from '../../../src/index.js';
import { type Certificate, selfSignedCertificate } from '../../support/certificate.js';
import {
  openResources,
  RedisClients,
  redisErrorOf,
  uniquePrefix,
  until,
} from '../../support/redis-helpers.js';
import { freePort } from '../../support/servers/free-port.js';
import { type RunningRedis, startRedis } from '../../support/servers/redis-server.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

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
    const { certificateFile, keyFile } = certificate;
    return { ca: certificateFile, cert: certificateFile, key: keyFile, ...more };
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

  it('takes PEM in place of files, and the address as the name that is checked', async () => {
    const { certificateFile, keyFile } = certificate;
    const pem = { ca: readFileSync(certificateFile, 'utf8'), cert: readFileSync(certificateFile, 'utf8') };
    const client = await clients.start(url.replace('localhost', '127.0.0.1'), {
      tls: { ...pem, key: readFileSync(keyFile, 'utf8') },
    });
    expect(await client.ping()).to.equal(true);
  });

  it('comes back after a cut, with the files as they are then', async () => {
    const folder = new TemporaryFolder('ca');
    try {
      const ca = `${folder.path}/ca.pem`;
      copyFileSync(certificate.certificateFile, ca);
      const client = await clients.start(url, { tls: trusted({ ca }) });
      copyFileSync(stranger.certificateFile, ca);
      client.raw.disconnect();
      await until(() => client.status.lastError?.includes('SLIPWAY_REDIS_TLS') === true);
      copyFileSync(certificate.certificateFile, ca);
      expect(await client.ping()).to.equal(true);
    } finally {
      folder[Symbol.dispose]();
    }
  });

  const refused: readonly (readonly [string, () => RedisTlsSettings, RegExp])[] = [
    ['an authority that did not sign it', () => trusted({ ca: stranger.certificateFile }), /certificate/],
    ['a name it is not for', () => trusted({ servername: 'elsewhere.example' }), /elsewhere\.example/],
    ['no certificate of its own', () => ({ ca: certificate.certificateFile }), /alert|certificate/i],
    ['a file that is not there', () => trusted({ ca: '/nowhere/ca.pem' }), /tls\.ca cannot be read: ENOENT/],
    ['a file that holds something else', () => trusted({ ca: certificate.keyFile }), /no PEM certificate/],
    ['a key that is none', () => trusted({ key: '-----BEGIN PRIVATE KEY-----\nabc' }), /./],
  ];
  for (const [what, tls, words] of refused) {
    it(`refuses to start with ${what}`, async () => {
      const before = await openResources();
      const error = await redisErrorOf(clients.start(url, { tls: tls() }));
      expect(error.code, error.message).to.equal('SLIPWAY_REDIS_TLS');
      expect(error.message).to.match(words);
      expect(inspect(error, { depth: 20, showHidden: true })).to.not.contain(password);
      await until(async () => (await openResources()).join() === before.join(), 500);
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
