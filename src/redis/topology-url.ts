/** Where one server listens. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** Servers that share the keys among them. */
export interface ClusterTarget extends TopologyTarget {
  readonly kind: 'cluster';
}

/** A primary that moves, and the sentinels that know where it is. */
export interface SentinelTarget extends TopologyTarget {
  readonly kind: 'sentinel';
  /** The name under which the sentinels watch the primary. */
  readonly master: string;
  readonly db: number;
}

interface TopologyTarget {
  /** Those to ask at first. */
  readonly nodes: readonly NodeAddress[];
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** For messages and logs, never with a password. */
  readonly address: string;
}

const form =
  /^redis(?<tls>s?)-(?<kind>sentinel|cluster):\/\/(?:(?<user>[^@/?#]*)@)?(?<nodes>[^@/?#]*)(?:\/(?<path>[^?#]*))?(?:\?master=(?<query>[^&#]+)|#(?<hash>.+))?$/i;
const nodeForm = /^(?:\[(?<ip6>[0-9a-f:.]+)\]|(?<host>[\w.-]+))(?::(?<port>\d{1,5}))?$/i;
const defaultPorts = { sentinel: 26_379, cluster: 6379 };

/**
 * Reads `redis-sentinel://[user:password@]host[:port][,host[:port]...][/db]?master=name`, as Lettuce has it with `#name`
 * at the end, and `redis-cluster://[user:password@]host[:port][,host[:port]...]`; `rediss-...` for TLS. Undefined for an address of another kind.
 * @param fail throws what is wrong with it.
 */
export function parseTopologyUrl(
  url: string,
  fail: (what: string) => never,
): SentinelTarget | ClusterTarget | undefined {
  if (!/^rediss?-(?:sentinel|cluster):/i.test(url)) return undefined;
  const parts = form.exec(url)?.groups;
  if (parts === undefined)
    return fail(
      'is no redis-sentinel://host:port,host:port/db?master=name and no redis-cluster://host:port,host:port',
    );
  const kind = parts['kind']?.toLowerCase() === 'cluster' ? 'cluster' : 'sentinel';
  const nodes = (parts['nodes'] ?? '').split(',').map((text) => nodeAddress(text, defaultPorts[kind], fail));
  const { username, password } = credentials(parts['user'] ?? '', fail);
  const db = databaseNumber(parts['path'] ?? '', fail);
  const master = decoded(parts['query'] ?? parts['hash'] ?? '', fail);
  const tls = parts['tls'] !== '';
  const scheme = `redis${tls ? 's' : ''}-${kind}`;
  const shown = `${scheme}://${nodes.map(shownNode).join(',')}`;
  if (kind === 'cluster') {
    if (db !== 0) return fail('has a database other than 0, which a cluster does not have');
    if (master !== undefined) return fail('names a primary, which a cluster does not have');
    return { kind, nodes, tls, username, password, address: shown };
  }
  if (master === undefined) return fail('does not name the primary: put ?master=name at its end');
  const address = `${shown}/${db}?master=${master}`;
  return { kind, nodes, master, tls, db, username, password, address };
}

export function shownNode({ host, port }: NodeAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function nodeAddress(text: string, defaultPort: number, fail: (what: string) => never): NodeAddress {
  const parts = nodeForm.exec(text.trim())?.groups;
  const port = Number(parts?.['port'] ?? defaultPort);
  const host = parts?.['ip6'] ?? parts?.['host'];
  if (host === undefined || port < 1 || port > 65_535) return fail('has a host that is no host or host:port');
  return { host, port };
}

function databaseNumber(text: string, fail: (what: string) => never): number {
  if (text === '') return 0;
  return /^\d{1,9}$/.test(text) ? Number(text) : fail('has a path that is no database number');
}

function credentials(
  text: string,
  fail: (what: string) => never,
): { username: string | undefined; password: string | undefined } {
  const colon = text.indexOf(':');
  if (colon === -1) return { username: undefined, password: decoded(text, fail) };
  return { username: decoded(text.slice(0, colon), fail), password: decoded(text.slice(colon + 1), fail) };
}

function decoded(text: string, fail: (what: string) => never): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return fail('has a part that is not percent-encoded');
  }
}
