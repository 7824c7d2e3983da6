import { z } from 'zod';
import { readLogLevels } from '../protocols/log-levels.js';
import { isHost, isRedisAddress, readBootstrapServers } from './addresses.js';
import { defineSettings } from './define-settings.js';
import {
  kafkaSaslMechanisms,
  kafkaSecurityProblems,
  kafkaSecurityProtocols,
  type KafkaSecuritySettings,
} from '../protocols/kafka-security.js';
import { field } from './field.js';
import { pemField } from './pem.js';

// A client id is sent to the servers: Redis refuses spaces and line breaks in it.
const clientIdPattern = /^[\x21-\x7e]{1,200}$/;

function clientId(description: string, defaultText: string) {
  const expected = 'up to 200 printable ASCII characters without spaces';
  return field.matching(clientIdPattern, { description, defaultText, expected }).optional();
}

/** SERVICE_NAME, ENVIRONMENT, LOG_LEVEL and the rest of the log's. */
export const serviceVariables = defineSettings({
  serviceName: field.matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, {
    description: 'The service in logs, health reports, client ids and its consumer group.',
    expected: 'up to 100 letters, digits, dots, dashes and underscores that begin with a letter or digit',
    example: 'essay-desk',
  }),
  environment: field
    .choice(['development', 'testing', 'staging', 'production'], {
      description: 'Where the service runs. In production `memory://` is refused.',
    })
    .default('development'),
  logLevel: field
    .choice(['debug', 'info', 'warn', 'error'], {
      aliases: { warning: 'warn', critical: 'error' },
      description:
        "The least level that is logged. Python's `warning` and `critical` mean `warn` and `error`.",
    })
    .default('info'),
  logFormat: field
    .choice(['json', 'console'], { description: '`json`: one object a line; `console`: lines for people.' })
    .default('json'),
  logFields: field
    .choice(['slipway', 'original'], {
      description: "The names of the fields in JSON: slipway's, or those of the original.",
    })
    .default('slipway'),
  logLevels: z
    .string()
    .transform((text, context) => {
      const levels = readLogLevels(text);
      if (levels !== undefined) return levels;
      context.addIssue('not a list of levels');
      return z.NEVER;
    })
    .meta({
      description: 'Levels of single modules, or of all whose names begin with what stands before a `*`.',
      expected:
        'module=level, several separated by commas: kafka-bus=debug,redis*=warn; silent is a level too',
    })
    .optional(),
  logToFile: field.flag({ description: 'Lines go to a file too.' }).default(false),
  logFilePath: field
    .text({
      description: 'The file. Its folder is made where it is missing.',
      expected: 'a path',
      defaultText: '/app/logs/<service>.log',
    })
    .optional(),
  logMaxBytes: field
    .integer({
      min: 0,
      description: 'A line that would fill the file to so many bytes begins a new one; 0: never.',
    })
    .default(104_857_600),
  logBackupCount: field
    .integer({
      min: 0,
      description:
        'How many files before it are kept, as `.1` (the youngest), `.2` and so on; 0: the file grows.',
    })
    .default(10),
});

/** REDIS_URL or the host form, REDIS_CLIENT_ID, REDIS_DEADLINE_MS, REDIS_MAX_VALUE_BYTES, REDIS_POOL_SIZE and others. */
export const redisVariables = defineSettings(
  {
    url: z
      .string()
      .refine(isRedisAddress)
      .meta({
        description:
          'The Redis server; `rediss://` for TLS, `redis-sentinel://` for sentinels, `redis-cluster://` for a cluster, `memory://` or `memory://name` embedded.',
        expected:
          'redis://host:port/db (URL-encoded user:password@ before the host), rediss://host:port/db, redis-sentinel://host:port,host:port/db?master=name, redis-cluster://host:port,host:port, or memory://[name]',
        defaultText: 'redis://redis:6379',
        example: 'redis://redis:6379',
      })
      .optional(),
    host: z
      .string()
      .refine(isHost)
      .meta({
        description: 'Host form, used where `REDIS_URL` is not set.',
        expected: 'a host without scheme and port; an address with those goes into REDIS_URL',
        defaultText: 'redis',
        example: 'redis',
      })
      .optional(),
    port: field.port({ description: 'Host form.', defaultText: '6379', example: '6379' }).optional(),
    db: field
      .integer({
        min: 0,
        max: 2 ** 31 - 1,
        expected: 'a database number, 0 or more',
        description: 'Host form.',
        defaultText: '0',
        example: '0',
      })
      .optional(),
    password: field.secret({ description: 'Host form. Any characters, not URL-encoded.' }).optional(),
    ssl: field.flag({ description: 'Host form: TLS.', defaultText: 'false', example: 'false' }).optional(),
    sslCa: field
      .text({
        description: 'The authorities to trust over TLS in place of those Node trusts.',
        expected: 'the path of a PEM file, or PEM',
      })
      .optional(),
    sslCert: field
      .text({
        description: "The client's own certificate, for a server that asks for one. Needs `REDIS_SSL_KEY`.",
        expected: 'the path of a PEM file, or PEM',
      })
      .optional(),
    sslKey: field
      .secret({
        description: 'The key of `REDIS_SSL_CERT`.',
        expected: 'the path of a PEM file, or PEM',
      })
      .optional(),
    sslServername: field
      .matching(/^[A-Za-z0-9._:-]{1,253}$/, {
        description: "The name the server's certificate has to be for, where it is not the host.",
        expected: 'a host name',
      })
      .optional(),
    sentinelPassword: field
      .secret({ description: 'Of the sentinels themselves; that of the URL is for the servers.' })
      .optional(),
    clientId: clientId('Names the connection on the server and in logs.', '<service>-redis'),
    deadlineMs: field
      .milliseconds({ description: 'The longest any operation takes, waiting for the connection included.' })
      .default(4_000),
    maxValueBytes: field
      .integer({
        min: 1,
        max: 512 * 2 ** 20,
        description: 'A command with more bytes of arguments is refused before it is sent.',
      })
      .default(8 * 2 ** 20),
    poolSize: field
      .integer({
        min: 1,
        max: 1000,
        description: 'The most connections for transactions, sessions and blocking calls.',
      })
      .default(8),
    allowReadOnly: field
      .flag({ description: 'Start on a read-only replica too, where writes are refused.' })
      .default(false),
  },
  { prefix: 'REDIS_' },
);

