import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { Kafka, logLevel } from 'kafkajs';
import {
  KafkaBus,
  type KafkaBusSettings,
  type KafkaSecuritySettings,
  loadSettings,
  SlipwayError,
} from '../../../src/index.js';
import { selfSignedCertificate } from '../../support/certificate.js';
import { slipwayCheck } from '../../support/cli.js';
import { numbered } from '../../support/kafka/census.js';
import { failureOf } from '../../support/kafka/outcomes.js';
import { readTopic } from '../../support/kafka/read-topic.js';
import { password, type SecureKafka, startSecureKafka, user } from '../../support/kafka/secure-kafka.js';
import { createTopics } from '../../support/kafka/topics.js';
import { memoryLogger } from '../../support/memory-log.js';

/** The first login over TLS takes a broker that has just started a second or two, and a busy one longer. */
const patientMs = 20_000;
/** For a start that tries until its time is up. */
const startTimeoutMs = 2_000;

function newBus(address: string, settings: Partial<KafkaBusSettings>, log = memoryLogger()): KafkaBus {
  return new KafkaBus(
    { clientId: 'secure', bootstrapServers: address, startTimeoutMs: patientMs, ...settings },
    log.factory,
  );
}

/** The error that `start()` rejects with. No connection is left then. */
async function startFailure(bus: KafkaBus): Promise<SlipwayError> {
  const error = await failureOf(bus.start());
  await bus.stop();
  if (!SlipwayError.is(error)) throw error;
  expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).to.not.contain(password);
  return error;
}

const environment = (address: string, more: Readonly<Record<string, string>>) => ({
  KAFKA_BOOTSTRAP_SERVERS: address,
  ...more,
});

