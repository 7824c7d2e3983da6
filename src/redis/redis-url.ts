import { isIP } from 'node:net';
import { RedisError } from '../errors/redis-error.js';
import type { TlsOptions } from './tls-options.js';
import { type ClusterTarget, parseTopologyUrl, type SentinelTarget } from './topology-url.js';

/** Where a Redis URL points to. */
export type RedisTarget = NetworkTarget | MemoryTarget | SentinelTarget | ClusterTarget;

export interface NetworkTarget {
  readonly kind: 'network';
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly certificates?: TlsOptions;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** For messages and logs: `redis://host:port/db`, never with a password. */
  readonly address: string;
}

interface MemoryTarget {
  readonly kind: 'memory';
  /** The name of a server shared in the process, or undefined for one of the client's own. */
  readonly name: string | undefined;
  readonly address: string;
}

const defaultPort = 6379;

/**
 * Reads `redis://[user:password@]host[:port][/db]`, `rediss://...` for TLS, `memory://` and `memory://name`, and the
 * addresses of {@link parseTopologyUrl}.
 * @throws RedisError SLIPWAY_REDIS_SETTINGS, without the password in its message.
 */
export function parseRedisUrl(url: string): RedisTarget {
  if (url.startsWith('memory://')) return memoryTarget(url);
  const topology = parseTopologyUrl(url, (what) => {
    throw invalid(url, what);
  });
  if (topology !== undefined) return topology;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:')) {
    throw invalid(url, 'is no redis://, rediss://, redis-sentinel://, redis-cluster:// or memory:// URL');
  }
  if (parsed.hostname === '') throw invalid(url, 'has no host');
  if (parsed.search !== '' || parsed.hash !== '') {
    throw invalid(url, 'has a query or fragment, which has no meaning here');
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const port = parsed.port === '' ? defaultPort : Number(parsed.port);
  const db = databaseNumber(url, parsed.pathname);
  const shownHost = isIP(host) === 6 ? `[${host}]` : host;
  return {
    kind: 'network',
    host,
    port,
    tls: parsed.protocol === 'rediss:',
    db,
    username: decoded(url, parsed.username),
    password: decoded(url, parsed.password),
    address: `${parsed.protocol}//${shownHost}:${port}/${db}`,
  };
}

function memoryTarget(url: string): MemoryTarget {
  const name = url.slice('memory://'.length);
  if (!/^[\w.-]*$/.test(name))
    throw invalid(url, 'names a memory server with other than letters, digits, . _ -');
  return { kind: 'memory', name: name === '' ? undefined : name, address: url };
}

function databaseNumber(url: string, pathname: string): number {
  const text = pathname.replace(/^\//, '');
  if (text === '') return 0;
  if (!/^\d{1,9}$/.test(text)) throw invalid(url, 'has a path that is no database number');
  return Number(text);
}

function decoded(url: string, text: string): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(url, 'has a user or password that is not percent-encoded');
  }
}

function invalid(url: string, what: string): RedisError {
  // What stands before the last @ may hold a password, however badly it is written.
  const shown = url.replace(/^([a-z-]+:\/\/)?.*@/is, '$1***@');
  return new RedisError('SLIPWAY_REDIS_SETTINGS', {
    message: `The Redis address ${shown} ${what}. Give it as redis://host:port/db.`,
    context: { field: 'url' },
  });
}
