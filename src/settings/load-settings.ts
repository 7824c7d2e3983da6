import { SettingsError, type SettingsFault } from '../errors/settings-error.js';
import type {
  KafkaSettings,
  RedisSettings,
  RedisTlsSettings,
  ServiceSettings,
} from '../protocols/settings.js';
import { isMemoryAddress, redisUrl } from './addresses.js';
import type { SettingsDefinition, SettingsOf } from './define-settings.js';
import { type EnvironmentVariables, readText } from './environment.js';
import { maskWhenShown, showValue } from './masking.js';
import { misspelt } from './misspelt.js';
import { invalidDefinition } from './settings-field.js';
import { kafkaVariables } from './kafka-variables.js';
import { redisHostVariables, redisVariables } from './redis-variables.js';
import { serviceVariables } from './service-variables.js';

/** The settings of slipway's own clients, each the value of its token. */
export interface Settings {
  readonly service: ServiceSettings;
  readonly redis: RedisSettings;
  readonly kafka: KafkaSettings;
  /** Worth a line in the log; without secrets. */
  readonly warnings: readonly string[];
}

/** Definitions of a service's own, each under the name its settings shall have. */
export type OwnDefinitions = Readonly<Record<string, SettingsDefinition<unknown>>>;

/** What {@link loadSettings} reads by `O`. */
export type OwnSettings<O extends OwnDefinitions> = { readonly [K in keyof O]: SettingsOf<O[K]> };

type NotTaken = { readonly [K in keyof Settings]?: never };

const taken: readonly string[] = ['service', 'redis', 'kafka', 'warnings'] satisfies (keyof Settings)[];

/**
 * Reads the variables of docs/settings.md, and those of a service's own definitions beside them:
 * `const { redis, mail } = loadSettings({ mail: mailSettings })`. `REDIS_URL` wins over the host form, with a warning.
 * Printing, logging or `JSON.stringify` of what it returns shows no secret; a copy made by spreading does.
 * @param env default: `process.env`.
 * @throws SettingsError with every fault of all of them at once.
 * @throws SlipwayError SLIPWAY_SETTINGS_DEFINITION for own settings named `service`, `redis`, `kafka` or `warnings`.
 */
export function loadSettings(env?: EnvironmentVariables): Settings;
export function loadSettings<const O extends OwnDefinitions>(
  own: O & NotTaken,
  env?: EnvironmentVariables,
): Settings & OwnSettings<O>;
export function loadSettings(
  first: EnvironmentVariables | OwnDefinitions = process.env,
  second?: EnvironmentVariables,
) {
  return areDefinitions(first, second) ? load(first, second ?? process.env) : load({}, first);
}

/** `{}` alone is an environment without variables. */
function areDefinitions(
  first: EnvironmentVariables | OwnDefinitions,
  env: EnvironmentVariables | undefined,
): first is OwnDefinitions {
  if (env !== undefined) return true;
  const values: unknown[] = Object.values(first);
  return values.length > 0 && values.every(isDefinition);
}

function isDefinition(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'read' in value && typeof value.read === 'function';
}

function load(own: OwnDefinitions, env: EnvironmentVariables): Settings {
  const clash = Object.keys(own).find((key) => taken.includes(key));
  if (clash !== undefined)
    throw invalidDefinition(clash, "has the name of slipway's own settings. Rename it");

  const definitions = [serviceVariables, redisVariables, kafkaVariables, ...Object.values(own)];
  const secrets = definitions.flatMap(({ variables }) =>
    variables.flatMap(({ name, secret }) => (secret ? (readText(env, name, true) ?? []) : [])),
  );
  const kit = readKit(env, secrets);
  const readings = Object.entries(own).map(
    ([key, definition]) => [key, definition.read(env, secrets)] as const,
  );
  const faults = [...kit.faults, ...readings.flatMap(([, reading]) => reading.faults)];
  const warnings = [...kit.warnings, ...misspelt(env, definitions)];
  if (kit.settings === undefined || faults.length > 0) throw new SettingsError(faults, { warnings });
  return {
    ...kit.settings,
    ...Object.fromEntries(readings.map(([key, { settings }]) => [key, settings])),
    warnings,
  };
}

/** slipway's own settings. */
function readKit(env: EnvironmentVariables, secrets: readonly string[]) {
  const hostFormUsed = readText(env, 'REDIS_URL') === undefined;
  const service = serviceVariables.read(env, secrets);
  const redis = redisVariables.read(hostFormUsed ? env : withoutHostForm(env), secrets);
  const kafka = kafkaVariables.read(env, secrets);
  const faults = [
    ...service.faults,
    ...redis.faults.map(explainServiceLink),
    ...(redis.settings === undefined ? [] : tlsFaults(redis.settings)),
    ...kafka.faults,
    ...(service.values.environment === 'production'
      ? memoryFaults(redis.values.url, kafka.values.bootstrapServers)
      : []),
  ];
  const warnings = [
    ...(hostFormUsed ? [] : hostFormWarning(env)),
    ...(kafka.values.enableAutoCommit ? [autoCommitWarning] : []),
  ];
  if (!service.settings || !redis.settings || !kafka.settings) return { faults, warnings };
  const { serviceName } = service.settings;
  const { sentinelPassword } = redis.settings;
  const settings: Omit<Settings, 'warnings'> = {
    service: serviceSettings(service.settings),
    redis: maskWhenShown({
      clientId: redis.settings.clientId ?? `${serviceName}-redis`,
      url: redisAddress(redis.settings),
      ...redisTls(redis.settings),
      ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
      deadlineMs: redis.settings.deadlineMs,
      maxValueBytes: redis.settings.maxValueBytes,
      poolSize: redis.settings.poolSize,
      allowReadOnly: redis.settings.allowReadOnly,
      startup: redis.settings.required ? 'required' : 'optional',
      enabled: redis.settings.enabled,
    }),
    kafka: kafkaSettings(kafka.settings, serviceName),
  };
  return { settings, faults, warnings };
}

