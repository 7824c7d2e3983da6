import { runOnce, until } from '../redis-helpers.js';
import { freePort } from './free-port.js';
import { type RunningRedis, startRedis } from './redis-server.js';

export interface RunningCluster extends AsyncDisposable {
  /** Three that begin as masters, then the replica of each. */
  readonly servers: readonly RunningRedis[];
  /** `redis-cluster://127.0.0.1:<port>,...` */
  readonly url: string;
  /** The server that has a slot, as one of the living says. */
  readonly ownerOf: (slot: number) => Promise<RunningRedis>;
}

const slots = 16_384;

/** Starts three masters, each with a replica that takes its place within about a second. */
export async function startCluster(): Promise<RunningCluster> {
  const servers = await Promise.all(
    Array.from({ length: 6 }, async () =>
      startRedis({
        config: {
          'cluster-enabled': 'yes',
          'cluster-port': String(await freePort()),
          'cluster-node-timeout': '700',
          'cluster-require-full-coverage': 'no',
          'cluster-replica-validity-factor': '0',
          'cluster-allow-replica-migration': 'no',
          'repl-diskless-sync-delay': '0',
        },
      }),
    ),
  );
  const dispose = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  };
  const ownerOf = async (slot: number): Promise<RunningRedis> => {
    for (const asked of servers) {
      const ranges = await runOnce(asked.url, 'cluster', 'SLOTS').catch(() => undefined);
      const range = (ranges as Range[] | undefined)?.find(([from, to]) => from <= slot && slot <= to);
      const owner = servers.find(({ port }) => port === range?.[2][1]);
      if (owner !== undefined) return owner;
    }
    throw new Error(`Nobody has slot ${slot}.`);
  };
  try {
    await join(servers);
    const url = `redis-cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
    return { servers, url, ownerOf, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** The id of a server in its cluster. */
export async function nodeId(server: RunningRedis): Promise<string> {
  return String(await runOnce(server.url, 'cluster', 'MYID'));
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
  await until(() => every(/cluster_known_nodes:6/, 'cluster', 'INFO'), 10_000);
  await Promise.all(
    servers.slice(3).map(async (replica, index) => {
      const master = masters[index];
      if (master !== undefined) await runOnce(replica.url, 'cluster', 'REPLICATE', await nodeId(master));
    }),
  );
  await until(() => every(/cluster_state:ok[^]*cluster_size:3/, 'cluster', 'INFO'), 10_000);
  await until(
    () => every(/role:master[^]*connected_slaves:1|master_link_status:up/, 'info', 'replication'),
    10_000,
  );
  await until(async () => {
    const ranges = await Promise.all(servers.map(({ url }) => runOnce(url, 'cluster', 'SLOTS')));
    return ranges.every((each) => (each as readonly unknown[][]).every((range) => range.length === 4));
  }, 10_000);
}