describe('KafkaBus over TLS and SASL, on Apache Kafka', function () {
  this.timeout(60_000);
  let kafka: SecureKafka;

  before(async () => {
    kafka = await startSecureKafka();
  });

  after(() => kafka[Symbol.asyncDispose]());

  const login = (mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'): KafkaSecuritySettings => ({
    securityProtocol: 'SASL_SSL',
    saslMechanism: mechanism,
    saslUsername: user,
    saslPassword: password,
    sslCa: kafka.ca,
  });

  const loginVariables = (): Readonly<Record<string, string>> => ({
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    KAFKA_SASL_USERNAME: user,
    KAFKA_SASL_PASSWORD: password,
    KAFKA_SSL_CA: kafka.ca.replaceAll('\n', '\\n'),
  });

  async function newTopic(): Promise<string> {
    const topic = `secure-${randomUUID()}`;
    const brokers = [kafka.addresses.PLAINTEXT];
    const admin = new Kafka({ clientId: 'secure-admin', brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await createTopics(admin, [{ topic }]);
    await admin.disconnect();
    return topic;
  }

  async function publishes(bus: KafkaBus): Promise<void> {
    const topic = await newTopic();
    await bus.start();
    const results = await Promise.all(
      [1, 2, 3].map((number) => bus.publish(topic, numbered(number), { key: 'a' })),
    );
    await bus.stop();
    expect(results.map(({ offset }) => offset)).to.deep.equal(['0', '1', '2']);
    expect(await readTopic([kafka.addresses.PLAINTEXT], topic, 3)).to.have.length(3);
  }

  for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
    it(`publishes over SASL_SSL with ${mechanism}, and logs no password`, async () => {
      const log = memoryLogger();
      await publishes(newBus(kafka.addresses.SASL_SSL, login(mechanism), log));
      expect(log.log.text).to.contain('Kafka connected').and.not.contain(password);
    });
  }

  it('publishes over SASL_PLAINTEXT', async () => {
    const { sslCa: _, ...settings } = login('SCRAM-SHA-256');
    await publishes(
      newBus(kafka.addresses.SASL_PLAINTEXT, { ...settings, securityProtocol: 'SASL_PLAINTEXT' }),
    );
  });

  it('publishes over SSL with a certificate of its own, read from the environment', async () => {
    const settings = loadSettings({
      SERVICE_NAME: 'secure',
      KAFKA_BOOTSTRAP_SERVERS: kafka.addresses.SSL,
      KAFKA_SECURITY_PROTOCOL: 'SSL',
      KAFKA_SSL_CA: kafka.ca.replaceAll('\n', '\\n'),
      KAFKA_SSL_CERTIFICATE: kafka.client.certificate,
      KAFKA_SSL_KEY: kafka.client.key,
    });
    expect(inspect(settings) + JSON.stringify(settings)).to.not.contain('PRIVATE KEY');
    await publishes(new KafkaBus({ ...settings.kafka, startTimeoutMs: patientMs }));
  });

  it('is told of a wrong password', async () => {
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-512'] as const) {
      const settings = { ...login(mechanism), saslPassword: 'wrong' };
      const error = await startFailure(newBus(kafka.addresses.SASL_SSL, settings));
      expect(error).to.include({ code: 'SLIPWAY_KAFKA_AUTH', retryable: false });
      expect(error.message)
        .to.contain(kafka.addresses.SASL_SSL)
        .and.match(/[Aa]uthentication failed/);
    }
  });

  it('is told of a certificate that is not trusted', async () => {
    using other = await selfSignedCertificate();
    for (const sslCa of [undefined, await readFile(other.certificateFile, 'utf8')]) {
      const { sslCa: _, ...settings } = login('PLAIN');
      const error = await startFailure(newBus(kafka.addresses.SASL_SSL, { ...settings, sslCa }));
      expect(error).to.include({ code: 'SLIPWAY_KAFKA_TLS', retryable: false });
      expect(error.message).to.contain('sslCa');
    }
  });

  it('is told that the broker asks for a certificate', async () => {
    const settings = { securityProtocol: 'SSL', sslCa: kafka.ca } as const;
    const error = await startFailure(newBus(kafka.addresses.SSL, settings));
    expect(error).to.include({ code: 'SLIPWAY_KAFKA_TLS', retryable: false });
  });

  it('is told that the listener speaks TLS and it does not, or the other way round', async () => {
    const plain = await startFailure(newBus(kafka.addresses.SASL_SSL, { startTimeoutMs }));
    expect(plain).to.include({ code: 'SLIPWAY_KAFKA_PROTOCOL', retryable: false });
    expect(plain.message).to.contain('securityProtocol');
    const settings = { securityProtocol: 'SSL', startTimeoutMs } as const;
    const encrypted = await startFailure(newBus(kafka.addresses.PLAINTEXT, settings));
    expect(encrypted).to.include({ code: 'SLIPWAY_KAFKA_PROTOCOL', retryable: false });
  });

  it('is told that the listener wants a login', async () => {
    const error = await startFailure(newBus(kafka.addresses.SASL_PLAINTEXT, { startTimeoutMs }));
    expect(error).to.include({ code: 'SLIPWAY_KAFKA_PROTOCOL', retryable: false });
  });

  describe('as slipway check tells it', () => {
    it('is well with TLS and a login', async () => {
      const env = environment(kafka.addresses.SASL_SSL, loginVariables());
      const { code, checks, text } = await slipwayCheck(['--only', 'kafka'], env);
      expect(code, text).to.equal(0);
      expect(checks.find(({ id }) => id === 'kafka.auth')?.detail).to.contain(`as ${user}`);
      expect(text).to.not.contain(password);
    });

    const broken: readonly (readonly [
      what: string,
      env: () => Readonly<Record<string, string>>,
      id: string,
      cause: RegExp,
      fix: RegExp,
    ])[] = [
      [
        'a wrong password',
        () =>
          environment(kafka.addresses.SASL_SSL, { ...loginVariables(), KAFKA_SASL_PASSWORD: 'nope-nope' }),
        'kafka.auth',
        /[Aa]uthentication failed/,
        /KAFKA_SASL_PASSWORD/,
      ],
      [
        'no login',
        () => environment(kafka.addresses.SASL_PLAINTEXT, {}),
        'kafka.auth',
        /wants a login/,
        /SASL_PLAINTEXT or SASL_SSL/,
      ],
      [
        'a certificate that is not trusted',
        () => environment(kafka.addresses.SASL_SSL, { ...loginVariables(), KAFKA_SSL_CA: '' }),
        'kafka.tls',
        /not trusted/,
        /KAFKA_SSL_CA/,
      ],
      [
        'no TLS to a listener with',
        () => environment(kafka.addresses.SASL_SSL, {}),
        'kafka.protocol',
        /speaks TLS .* KAFKA_SECURITY_PROTOCOL is PLAINTEXT/,
        /SASL_SSL/,
      ],
      [
        'no certificate of the client',
        () =>
          environment(kafka.addresses.SSL, {
            KAFKA_SECURITY_PROTOCOL: 'SSL',
            KAFKA_SSL_CA: kafka.ca.replaceAll('\n', '\\n'),
          }),
        'kafka.protocol',
        /wants a certificate of the client/,
        /KAFKA_SSL_CERTIFICATE/,
      ],
    ];
    for (const [what, env, id, cause, fix] of broken) {
      it(`is ${what}`, async () => {
        const { code, failed, text } = await slipwayCheck(['--only', 'kafka'], env());
        expect(
          failed.map((each) => each.id),
          text,
        ).to.deep.equal([id]);
        expect(failed[0]?.detail).to.match(cause);
        expect(failed[0]?.fix).to.match(fix);
        expect(code).to.equal(1);
        expect(text).to.not.contain(password).and.not.contain('nope-nope');
      });
    }
  });
});
