import { writeFileSync } from 'node:fs';
import { TemporaryFolder } from '../temporary-folder.js';
import { ask } from './ask.js';
import { freePort } from './free-port.js';
import { commandOf } from './install.js';
import { type RunningRedis, startRedis } from './redis-server.js';
import { type RunningServer, ServerProcess } from './server-process.js';

/** The name the sentinels know the primary by. */
const master = 'main';

export interface SentinelOptions {
  /** Of the servers. */
  readonly password?: string;
  /** Of the sentinels. */
  readonly sentinelPassword?: string;
}

export interface RunningSentinels extends AsyncDisposable {
  /** The first is the primary to begin with. */
  readonly servers: readonly RunningRedis[];
  readonly sentinels: readonly RunningServer[];
  /** `redis-sentinel://127.0.0.1:<port>,...?master=main` */
  readonly url: string;
  /** The primary's port, as the sentinel with this index has it. */
  readonly primaryPort: (sentinel?: number) => Promise<number>;
  /** Resolves when every sentinel knows the others and two replicas that follow: then one of these can be promoted. */
  readonly settled: () => Promise<void>;
  /** Asks a sentinel; its reply as it comes. */
  readonly tell: (sentinel: number, command: string) => Promise<string>;
}

/** Starts a primary, two replicas and three sentinels that make up their minds within about a second. */
export async function startSentinels(options: SentinelOptions = {}): Promise<RunningSentinels> {
  const { password, sentinelPassword } = options;
  const config = {
    'repl-diskless-sync-delay': '0',
    ...(password === undefined ? {} : { requirepass: password, masterauth: password }),
  };
  const primary = await startRedis({ config });
  const replicaof = `127.0.0.1 ${primary.port}`;
  const replicas = await Promise.all([1, 2].map(() => startRedis({ config: { ...config, replicaof } })));
  // The first is slow to notice, so that its vote decides between the others. Three that notice at the same time each
  // vote for themselves, and try again after ten seconds.
  const sentinels = await Promise.all(
    [5_000, 500, 500].map((downAfterMs) => startSentinel(primary.port, downAfterMs, options)),
  );
  const servers = [primary, ...replicas];

  const tell = async (sentinel: number, command: string): Promise<string> => {
    const port = sentinels[sentinel]?.port ?? 0;
    const login = sentinelPassword === undefined ? '' : `AUTH ${sentinelPassword}\r\n`;
    const request = Buffer.from(`${login}${command}\r\nPING\r\n`);
    const reply = await ask(port, request, (received) => received.includes('+PONG'));
    return reply?.toString() ?? '';
  };
  const primaryPort = async (sentinel = 0): Promise<number> => {
    const reply = await tell(sentinel, `SENTINEL GET-MASTER-ADDR-BY-NAME ${master}`);
    return Number(/\r\n(\d+)\r\n\+PONG/.exec(reply)?.[1]);
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
    url: `redis-sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}?master=${master}`,
    primaryPort,
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
  { password, sentinelPassword }: SentinelOptions,
): Promise<RunningServer> {
  const command = await commandOf('redis');
  const port = await freePort();
  const data = new TemporaryFolder('sentinel');
  const file = `${data.path}/sentinel.conf`;
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${data.path}`,
    'loglevel warning',
    `sentinel monitor ${master} 127.0.0.1 ${primaryPort} 2`,
    `sentinel down-after-milliseconds ${master} ${downAfterMs}`,
    `sentinel failover-timeout ${master} 1000`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${master} ${password}`]),
    ...(sentinelPassword === undefined
      ? []
      : [`requirepass ${sentinelPassword}`, `sentinel sentinel-pass ${sentinelPassword}`]),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return ServerProcess.start({
    name: `Sentinel on 127.0.0.1:${port}`,
    port,
    command,
    args: [file, '--sentinel'],
    data,
    probe: async () =>
      (await ask(port, Buffer.from('PING\r\n'), (got) => got.includes('\r\n'))) !== undefined,
  });
}