/** The host form's variables: ignored where REDIS_URL is set. */
export const redisHostVariables = [
  'REDIS_HOST',
  'REDIS_PORT',
  'REDIS_DB',
  'REDIS_PASSWORD',
  'REDIS_SSL',
] as const;

const kafkaFields = {
  bootstrapServers: z
    .string()
    .transform((text, context) => {
      const servers = readBootstrapServers(text);
      if (servers !== undefined) return servers;
      context.addIssue('not a list of servers');
      return z.NEVER;
    })
    .meta({
      description: 'Brokers to begin with; `memory://` or `memory://name` embedded.',
      expected: 'host:port, several separated by commas, or memory://[name]',
    })
    .default(['kafka:9092']),
  clientId: clientId('Names the producer on the broker and in logs.', '<service>-producer'),
  groupId: field
    .matching(/^[\x21-\x7e]{1,200}$/, {
      description: 'The consumer group.',
      expected: 'up to 200 printable ASCII characters without spaces',
      defaultText: '<service>',
    })
    .optional(),
  autoOffsetReset: field
    .choice(['earliest', 'latest'], { description: 'Where a group without committed offsets begins.' })
    .default('latest'),
  enableAutoCommit: field
    .flag({
      description: 'Accepted with a warning when true: slipway commits after success, never by a timer.',
    })
    .default(false),
  sessionTimeoutMs: field
    .milliseconds({
      description:
        'A member not heard of for so long loses its partitions. Brokers allow 6000 to 1800000 unless set otherwise.',
    })
    .default(30_000),
  requestTimeoutMs: field
    .milliseconds({ description: 'The longest one request to a broker takes.' })
    .default(40_000),
  retryBackoffMs: field.milliseconds({ description: 'The first pause between attempts.' }).default(100),
  deliveryTimeoutMs: field
    .milliseconds({
      description: 'The longest a publish takes from the call to its end, retries included.',
    })
    .default(30_000),
  compression: field
    .choice(['none', 'gzip'], { description: 'How batches are packed on the wire.' })
    .default('none'),
  driver: field
    .choice(['kafkajs', 'platformatic'], {
      description:
        'What speaks to the brokers; `platformatic` needs @platformatic/kafka and Node 22.22 or 24.6.',
    })
    .default('kafkajs'),
  securityProtocol: field
    .choice(kafkaSecurityProtocols, { description: 'TLS or not, a login or not.' })
    .default('PLAINTEXT'),
  saslMechanism: field.choice(kafkaSaslMechanisms, { description: 'The kind of login.' }).optional(),
  saslUsername: field.text({ description: 'The login.' }).optional(),
  saslPassword: field.secret({ description: 'The login.' }).optional(),
  sslCa: pemField('CERTIFICATE', {
    description: 'The certificates that are trusted.',
    defaultText: 'those that Node trusts',
  }).optional(),
  sslCertificate: pemField('CERTIFICATE', {
    description: "This client's certificate, for brokers that ask for one.",
  }).optional(),
  sslPrivateKey: pemField('PRIVATE KEY', {
    description: 'The key of `KAFKA_SSL_CERTIFICATE`.',
    variable: 'SSL_KEY',
    secret: true,
  }).optional(),
  sslKeyPassword: field.secret({ description: 'Opens `KAFKA_SSL_KEY` if it is encrypted.' }).optional(),
};

const securityFields = [
  'securityProtocol',
  'saslMechanism',
  'saslUsername',
  'saslPassword',
  'sslCa',
  'sslCertificate',
  'sslPrivateKey',
  'sslKeyPassword',
] as const satisfies readonly (keyof KafkaSecuritySettings)[];

/** KAFKA_BOOTSTRAP_SERVERS and the rest of Kafka's. */
export const kafkaVariables = defineSettings(
  z.object(kafkaFields).check(
    z.superRefine(
      (settings, context) => {
        for (const { field: key, expected } of kafkaSecurityProblems(settings)) {
          context.addIssue({ code: 'custom', path: [key], message: expected });
        }
      },
      // Whatever is wrong with the others: all faults are told at once.
      { when: ({ issues }) => !issues.some(({ path }) => securityFields.some((key) => key === path?.[0])) },
    ),
  ),
  { prefix: 'KAFKA_' },
);
