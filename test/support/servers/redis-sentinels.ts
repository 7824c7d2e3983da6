import { writeFileSync } from 'node:fs';
import type { Certificate } from '../certificate.js';
import { TemporaryFolder } from '../temporary-folder.js';
import { ask } from './ask.js';
import { freePort } from './free-port.js';
import { commandOf } from './install.js';
import { type RunningRedis, startRedis, tlsConfig } from './redis-server.js';
import { type RunningServer, ServerProcess } from './server-process.js';

/** The name the sentinels know the primary by. */
const master = 'main';

export interface SentinelOptions {
  /** Of the servers. */
  readonly password?: string;
  /** Of the sentinels. */
  readonly sentinelPassword?: string;
  /** With it all of them speak TLS to clients and to each other, and ask for a certificate of this authority. */
  readonly certificate?: Certificate;
}

/** With `port` and `url` for the tests themselves, which need no TLS. */
interface WatchedServer extends RunningRedis {
  /** What the sentinels tell clients to go to. */
  readonly announcedPort: number;
}

export interface RunningSentinels extends AsyncDisposable {
  /** The first is the primary to begin with. */
  readonly servers: readonly WatchedServer[];
  readonly sentinels: readonly RunningServer[];
  /** `redis-sentinel://[:password@]127.0.0.1:<port>,...?master=main`, `rediss-sentinel://` with a certificate. */
  readonly url: string;
  /** The primary, as the sentinel with this index has it. */
  readonly primary: (sentinel?: number) => Promise<WatchedServer>;
  /** Resolves when every sentinel knows the others and two replicas that follow: then one of these can be promoted. */
  readonly settled: () => Promise<void>;
  /** Asks a sentinel; its reply as it comes. */
  readonly tell: (sentinel: number, command: string) => Promise<string>;
}

/** Starts a primary, two replicas and three sentinels that make up their minds within about a second. */
export async function startSentinels(options: SentinelOptions = {}): Promise<RunningSentinels> {
  const { password, sentinelPassword, certificate } = options;
  const start = async (primaryPort?: number): Promise<WatchedServer> => {
    const tlsPort = certificate === undefined ? undefined : await freePort();
    const server = await startRedis({
      config: {
        'repl-diskless-sync-delay': '0',
        ...(password === undefined ? {} : { requirepass: password, masterauth: password }),
        ...(certificate === undefined || tlsPort === undefined ? {} : tlsConfig(certificate, tlsPort)),
        ...(primaryPort === undefined ? {} : { replicaof: `127.0.0.1 ${primaryPort}` }),
      },
    });
    const url = `redis://${login}127.0.0.1:${server.port}`;
    return Object.assign(server, { url, announcedPort: tlsPort ?? server.port });
  };
  const login = password === undefined ? '' : `:${password}@`;
  const first = await start();
  const replicas = await Promise.all([1, 2].map(() => start(first.announcedPort)));
  // The first is slow to notice, so that its vote decides between the others. Three that notice at the same time each
  // vote for themselves, and try again after ten seconds.
  const sentinels = await Promise.all(
    [5_000, 500, 500].map((downAfterMs) => startSentinel(first.announcedPort, downAfterMs, options)),
  );
  const servers = [first, ...replicas];

  const tell = async (sentinel: number, command: string): Promise<string> => {
    const port = sentinels[sentinel]?.port ?? 0;
    const auth = sentinelPassword === undefined ? '' : `AUTH ${sentinelPassword}\r\n`;
    const request = Buffer.from(`${auth}${command}\r\nPING\r\n`);
    const reply = await ask(port, request, (received) => received.includes('+PONG'));
    return reply?.toString() ?? '';
  };
  const primary = async (sentinel = 0): Promise<WatchedServer> => {
    const reply = await tell(sentinel, `SENTINEL GET-MASTER-ADDR-BY-NAME ${master}`);
    const port = Number(/\r\n(\d+)\r\n\+PONG/.exec(reply)?.[1]);
    const server = servers.find(({ announcedPort }) => announcedPort === port);
    if (server === undefined) throw new Error(`Sentinel ${sentinel} names none of the servers: ${reply}`);
    return server;
  };
  const settled = async (): Promise<void> => {
    const deadline = Date.now() + 10_000;
    while (!(await Promise.all(sentinels.map((_, index) => knowsAll(index, tell)))).every(Boolean)) {
      if (Date.now() > deadline)
        throw new Error('The sentinels and replicas did not find each other within 10 s.');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const running: RunningSentinels = {
    servers,
    sentinels,
    url: `redis${certificate === undefined ? '' : 's'}-sentinel://${login}${sentinels.map(({ announcedPort }) => `127.0.0.1:${announcedPort}`).join(',')}?master=${master}`,
    primary,
    settled,
    tell,
    async [Symbol.asyncDispose]() {
      await Promise.all([...sentinels, ...servers].map((server) => server[Symbol.asyncDispose]()));
    },
  };
  try {
    const quick = 'SENTINEL DEBUG PING-PERIOD 100 INFO-PERIOD 200 PUBLISH-PERIOD 200 ASK-PERIOD 100';
    await Promise.all(sentinels.map((_, index) => tell(index, quick)));
    await settled();
    return running;
  } catch (error) {
    await running[Symbol.asyncDispose]();
    throw error;
  }
}

async function knowsAll(index: number, tell: RunningSentinels['tell']): Promise<boolean> {
  const reply = await tell(index, `SENTINEL MASTER ${master}`);
  const replicas = await tell(index, `SENTINEL REPLICAS ${master}`);
  return (
    /num-slaves\r\n\$\d+\r\n2\r\n/.test(reply) &&
    /num-other-sentinels\r\n\$\d+\r\n2\r\n/.test(reply) &&
    // A replica that has not its copy yet cannot be promoted.
    [...replicas.matchAll(/master-link-status\r\n\$\d+\r\nok\r\n/g)].length === 2
  );
}

async function startSentinel(
  primaryPort: number,
  downAfterMs: number,
  { password, sentinelPassword, certificate }: SentinelOptions,
): Promise<RunningServer & { readonly announcedPort: number }> {
  const command = await commandOf('redis');
  const port = await freePort();
  const tlsPort = certificate === undefined ? port : await freePort();
  const tls = certificate === undefined ? {} : tlsConfig(certificate, tlsPort);
  const data = new TemporaryFolder('sentinel');
  const file = `${data.path}/sentinel.conf`;
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${data.path}`,
    'loglevel warning',
    ...Object.entries(tls).map(([directive, value]) => `${directive} ${value}`),
    `sentinel monitor ${master} 127.0.0.1 ${primaryPort} 2`,
    `sentinel down-after-milliseconds ${master} ${downAfterMs}`,
    `sentinel failover-timeout ${master} 1000`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${master} ${password}`]),
    ...(sentinelPassword === undefined
      ? []
      : [`requirepass ${sentinelPassword}`, `sentinel sentinel-pass ${sentinelPassword}`]),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const sentinel = await ServerProcess.start({
    name: `Sentinel on 127.0.0.1:${port}`,
    port,
    command,
    args: [file, '--sentinel'],
    data,
    probe: async () =>
      (await ask(port, Buffer.from('PING\r\n'), (got) => got.includes('\r\n'))) !== undefined,
  });
  return Object.assign(sentinel, { announcedPort: tlsPort });
}
