export const secret = 'hunter2-secret';

export interface BadEnvironment {
  /** What the error has to name. */
  readonly variable: string;
  readonly env: Readonly<Record<string, string>>;
}

const of = (variable: string, ...values: readonly string[]): readonly BadEnvironment[] =>
  values.map((value) => ({ variable, env: { [variable]: value } }));

const beside = (
  env: Readonly<Record<string, string>>,
  wrong: readonly BadEnvironment[],
): readonly BadEnvironment[] => wrong.map((each) => ({ ...each, env: { ...env, ...each.env } }));

/** Fifty environments that no service can be run with. */
export const badEnvironments: readonly BadEnvironment[] = [
  ...of('SERVICE_NAME', 'two words', '-dash', 'a/b', 'x'.repeat(101)),
  ...of('ENVIRONMENT', 'prod', '__proto__'),
  ...of('LOG_LEVEL', 'verbose', 'info,debug'),
  ...of('LOG_FORMAT', 'xml'),
  ...of('LOG_FIELDS', 'python'),
  ...of('LOG_LEVELS', 'a=loud', 'a=debug='),
  ...of('LOG_TO_FILE', 'maybe'),
  ...of('LOG_MAX_BYTES', '100MB', '-1'),
  ...of('LOG_BACKUP_COUNT', 'ten'),
  ...of(
    'REDIS_URL',
    `redis://:${secret}@`,
    `redis://:${secret}@host:65536`,
    `redis://user:${secret}#x@host`,
    `http://:${secret}@host:6379`,
    `redis://:${secret}@host/db`,
    `redis://:${secret}%zz@host`,
    'memory://a b',
  ),
  ...of('REDIS_MAX_VALUE_BYTES', '0'),
  ...of('REDIS_HOST', `user:${secret}@host`, 'host:6379'),
  ...of('REDIS_PORT', '12abc', '0', '99999999999999999999'),
  ...beside({ REDIS_HOST: '127.0.0.1' }, of('REDIS_DB', '-1', '1.0')),
  ...beside({ REDIS_HOST: '127.0.0.1' }, of('REDIS_SSL', 'maybe')),
  ...beside(
    { REDIS_URL: `rediss://:${secret}@127.0.0.1` },
    of('REDIS_SSL_CA', '/no/such/file.pem', '-----BEGIN NONSENSE-----'),
  ),
  ...beside({ REDIS_URL: `rediss://:${secret}@127.0.0.1` }, of('REDIS_SSL_SERVERNAME', 'two words')),
  ...of('REDIS_DEADLINE_MS', '0', '2147483648', '1e3'),
  ...of('REDIS_POOL_SIZE', '0'),
  ...of('REDIS_REQUIRED', 'perhaps'),
  ...of('KAFKA_BOOTSTRAP_SERVERS', 'kafka', `user:${secret}@kafka:9092`, 'a:1,,b:2'),
  ...of('KAFKA_GROUP_ID', 'a b'),
  ...of('KAFKA_AUTO_OFFSET_RESET', 'none'),
  ...of('KAFKA_SESSION_TIMEOUT_MS', '5s'),
  ...of('KAFKA_DELIVERY_TIMEOUT_MS', 'Infinity'),
  ...of('KAFKA_SECURITY_PROTOCOL', 'TLS'),
  {
    variable: 'KAFKA_SASL_MECHANISM',
    env: {
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_USERNAME: 'desk',
      KAFKA_SASL_PASSWORD: secret,
      KAFKA_SASL_MECHANISM: 'MD5',
    },
  },
  ...of('PORT', '70000'),
];
