import { expect } from 'chai';
import { loadSettings } from '../../../src/index.js';
import { fuzzEnvironments } from '../../faults/fuzz/environments.js';
import { settingsError } from '../../support/settings-error.js';

const base = { SERVICE_NAME: 'essay-desk' };

describe(loadSettings.name, () => {
  describe('refuses', () => {
    const notANumber = [
      '12abc',
      '1e3',
      '0x10',
      '+5',
      '-5',
      '1.0',
      '1_000',
      '1,000',
      '007',
      '5s',
      'NaN',
      '-0',
      '٣',
    ];
    const malformed: readonly (readonly [variable: string, ...values: string[]])[] = [
      ['SERVICE_NAME', 'two words', '-dash', 'a/b', 'a:b', 'ä', 'x'.repeat(101), 'a\u0000b'],
      ['ENVIRONMENT', 'prod', 'dev', 'test', 'production;', '__proto__', 'constructor'],
      ['LOG_LEVEL', 'verbose', '20', 'silent', 'info,debug'],
      ['LOG_FORMAT', 'xml', 'pretty', 'JSON5'],
      ['LOG_FIELDS', 'python', 'structlog', 'original,slipway'],
      [
        'LOG_LEVELS',
        'debug',
        'a=loud',
        '=debug',
        'a=',
        'a=debug,',
        'a*b=debug',
        'a=debug=info',
        'two words=info',
      ],
      ['LOG_TO_FILE', 'maybe', '/var/log/a.log', '2'],
      ['LOG_MAX_BYTES', '100MB', '-1', '1e6', '1.5', '0x10'],
      ['LOG_BACKUP_COUNT', 'ten', '-1', '1.5'],
      [
        'REDIS_URL',
        'redis',
        'localhost:6379',
        'http://host:6379',
        'redis://',
        'redis:///0',
        'redis:host',
        'redis:/host',
        'redis://host:0',
        'redis://host:65536',
        'redis://host:-1',
        'redis://host:abc',
        'redis://ho st',
        'redis://ho%20st',
        'redis://host/db',
        'redis://host/0/1',
        'redis://host/-1',
        'redis://host/01',
        'redis://host?db=1',
        'redis://host/0#x',
        'redis://:%zz@host',
        'redis://:pa#ss@host',
        'redis://:pa/ss@host',
        'redis://a,redis://b',
        'memory:',
        'memory://a/b',
        'memory://a b',
        'memory://a?b',
        'MEMORY://',
      ],
      ['REDIS_HOST', 'redis://host', 'host:6379', 'a b', 'host/0', 'user@host', 'memory://'],
      ['REDIS_PORT', ...notANumber, '0', '65536', '99999999999999999999'],
      ['REDIS_DB', ...notANumber, '2147483648'],
      ['REDIS_SSL', 'maybe', '2', 'tru', 'wahr'],
      ['REDIS_PASSWORD', 'lone \ud800 surrogate'],
      ['REDIS_CLIENT_ID', 'two words', 'line\nbreak', 'ä', 'x'.repeat(201)],
      ['REDIS_DEADLINE_MS', ...notANumber, '0', '2147483648'],
      [
        'KAFKA_BOOTSTRAP_SERVERS',
        'kafka',
        'kafka:',
        ':9092',
        'kafka:0',
        'kafka:65536',
        'kafka:09092',
        'kafka:9092,',
        ',kafka:9092',
        'a:1,,b:2',
        'a:1;b:2',
        'a:1 b:2',
        'PLAINTEXT://kafka:9092',
        '[::1]:9092',
        'memory://,a:1',
        'a:1,memory://',
        'user:pass@kafka:9092',
      ],
      ['KAFKA_CLIENT_ID', 'two words', 'a\tb', 'ä', 'x'.repeat(201), '\u007f'],
      ['KAFKA_GROUP_ID', 'a b', 'ä', 'x'.repeat(201), 'a\u0000b'],
      ['KAFKA_AUTO_OFFSET_RESET', 'none', 'first', 'true', 'earliest,latest', '-1'],
      ['KAFKA_ENABLE_AUTO_COMMIT', 'maybe', '-1', 'y', 'null'],
      ['KAFKA_SESSION_TIMEOUT_MS', ...notANumber, '0'],
      ['KAFKA_REQUEST_TIMEOUT_MS', ...notANumber, '0'],
      ['KAFKA_RETRY_BACKOFF_MS', ...notANumber, '0'],
      ['KAFKA_DELIVERY_TIMEOUT_MS', ...notANumber, '0', 'Infinity', '1e400', '40000ms'],
    ];
    it('two hundred environments of the list below', () => {
      expect(malformed.flatMap(([, ...values]) => values)).to.have.length.greaterThan(200);
    });

    for (const [variable, ...values] of malformed) {
      for (const value of values) {
        it(`${variable}=${JSON.stringify(value.slice(0, 40))}`, () => {
          const { faults } = settingsError({ ...base, [variable]: value });
          expect(faults.map((fault) => fault.variable)).to.deep.equal([variable]);
          expect(faults[0]?.got).to.be.a('string');
          expect(faults[0]?.expected).to.be.a('string').and.not.equal('');
        });
      }
    }
  });

  it('gives settings or one SettingsError for any environment, and shows no secret of it', () => {
    const fuzz = fuzzEnvironments({ runs: 300 });
    expect(fuzz.failure, `seed ${fuzz.seed}`).to.equal(undefined);
    expect(fuzz.accepted + fuzz.refused).to.equal(300);
    expect(fuzz.refused).to.be.greaterThan(200);
  });
});
