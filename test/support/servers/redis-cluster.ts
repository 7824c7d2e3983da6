import type { Certificate } from '../certificate.js';
import { runOnce } from '../redis-helpers.js';
import { until } from '../until.js';
import { freePort } from './free-port.js';
import { type RunningRedis, startRedis, tlsConfig } from './redis-server.js';

export interface ClusterOptions {
  /** Of the servers, for each other and for clients. */
  readonly password?: string;
  /** With it the servers have a second port for TLS, on which they ask clients for a certificate of this authority. */
  readonly certificate?: Certificate;
}

interface ClusterServer extends RunningRedis {
  /** Where the servers speak with each other, of a cluster with a certificate. */
  readonly tlsPort: number | undefined;
}

export interface RunningCluster extends AsyncDisposable {
  /** Three that begin as masters, then the replica of each. */
  readonly servers: readonly ClusterServer[];
  /** `redis-cluster://[:password@]127.0.0.1:<port>,...` */
  readonly url: string;
  /** `rediss-cluster://...`, of those with a certificate. */
  readonly tlsUrl: string;
  /** The server that has a slot, as one of the living but `except` says. */
  readonly ownerOf: (slot: number, except?: RunningRedis) => Promise<ClusterServer>;
}

const slots = 16_384;

/** Starts three masters, each with a replica that takes its place within about a second. */
export async function startCluster(options: ClusterOptions = {}): Promise<RunningCluster> {
  const { password, certificate } = options;
  const login = password === undefined ? '' : `:${password}@`;
  const servers = await Promise.all(
    Array.from({ length: 6 }, async (): Promise<ClusterServer> => {
      const port = await freePort();
      const tlsPort = certificate === undefined ? undefined : await freePort();
      const server = await startRedis({
        port,
        config: {
          'cluster-enabled': 'yes',
          'cluster-port': String(await freePort()),
          'cluster-node-timeout': '700',
          'cluster-require-full-coverage': 'no',
          'cluster-replica-validity-factor': '0',
          'cluster-allow-replica-migration': 'no',
          'repl-diskless-sync-delay': '0',
          ...(password === undefined ? {} : { requirepass: password, masterauth: password }),
          ...(certificate === undefined || tlsPort === undefined
            ? {}
            : { 'tls-cluster': 'yes', ...tlsConfig(certificate, tlsPort) }),
        },
      });
      return Object.assign(server, { url: `redis://${login}127.0.0.1:${port}`, tlsPort });
    }),
  );
  const dispose = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  };
  const ownerOf = async (slot: number, except?: RunningRedis): Promise<ClusterServer> => {
    for (const asked of servers.filter(({ port }) => port !== except?.port)) {
      const ranges = await runOnce(asked.url, 'cluster', 'SLOTS').catch(() => undefined);
      const range = (ranges as Range[] | undefined)?.find(([from, to]) => from <= slot && slot <= to);
      const owner = servers.find(({ port }) => port === range?.[2][1]);
      if (owner !== undefined) return owner;
    }
    throw new Error(`Nobody has slot ${slot}.`);
  };
  try {
    await join(servers);
    const url = `redis-cluster://${login}${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
    const tlsNodes = servers.map(({ tlsPort }) => `127.0.0.1:${tlsPort ?? 0}`);
    const tlsUrl = `rediss-cluster://${login}${tlsNodes.join(',')}`;
    return { servers, url, tlsUrl, ownerOf, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The id of a server in its cluster. */
async function nodeId(server: RunningRedis): Promise<string> {
  return String(await runOnce(server.url, 'cluster', 'MYID'));
}

/**
 * Moves a slot from its master to the next one, as the cluster's own tools do.
 * @param keys those in it.
 * @param between called when they are there already and the slot is not.
 */
export async function moveSlot(
  cluster: RunningCluster,
  slot: number,
  keys: readonly string[] = [],
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const from = await cluster.ownerOf(slot);
  const others = await Promise.all([6000, 12_000].map((more) => cluster.ownerOf((slot + more) % slots)));
  const to = others.find(({ port }) => port !== from.port);
  if (to === undefined) throw new Error(`Slot ${slot} has nowhere to go.`);
  const [fromId, toId] = await Promise.all([nodeId(from), nodeId(to)]);
  const login = /:([^:@]*)@/.exec(to.url)?.[1];
  await runOnce(to.url, 'cluster', 'SETSLOT', String(slot), 'IMPORTING', fromId);
  await runOnce(from.url, 'cluster', 'SETSLOT', String(slot), 'MIGRATING', toId);
  for (const key of keys) {
    const auth = login === undefined ? [] : ['AUTH', login];
    const port = String(to.tlsPort ?? to.port);
    const reply = await runOnce(from.url, 'migrate', '127.0.0.1', port, key, '0', '5000', ...auth);
    if (reply !== 'OK') throw new Error(`${key} was not moved: ${String(reply)}`);
  }
  await between();
  for (const server of [to, from]) {
    await runOnce(server.url, 'cluster', 'SETSLOT', String(slot), 'NODE', toId);
  }
}

type Range = readonly [from: number, to: number, owner: readonly [host: string, port: number]];

async function join(servers: readonly RunningRedis[]): Promise<void> {
  const [first, ...others] = servers;
  if (first === undefined) return;
  const masters = servers.slice(0, 3);
  await Promise.all(
    servers.map((server, index) => runOnce(server.url, 'cluster', 'SET-CONFIG-EPOCH', String(index + 1))),
  );
  await Promise.all(
    masters.map((server, index) => {
      const from = Math.floor((index * slots) / 3);
      const to = Math.floor(((index + 1) * slots) / 3) - 1;
      return runOnce(server.url, 'cluster', 'ADDSLOTSRANGE', String(from), String(to));
    }),
  );
  for (const other of others) {
    const [, busPort] = (await runOnce(other.url, 'config', 'GET', 'cluster-port')) as string[];
    await runOnce(first.url, 'cluster', 'MEET', '127.0.0.1', String(other.port), String(busPort));
  }
  const every = async (words: RegExp, ...command: [string, string]): Promise<boolean> => {
    const replies = await Promise.all(servers.map(({ url }) => runOnce(url, ...command)));
    return replies.every((reply) => words.test(String(reply)));
  };
  await until(() => every(/cluster_known_nodes:6/, 'cluster', 'INFO'), 'the servers know each other', 10_000);
  await Promise.all(
    servers.slice(3).map(async (replica, index) => {
      const master = masters[index];
      if (master !== undefined) await runOnce(replica.url, 'cluster', 'REPLICATE', await nodeId(master));
    }),
  );
  await until(
    () => every(/cluster_state:ok[^]*cluster_size:3/, 'cluster', 'INFO'),
    'the cluster is whole',
    10_000,
  );
  await until(
    () => every(/role:master[^]*connected_slaves:1|master_link_status:up/, 'info', 'replication'),
    'replicas follow',
    10_000,
  );
  await until(
    async () => {
      const ranges = await Promise.all(servers.map(({ url }) => runOnce(url, 'cluster', 'SLOTS')));
      return ranges.every((each) => (each as readonly unknown[][]).every((range) => range.length === 4));
    },
    'all servers tell of the replicas',
    10_000,
  );
}
