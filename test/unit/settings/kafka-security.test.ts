import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { KafkaBus, type KafkaBusSettings, loadSettings, SettingsError } from '../../../src/index.js';
import { type Certificate, selfSignedCertificate } from '../../support/certificate.js';
import { memoryLogger } from '../../support/memory-log.js';

const base = { SERVICE_NAME: 'essay-desk' };

/** Variable and what is expected, of each fault. */
function faultsOf(env: Readonly<Record<string, string>>): readonly string[] {
  try {
    loadSettings({ ...base, ...env });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.faults.map(({ variable, expected }) => `${variable}: ${expected}`);
  }
  return [];
}

/** What is said of a bus with these settings. */
function refused(settings: Partial<KafkaBusSettings>): string {
  try {
    void new KafkaBus({ clientId: 'test', ...settings });
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}

describe('the security settings of Kafka', () => {
  let certificate: Certificate;
  let pem: string;
  let key: string;

  before(async () => {
    certificate = await selfSignedCertificate();
    pem = readFileSync(certificate.certificateFile, 'utf8');
    key = readFileSync(certificate.keyFile, 'utf8');
  });

  after(() => certificate[Symbol.dispose]());

  it('take PEM as text, as text with \\n, and as the path of a file', () => {
    for (const [ca, privateKey] of [
      [pem, key],
      [pem.replaceAll('\n', '\\n'), key.replaceAll('\n', '\\n')],
      [certificate.certificateFile, certificate.keyFile],
    ] as const) {
      const { kafka } = loadSettings({
        ...base,
        KAFKA_SECURITY_PROTOCOL: 'SSL',
        KAFKA_SSL_CA: ca,
        KAFKA_SSL_CERTIFICATE: ca,
        KAFKA_SSL_KEY: privateKey,
      });
      expect(kafka.sslCa?.trim()).to.equal(pem.trim());
      expect(kafka.sslPrivateKey?.trim()).to.equal(key.trim());
      expect(() => new KafkaBus(kafka)).to.not.throw();
    }
  });

  it('are masked when they are shown', () => {
    const settings = loadSettings({
      ...base,
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'PLAIN',
      KAFKA_SASL_USERNAME: 'ada',
      KAFKA_SASL_PASSWORD: 'hunter2',
      KAFKA_SSL_CERTIFICATE: pem,
      KAFKA_SSL_KEY: key,
      KAFKA_SSL_KEY_PASSWORD: 'hunter3',
    });
    const { log, logger } = memoryLogger();
    logger.info('settings', { kafka: settings.kafka, ...settings.kafka });
    for (const shown of [inspect(settings), JSON.stringify(settings), log.text]) {
      expect(shown).to.not.contain('hunter').and.not.contain('PRIVATE KEY');
    }
    expect(settings.kafka.saslPassword).to.equal('hunter2');
  });

  it('are told of every fault at once, beside faults of other variables', () => {
    expect(
      faultsOf({
        KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
        KAFKA_SASL_USERNAME: 'ada',
        PORT: 'x',
        REDIS_DB: '-1',
      }),
    ).to.deep.equal([
      'REDIS_DB: a database number, 0 or more',
      'KAFKA_SASL_MECHANISM: a value, since the security protocol is SASL_SSL',
      'KAFKA_SASL_PASSWORD: a value, since the security protocol is SASL_SSL',
    ]);
    expect(
      faultsOf({ KAFKA_RETRY_BACKOFF_MS: '5s', KAFKA_SASL_PASSWORD: 'x', KAFKA_SSL_CA: pem }),
    ).to.deep.equal([
      'KAFKA_RETRY_BACKOFF_MS: whole milliseconds from 1 to 2147483647',
      'KAFKA_SECURITY_PROTOCOL: SASL_SSL or SASL_PLAINTEXT, since a login is given',
      'KAFKA_SECURITY_PROTOCOL: SSL or SASL_SSL, since certificates are given',
    ]);
    expect(faultsOf({ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_KEY_PASSWORD: 'x' })).to.deep.equal([
      'KAFKA_SSL_KEY: a value, since its password is given',
    ]);
    expect(faultsOf({ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CERTIFICATE: pem })).to.deep.equal([
      'KAFKA_SSL_KEY: a value, since a certificate is given',
    ]);
    expect(faultsOf({ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_KEY: key })).to.deep.equal([
      'KAFKA_SSL_CERTIFICATE: a value, since its key is given',
    ]);
  });

  it('refuse what is no PEM, and show nothing of a key', () => {
    const faults = faultsOf({
      KAFKA_SECURITY_PROTOCOL: 'SSL',
      KAFKA_SSL_CA: '/no/such/file',
      KAFKA_SSL_KEY: pem,
    });
    expect(faults).to.deep.equal([
      'KAFKA_SSL_CA: a certificate as PEM text, or the path of a file with one',
      'KAFKA_SSL_KEY: a private key as PEM text, or the path of a file with one',
    ]);
    const broken = `-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----`;
    expect(faultsOf({ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA: broken })).to.have.length(1);
    expect(faultsOf({ KAFKA_SECURITY_PROTOCOL: 'TLS' })).to.deep.equal([
      'KAFKA_SECURITY_PROTOCOL: one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL',
    ]);
  });

  describe('given by hand', () => {
    it('are refused with all that does not fit', () => {
      const told = refused({ securityProtocol: 'SASL_SSL', sslKeyPassword: 'hunter2' });
      expect(told).to.contain('SLIPWAY_KAFKA_SETTINGS').and.not.contain('hunter2');
      for (const field of ['saslMechanism', 'saslUsername', 'saslPassword', 'sslPrivateKey']) {
        expect(told).to.contain(field);
      }
    });

    it('are refused with a certificate that is none, and a key of another certificate', async () => {
      using other = await selfSignedCertificate();
      const sslPrivateKey = readFileSync(other.keyFile, 'utf8');
      expect(refused({ securityProtocol: 'SSL', sslCa: 'x' })).to.contain('sslCa cannot be used');
      const told = refused({ securityProtocol: 'SSL', sslCertificate: pem, sslPrivateKey });
      expect(told).to.contain('sslPrivateKey cannot be used').and.not.contain('BEGIN');
      expect(
        refused({ securityProtocol: 'SSL', sslCa: pem, sslCertificate: pem, sslPrivateKey: key }),
      ).to.equal('accepted');
    });
  });
});
