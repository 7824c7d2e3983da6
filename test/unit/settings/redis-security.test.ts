import { inspect } from 'node:util';
import { expect } from 'chai';
import { loadSettings, RedisClient } from '../../../src/index.js';
import { type Certificate, selfSignedCertificate } from '../../support/certificate.js';
import { settingsError } from '../../support/settings-error.js';

const base = { SERVICE_NAME: 'essay-desk' };
const url = 'rediss://cache:6380';

describe('the certificates of Redis', () => {
  let certificate: Certificate;

  before(async () => {
    certificate = await selfSignedCertificate();
  });

  after(() => certificate[Symbol.dispose]());

  it('are PEM as text, as text with \\n, or the path of a file, and the key is shown nowhere', () => {
    const { certificateFile, keyFile, tls } = certificate;
    for (const [ca, key] of [
      [tls.ca, tls.key],
      [tls.ca.replaceAll('\n', '\\n'), tls.key.replaceAll('\n', '\\n')],
      [` ${certificateFile} `, keyFile],
    ] as const) {
      const settings = loadSettings({
        ...base,
        REDIS_URL: url,
        REDIS_SSL_CA: ca,
        REDIS_SSL_CERT: ca,
        REDIS_SSL_KEY: key,
        REDIS_SSL_SERVERNAME: 'cache.example',
      });
      expect(settings.redis.tls?.ca?.trim()).to.equal(tls.ca.trim());
      expect(settings.redis.tls?.cert?.trim()).to.equal(tls.cert.trim());
      expect(settings.redis.tls?.key?.trim()).to.equal(tls.key.trim());
      expect(settings.redis.tls?.servername).to.equal('cache.example');
      const shown = inspect(settings, { depth: 9 }) + JSON.stringify(settings);
      expect(shown).to.not.contain(tls.key.split('\n')[1]);
      expect(() => new RedisClient(settings.redis)).to.not.throw();
    }
  });

  it('are refused with variable and path where a file cannot be used, and with nothing of a key', () => {
    const { certificateFile, tls } = certificate;
    const { faults } = settingsError({
      ...base,
      REDIS_URL: url,
      REDIS_SSL_CA: '/no/such/ca.pem',
      REDIS_SSL_CERT: tls.key,
      REDIS_SSL_KEY: certificateFile,
    });
    expect(faults.map(({ variable }) => variable)).to.deep.equal([
      'REDIS_SSL_CA',
      'REDIS_SSL_CERT',
      'REDIS_SSL_KEY',
    ]);
    expect(faults[0]?.got).to.equal('/no/such/ca.pem');
    const body = tls.key.replace(/-----.*-----|\n/g, '');
    for (const key of [body, `-----BEGIN EC KEY-----\n${body}\n-----END EC KEY-----`]) {
      const { message } = settingsError({ ...base, REDIS_URL: url, REDIS_SSL_KEY: key });
      expect(message).to.contain('REDIS_SSL_KEY').and.not.contain(body.slice(0, 8));
    }
  });

  it('are refused for an address without TLS, and a certificate without its key', () => {
    const { ca, key } = certificate.tls;
    const plain = { ...base, REDIS_HOST: 'cache', REDIS_SSL_CA: ca };
    expect(settingsError(plain).faults.map(({ variable }) => variable)).to.deep.equal(['REDIS_SSL']);
    const { faults, message } = settingsError({
      ...base,
      REDIS_URL: 'redis://:hunter2@cache',
      REDIS_SSL_KEY: key,
    });
    expect(faults.map(({ variable }) => variable)).to.deep.equal(['REDIS_URL', 'REDIS_SSL_CERT']);
    expect(message).to.contain('with TLS').and.not.contain('hunter2');
  });
});
