import { inspect } from 'node:util';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { loadSettings, SlipwayError } from '../../../src/index.js';
import { settingsError } from '../../support/settings-error.js';

const base = { SERVICE_NAME: 'essay-desk' };

describe(loadSettings.name, () => {
  it("gives the original's addresses and the documented defaults when only the name is set", () => {
    expect(loadSettings(base)).to.deep.equal({
      service: {
        serviceName: 'essay-desk',
        environment: 'development',
        logLevel: 'info',
        logFormat: 'json',
        logFields: 'slipway',
      },
      redis: {
        clientId: 'essay-desk-redis',
        url: 'redis://redis:6379',
        deadlineMs: 4_000,
        maxValueBytes: 8_388_608,
        poolSize: 8,
        allowReadOnly: false,
        startup: 'required',
        enabled: true,
      },
      kafka: {
        clientId: 'essay-desk-producer',
        bootstrapServers: ['kafka:9092'],
        groupId: 'essay-desk',
        autoOffsetReset: 'latest',
        sessionTimeoutMs: 30_000,
        requestTimeoutMs: 40_000,
        retryBackoffMs: 100,
        deliveryTimeoutMs: 30_000,
        compression: 'none',
        driver: 'kafkajs',
        startup: 'required',
        enabled: true,
        securityProtocol: 'PLAINTEXT',
      },
      warnings: [],
    });
  });

  it("has the original's file where a file is asked for and nothing else", () => {
    const { service } = loadSettings({ SERVICE_NAME: 'desk', LOG_TO_FILE: '1' });
    expect(service.logFile).to.deep.equal({
      path: '/app/logs/desk.log',
      maxBytes: 104_857_600,
      backupCount: 10,
    });
    const off = loadSettings({ SERVICE_NAME: 'desk', LOG_TO_FILE: 'no', LOG_FILE_PATH: '/a' });
    expect(off.service).to.not.have.property('logFile');
  });

  it('takes the addresses of sentinels, with their own password, and of clusters', () => {
    const url = 'redis-sentinel://:p%40ss@a:26379,b,[::1]:26380/2?master=main';
    const settings = loadSettings({ ...base, REDIS_URL: url, REDIS_SENTINEL_PASSWORD: 'hunter2' });
    expect(settings.redis).to.include({ url, sentinelPassword: 'hunter2' });
    expect(inspect(settings, { depth: 9 }) + JSON.stringify(settings)).to.not.match(/hunter2|p%40ss/);
    const cluster = 'rediss-cluster://u:p@a,b:7000,[::1]:7001';
    expect(loadSettings({ ...base, REDIS_URL: cluster }).redis.url).to.equal(cluster);
    for (const wrong of ['redis-cluster://a/1', 'redis-cluster://a,', 'redis-cluster://a?master=m']) {
      expect(settingsError({ ...base, REDIS_URL: wrong }).faults).to.have.lengthOf(1);
    }
    for (const wrong of ['a,b', 'a,,b?master=m', 'a:0?master=m', 'a:70000?master=m', 'a/x?master=m']) {
      const { faults } = settingsError({ ...base, REDIS_URL: `redis-sentinel://${wrong}` });
      expect(faults.map(({ variable }) => variable)).to.deep.equal(['REDIS_URL']);
    }
  });

  it('reads every variable', () => {
    const settings = loadSettings({
      SERVICE_NAME: 'essay_desk.v2',
      ENVIRONMENT: 'production',
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'console',
      LOG_FIELDS: 'Original',
      LOG_LEVELS: 'kafka-bus=debug, redis*=WARNING,http=silent',
      LOG_TO_FILE: 'yes',
      LOG_FILE_PATH: '/var/log/desk.log',
      LOG_MAX_BYTES: '0',
      LOG_BACKUP_COUNT: '3',
      REDIS_URL: 'rediss://user:p%40ss@[::1]:6380/3',
      REDIS_CLIENT_ID: 'r',
      REDIS_DEADLINE_MS: '250',
      REDIS_REQUIRED: 'no',
      REDIS_ENABLED: 'false',
      KAFKA_BOOTSTRAP_SERVERS: 'a:9092, b.example:9093 ,a:9092',
      KAFKA_CLIENT_ID: 'k',
      KAFKA_GROUP_ID: 'g',
      KAFKA_AUTO_OFFSET_RESET: 'earliest',
      KAFKA_ENABLE_AUTO_COMMIT: 'false',
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      KAFKA_REQUEST_TIMEOUT_MS: '1',
      KAFKA_RETRY_BACKOFF_MS: '2147483647',
      KAFKA_DELIVERY_TIMEOUT_MS: '5000',
      KAFKA_COMPRESSION: 'gzip',
      KAFKA_DRIVER: 'platformatic',
      KAFKA_REQUIRED: '0',
      KAFKA_ENABLED: 'off',
      KAFKA_SECURITY_PROTOCOL: 'sasl_plaintext',
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'ada',
      KAFKA_SASL_PASSWORD: ' blank ',
    });
    expect(settings).to.deep.equal({
      service: {
        serviceName: 'essay_desk.v2',
        environment: 'production',
        logLevel: 'debug',
        logFormat: 'console',
        logFields: 'original',
        logLevels: { 'kafka-bus': 'debug', 'redis*': 'warn', http: 'silent' },
        logFile: { path: '/var/log/desk.log', maxBytes: 0, backupCount: 3 },
      },
      redis: {
        clientId: 'r',
        url: 'rediss://user:p%40ss@[::1]:6380/3',
        deadlineMs: 250,
        maxValueBytes: 8_388_608,
        poolSize: 8,
        allowReadOnly: false,
        startup: 'optional',
        enabled: false,
      },
      kafka: {
        clientId: 'k',
        bootstrapServers: ['a:9092', 'b.example:9093'],
        groupId: 'g',
        autoOffsetReset: 'earliest',
        sessionTimeoutMs: 6_000,
        requestTimeoutMs: 1,
        retryBackoffMs: 2_147_483_647,
        deliveryTimeoutMs: 5_000,
        compression: 'gzip',
        driver: 'platformatic',
        startup: 'optional',
        enabled: false,
        securityProtocol: 'SASL_PLAINTEXT',
        saslMechanism: 'SCRAM-SHA-512',
        saslUsername: 'ada',
        saslPassword: ' blank ',
      },
      warnings: [],
    });
  });

  it('takes empty and blank variables as unset, and drops white space around values', () => {
    const settings = loadSettings({
      SERVICE_NAME: ' essay-desk\n',
      LOG_LEVEL: '',
      REDIS_URL: '  ',
      REDIS_PASSWORD: '',
      KAFKA_BOOTSTRAP_SERVERS: '\tbroker:9092 ',
    });
    expect(settings.service.serviceName).to.equal('essay-desk');
    expect(settings.service.logLevel).to.equal('info');
    expect(settings.redis.url).to.equal('redis://redis:6379');
    expect(settings.kafka.bootstrapServers).to.deep.equal(['broker:9092']);
  });

  for (const [given, level] of [
    ['INFO', 'info'],
    ['Warning', 'warn'],
    ['CRITICAL', 'error'],
  ]) {
    it(`reads the level ${given} as ${level}, as the Python services write it`, () => {
      expect(loadSettings({ ...base, LOG_LEVEL: given }).service.logLevel).to.equal(level);
    });
  }

  describe('the host form of Redis', () => {
    for (const [env, url] of [
      [{ REDIS_HOST: 'cache' }, 'redis://cache:6379/0'],
      [{ REDIS_DB: '2' }, 'redis://redis:6379/2'],
      [{ REDIS_HOST: 'cache', REDIS_PORT: '7000', REDIS_DB: '15' }, 'redis://cache:7000/15'],
      [{ REDIS_HOST: 'cache', REDIS_SSL: 'True' }, 'rediss://cache:6379/0'],
      [{ REDIS_HOST: 'cache', REDIS_SSL: '0' }, 'redis://cache:6379/0'],
      [{ REDIS_HOST: '::1' }, 'redis://[::1]:6379/0'],
      [
        { REDIS_HOST: 'cache', REDIS_PASSWORD: 'p@s:s/w#r?d%' },
        'redis://:p%40s%3As%2Fw%23r%3Fd%25@cache:6379/0',
      ],
      [{ REDIS_HOST: 'cache', REDIS_PASSWORD: ' blank ' }, 'redis://:%20blank%20@cache:6379/0'],
    ] as const) {
      it(`makes ${url} of ${JSON.stringify(env)}`, () => {
        expect(loadSettings({ ...base, ...env }).redis.url).to.equal(url);
      });
    }

    it('gives any password back when the URL is decoded', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (password) => {
          const { url } = loadSettings({ ...base, REDIS_PASSWORD: password }).redis;
          expect(decodeURIComponent(new URL(url).password)).to.equal(password);
          expect(loadSettings({ ...base, REDIS_URL: url }).redis.url).to.equal(url);
        }),
      );
    });

    it('is ignored with a warning when REDIS_URL is set', () => {
      const { redis, warnings } = loadSettings({
        ...base,
        REDIS_URL: 'redis://a:1',
        REDIS_HOST: 'b',
        REDIS_PASSWORD: 'hunter2',
      });
      expect(redis.url).to.equal('redis://a:1');
      expect(warnings).to.deep.equal(['REDIS_HOST, REDIS_PASSWORD are ignored because REDIS_URL is set.']);
    });

    it('is not even read when REDIS_URL is set', () => {
      const env = { ...base, REDIS_URL: 'redis://a:1', REDIS_DB: 'x' };
      expect(loadSettings(env).warnings).to.deep.equal(['REDIS_DB is ignored because REDIS_URL is set.']);
    });

    it("takes no notice of Kubernetes' own REDIS_PORT beside REDIS_URL, and explains it without", () => {
      const env = { ...base, REDIS_PORT: 'tcp://10.0.0.1:6379' };
      expect(loadSettings({ ...env, REDIS_URL: 'redis://a:1' }).warnings).to.deep.equal([]);
      expect(settingsError(env).faults).to.deep.equal([
        {
          variable: 'REDIS_PORT',
          got: 'tcp://10.0.0.1:6379',
          expected: 'a port from 1 to 65535; set REDIS_URL, or enableServiceLinks: false in the pod',
        },
      ]);
    });
  });

  describe('memory://', () => {
    for (const address of ['memory://', 'memory://shared.one-2']) {
      it(`takes ${address} for both`, () => {
        const env = { ...base, REDIS_URL: address, KAFKA_BOOTSTRAP_SERVERS: address };
        const settings = loadSettings(env);
        expect(settings.redis.url).to.equal(address);
        expect(settings.kafka.bootstrapServers).to.deep.equal([address]);
      });

      it(`refuses ${address} in production, beside all other faults`, () => {
        const error = settingsError({
          ENVIRONMENT: 'Production',
          REDIS_URL: address,
          REDIS_DEADLINE_MS: 'soon',
          KAFKA_BOOTSTRAP_SERVERS: address,
        });
        expect(error.faults.map((fault) => fault.variable)).to.have.members([
          'SERVICE_NAME',
          'REDIS_DEADLINE_MS',
          'REDIS_URL',
          'KAFKA_BOOTSTRAP_SERVERS',
        ]);
        expect(error.message).to.contain(`REDIS_URL is "${address}", expected redis:// or rediss://`);
        expect(error.message).to.contain('memory:// is refused when ENVIRONMENT is production');
      });
    }
  });

  it('accepts KAFKA_ENABLE_AUTO_COMMIT=true with a warning', () => {
    const { warnings } = loadSettings({ ...base, KAFKA_ENABLE_AUTO_COMMIT: 'yes' });
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.contain('once its message was handled with success');
  });

  it('lists every fault at once, each with variable, what it got and what is expected', () => {
    const error = settingsError({
      ENVIRONMENT: 'prod',
      REDIS_PORT: '12abc',
      KAFKA_BOOTSTRAP_SERVERS: 'kafka',
    });
    expect(SlipwayError.is(error)).to.equal(true);
    expect(error.code).to.equal('SLIPWAY_SETTINGS_INVALID');
    expect(error.faults).to.deep.equal([
      {
        variable: 'SERVICE_NAME',
        got: undefined,
        expected: 'up to 100 letters, digits, dots, dashes and underscores that begin with a letter or digit',
      },
      {
        variable: 'ENVIRONMENT',
        got: 'prod',
        expected: 'one of development, testing, staging, production',
      },
      { variable: 'REDIS_PORT', got: '12abc', expected: 'a port from 1 to 65535' },
      {
        variable: 'KAFKA_BOOTSTRAP_SERVERS',
        got: 'kafka',
        expected: 'host:port, several separated by commas, or memory://[name]',
      },
    ]);
    expect(error.message).to.match(
      /^\[SLIPWAY_SETTINGS_INVALID\] 4 settings are wrong:\n {2}SERVICE_NAME is not set/,
    );
    expect(error.message).to.contain('  REDIS_PORT is "12abc", expected a port from 1 to 65535.\n');
  });
});
