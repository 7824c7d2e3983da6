import type { Certificate } from '../certificate.js';
import { TemporaryFolder } from '../temporary-folder.js';
import { ask } from './ask.js';
import { freePort } from './free-port.js';
import { commandOf } from './install.js';
import { type RunningServer, ServerProcess } from './server-process.js';

export interface RedisOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Directives of redis.conf: `{ 'maxmemory': '1mb' }`. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface RunningRedis extends RunningServer {
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
}

/** Directives for a second port that speaks TLS, also to replicas, and asks for a certificate of the same authority. */
export function tlsConfig({ certificateFile, keyFile }: Certificate, port: number): Record<string, string> {
  return {
    'tls-port': String(port),
    'tls-replication': 'yes',
    'tls-cert-file': certificateFile,
    'tls-key-file': keyFile,
    'tls-ca-cert-file': certificateFile,
  };
}

const ping = Buffer.from('PING\r\n');

/** Any complete reply is a sign of life, `-NOAUTH` included, but not `-LOADING`. */
async function answers(port: number): Promise<boolean> {
  const reply = await ask(port, ping, (received) => received.includes('\r\n'));
  return reply !== undefined && !reply.toString().startsWith('-LOADING');
}

/** Starts Debian's redis-server on 127.0.0.1, every write in its append-only file so that a kill loses none. */
export async function startRedis(options: RedisOptions = {}): Promise<RunningRedis> {
  const command = await commandOf('redis');
  const port = options.port ?? (await freePort());
  const data = new TemporaryFolder('redis');
  const config: Record<string, string> = {
    bind: '127.0.0.1',
    port: String(port),
    dir: data.path,
    save: '',
    appendonly: 'yes',
    appendfsync: 'no',
    'enable-debug-command': 'yes',
    loglevel: 'warning',
    ...options.config,
  };
  const server = await ServerProcess.start({
    name: `Redis on 127.0.0.1:${port}`,
    port,
    command,
    args: Object.entries(config).flatMap(([directive, value]) => [`--${directive}`, value]),
    data,
    probe: () => answers(port),
  });
  return Object.assign(server, { url: `redis://127.0.0.1:${port}` });
}
