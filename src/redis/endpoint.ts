import type { Redis } from 'ioredis';
import { RedisError } from '../errors/redis-error.js';
import type { Startup } from '../protocols/component.js';
import { type Logger, type LoggerFactory, silentLogger } from '../protocols/logger.js';
import type { RedisSettings, RedisTlsSettings } from '../protocols/settings.js';
import { Topology } from './cluster/topology.js';
import { MemoryRedisServer } from './memory/memory-redis-server.js';
import { memoryRedis } from './memory/registry.js';
import { networkEndpoint } from './network-endpoint.js';
import { parseRedisUrl, type RedisTarget } from './redis-url.js';
import { sentinelEndpoint } from './sentinel-endpoint.js';
import { type TlsOptions, tlsOptions } from './tls-options.js';

/** What the driver talks through. */
export type RedisStream = Redis['stream'];

/** {@link RedisSettings} of which only the client id has no default. */
export type RedisClientSettings = Pick<RedisSettings, 'clientId'> &
  Partial<
    Pick<
      RedisSettings,
      | 'url'
      | 'tls'
      | 'sentinelPassword'
      | 'deadlineMs'
      | 'maxValueBytes'
      | 'poolSize'
      | 'allowReadOnly'
      | 'startup'
      | 'enabled'
    >
  >;

/** One server and how its connections are made: what all connections of one client share. */
export interface RedisEndpoint {
  readonly clientId: string;
  /** For messages and logs, never with a password. */
  readonly address: string;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly deadlineMs: number;
  readonly maxValueBytes: number;
  readonly poolSize: number;
  readonly allowReadOnly: boolean;
  readonly startup: Startup;
  readonly enabled: boolean;
  /** Is a replica no server for any connection, also not for one that reads? */
  readonly primaryOnly?: boolean;
  /** Sources of registered scripts by their SHA-1, for a server that forgets them. */
  readonly scripts: Map<string, string>;
  readonly logger: Logger;
  /** A connected stream. Rejects with the system's error, or the signal's reason. */
  dial(signal: AbortSignal): Promise<RedisStream>;
  /** What the server says by itself to a new connection: it does so only to one that it will not serve. */
  greeting(signal: AbortSignal): Promise<string>;
  /** Does the server speak TLS where the address does not? */
  answersTls(signal: AbortSignal): Promise<boolean>;
  /** The servers among which the keys are shared, behind a `redis-cluster://` address. */
  readonly cluster?: Topology;
  /** Called where the server refused a command because its slot is elsewhere. */
  readonly onMoved?: () => void;
  /** The embedded server behind a `memory://` address. */
  readonly memory: MemoryRedisServer | undefined;
}

/** What does not depend on the kind of address. */
export type CommonEndpoint = Pick<
  RedisEndpoint,
  | 'clientId'
  | 'address'
  | 'deadlineMs'
  | 'maxValueBytes'
  | 'poolSize'
  | 'allowReadOnly'
  | 'startup'
  | 'enabled'
  | 'scripts'
  | 'logger'
>;

const defaultUrl = 'redis://redis:6379';
const defaultDeadlineMs = 4000;
const defaultMaxValueBytes = 8 * 2 ** 20;
/** What a server takes as one value, unless its proto-max-bulk-len is set otherwise. */
const largestMaxValueBytes = 512 * 2 ** 20;
const defaultPoolSize = 8;
const largestPoolSize = 1000;
/** setTimeout fires at once for more. */
const maxDeadlineMs = 2 ** 31 - 1;

/** @throws RedisError SLIPWAY_REDIS_SETTINGS. */
export function createEndpoint(settings: RedisClientSettings, createLogger?: LoggerFactory): RedisEndpoint {
  const {
    clientId,
    url = defaultUrl,
    tls,
    sentinelPassword,
    deadlineMs = defaultDeadlineMs,
    maxValueBytes = defaultMaxValueBytes,
    poolSize = defaultPoolSize,
    allowReadOnly = false,
    startup = 'required',
    enabled = true,
  } = settings;
  if (typeof clientId !== 'string' || clientId === '')
    throw invalid('clientId', 'must be a non-empty string');
  if (!Number.isFinite(deadlineMs) || deadlineMs <= 0 || deadlineMs > maxDeadlineMs) {
    throw invalid('deadlineMs', `must be a positive number of milliseconds up to ${maxDeadlineMs}`);
  }
  if (!Number.isSafeInteger(maxValueBytes) || maxValueBytes < 1 || maxValueBytes > largestMaxValueBytes) {
    throw invalid('maxValueBytes', `must be a whole number of bytes up to ${largestMaxValueBytes}`);
  }
  if (!Number.isSafeInteger(poolSize) || poolSize < 1 || poolSize > largestPoolSize) {
    throw invalid('poolSize', `must be a whole number of connections from 1 to ${largestPoolSize}`);
  }
  const target = parseRedisUrl(url);
  const certificates = tls === undefined ? undefined : certificatesFor(target, tls);
  if (sentinelPassword !== undefined && target.kind !== 'sentinel')
    throw invalid('sentinelPassword', `has no meaning for ${target.address}, which names no sentinels`);
  const common: CommonEndpoint = {
    clientId,
    address: target.address,
    deadlineMs,
    maxValueBytes,
    poolSize,
    allowReadOnly,
    startup,
    enabled,
    scripts: new Map<string, string>(),
    logger: createLogger?.('redis') ?? silentLogger,
  };
  if (target.kind === 'network') {
    return networkEndpoint(common, certificates === undefined ? target : { ...target, certificates });
  }
  if (target.kind === 'cluster') return new Topology(common, target, certificates).endpoint;
  if (target.kind === 'sentinel') return sentinelEndpoint(common, target, { certificates, sentinelPassword });
  const memory = target.name === undefined ? new MemoryRedisServer() : memoryRedis(target.name);
  return {
    ...common,
    db: 0,
    username: undefined,
    password: undefined,
    dial: () => memory.connect(),
    greeting: () => Promise.resolve(memory.greeting),
    answersTls: () => Promise.resolve(false),
    memory,
  };
}

function certificatesFor(target: RedisTarget, settings: RedisTlsSettings): TlsOptions {
  if (target.kind === 'memory' || !target.tls) {
    throw invalid('tls', `has no meaning for ${target.address}: write the address with rediss://`);
  }
  return tlsOptions(settings);
}

function invalid(field: string, what: string): RedisError {
  return new RedisError('SLIPWAY_REDIS_SETTINGS', {
    message: `The Redis setting ${field} ${what}.`,
    context: { field },
  });
}