const autoCommitWarning =
  'KAFKA_ENABLE_AUTO_COMMIT=true is not followed: an offset is committed once its message was handled with success.';

function redisAddress(settings: SettingsOf<typeof redisVariables>): string {
  const { url, host, port, db, password, ssl } = settings;
  if (url !== undefined) return url;
  const hostForm = [host, port, db, password, ssl].some((part) => part !== undefined);
  if (!hostForm) return 'redis://redis:6379';
  return redisUrl({ host: host ?? 'redis', port: port ?? 6379, db: db ?? 0, password, ssl: ssl ?? false });
}

function serviceSettings(settings: SettingsOf<typeof serviceVariables>): ServiceSettings {
  const { logLevels, logToFile, logFilePath, logMaxBytes, logBackupCount, ...kept } = settings;
  const path = logFilePath ?? `/app/logs/${settings.serviceName}.log`;
  return maskWhenShown({
    ...kept,
    ...(logLevels !== undefined && { logLevels }),
    ...(logToFile && { logFile: { path, maxBytes: logMaxBytes, backupCount: logBackupCount } }),
  });
}

function redisTls(settings: SettingsOf<typeof redisVariables>): Pick<RedisSettings, 'tls'> {
  const { sslCa: ca, sslCert: cert, sslKey: key, sslServername: servername } = settings;
  const given = Object.entries({ ca, cert, key, servername }).filter(([, value]) => value !== undefined);
  if (given.length === 0) return {};
  const tls: RedisTlsSettings = Object.fromEntries(given);
  return { tls: maskWhenShown(tls, (name) => name === 'key') };
}

function tlsFaults(settings: SettingsOf<typeof redisVariables>): SettingsFault[] {
  const { tls } = redisTls(settings);
  if (tls === undefined) return [];
  const faults: SettingsFault[] = [];
  if (!/^rediss/i.test(redisAddress(settings))) {
    const expected = 'an address with TLS, since REDIS_SSL_CA, _CERT, _KEY or _SERVERNAME is set';
    faults.push(
      settings.url === undefined
        ? { variable: 'REDIS_SSL', got: settings.ssl === undefined ? undefined : 'false', expected }
        : { variable: 'REDIS_URL', got: showValue(settings.url, false), expected },
    );
  }
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    const [variable, other] = tls.key === undefined ? ['KEY', 'CERT'] : ['CERT', 'KEY'];
    const expected = `a value, since REDIS_SSL_${other} is set`;
    faults.push({ variable: `REDIS_SSL_${variable}`, got: undefined, expected });
  }
  return faults;
}

function kafkaSettings(settings: SettingsOf<typeof kafkaVariables>, serviceName: string): KafkaSettings {
  const { enableAutoCommit: _, clientId, groupId, required, ...kept } = settings;
  return maskWhenShown({
    clientId: clientId ?? `${serviceName}-producer`,
    groupId: groupId ?? serviceName,
    startup: required ? 'required' : 'optional',
    ...kept,
  });
}

function memoryFaults(url = '', servers: readonly string[] = []): SettingsFault[] {
  const refused = 'memory:// is refused when ENVIRONMENT is production';
  const faults: SettingsFault[] = [];
  if (isMemoryAddress(url)) {
    faults.push({ variable: 'REDIS_URL', got: url, expected: `redis:// or rediss://; ${refused}` });
  }
  const memoryServer = servers.find(isMemoryAddress);
  if (memoryServer !== undefined) {
    faults.push({
      variable: 'KAFKA_BOOTSTRAP_SERVERS',
      got: memoryServer,
      expected: `host:port of real brokers; ${refused}`,
    });
  }
  return faults;
}

/** Kubernetes gives every container of a namespace with a Service named redis a variable of our name. */
function explainServiceLink(fault: SettingsFault): SettingsFault {
  if (fault.variable !== 'REDIS_PORT' || !fault.got?.startsWith('tcp://')) return fault;
  return { ...fault, expected: `${fault.expected}; set REDIS_URL, or enableServiceLinks: false in the pod` };
}

function withoutHostForm(env: EnvironmentVariables): EnvironmentVariables {
  return { ...env, ...Object.fromEntries(redisHostVariables.map((name) => [name, undefined])) };
}

function hostFormWarning(env: EnvironmentVariables): string[] {
  const ignored = redisHostVariables.filter((name) => {
    const text = readText(env, name, name === 'REDIS_PASSWORD');
    // Kubernetes' own REDIS_PORT of a Service named redis is nobody's mistake.
    return text !== undefined && !(name === 'REDIS_PORT' && text.startsWith('tcp://'));
  });
  if (ignored.length === 0) return [];
  return [`${ignored.join(', ')} ${ignored.length === 1 ? 'is' : 'are'} ignored because REDIS_URL is set.`];
}
