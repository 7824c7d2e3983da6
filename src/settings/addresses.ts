const memoryAddress = /^memory:\/\/[A-Za-z0-9._-]*$/;
const hostName = /^[A-Za-z0-9._-]{1,253}$/;
const bracketedIpv6 = /^\[[0-9A-Fa-f:.]+\]$/;
const ipv6 = /^(?=.*:)[0-9A-Fa-f:.]+$/;
const hostAndPort = /^([A-Za-z0-9._-]{1,253}):([1-9]\d{0,4})$/;
const databasePath = /^(?:\/(?:0|[1-9]\d*)?)?$/;

export function isMemoryAddress(text: string): boolean {
  return memoryAddress.test(text);
}

/** A host alone: no scheme, no port. IPv6 without brackets. */
export function isHost(text: string): boolean {
  return hostName.test(text) || ipv6.test(text);
}

const sentinelAddress =
  /^rediss?-sentinel:\/\/(?:([^@/?#]*)@)?([^@/?#]+)(?:\/\d{0,9})?(?:\?master=([^&#]+)|#([^#]+))$/i;
const clusterAddress = /^rediss?-cluster:\/\/(?:([^@/?#]*)@)?([^@/?#]+?)(?:\/0?)?$/i;
const node = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]+\])(?::([1-9]\d{0,4}))?$/;

/**
 * `redis-sentinel://[user:password@]host:port,host:port/db?master=name`, `redis-cluster://[user:password@]host:port,host:port`;
 * `rediss-...` likewise.
 */
function isTopologyAddress(text: string): boolean {
  const parts = sentinelAddress.exec(text) ?? clusterAddress.exec(text);
  const [, credentials = '', nodes = '', query = '', hash = ''] = parts ?? [];
  return (
    nodes !== '' &&
    nodes.split(',').every((each) => {
      const match = node.exec(each);
      return match !== null && Number(match[1] ?? 1) <= 65_535;
    }) &&
    [credentials, query, hash].every(isDecodable)
  );
}

/** `redis://[user:password@]host[:port][/db]`, `rediss://`, sentinels, a cluster or `memory://[name]`, and nothing after it. */
export function isRedisAddress(text: string): boolean {
  if (isMemoryAddress(text) || isTopologyAddress(text)) return true;
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    /^rediss?:\/\//i.test(text) &&
    (hostName.test(url.hostname) || bracketedIpv6.test(url.hostname)) &&
    url.port !== '0' &&
    databasePath.test(url.pathname) &&
    // A password with a raw ? or # ends up here; ioredis would read a query as options.
    !/[?#]/.test(text) &&
    isDecodable(url.username) &&
    isDecodable(url.password)
  );
}

/** `host:port`, several separated by commas, or one `memory://[name]`. `undefined` where it is none of these. */
export function readBootstrapServers(text: string): readonly string[] | undefined {
  if (isMemoryAddress(text)) return [text];
  const servers = text.split(',').map((each) => each.trim());
  const right = servers.every((each) => {
    const match = hostAndPort.exec(each);
    return match !== null && Number(match[2]) <= 65_535;
  });
  return right ? [...new Set(servers)] : undefined;
}

/** The URL of the host form. */
export function redisUrl(parts: {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly password: string | undefined;
  readonly ssl: boolean;
}): string {
  const password = parts.password === undefined ? '' : `:${encodeURIComponent(parts.password)}@`;
  const host = parts.host.includes(':') ? `[${parts.host}]` : parts.host;
  return `${parts.ssl ? 'rediss' : 'redis'}://${password}${host}:${parts.port}/${parts.db}`;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
