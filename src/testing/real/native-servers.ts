import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, constants, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { silentLogger } from '../../protocols/logger.js';
import { resolveDriver } from '../../kafka/resolve-driver.js';
import { clearTimeout, setTimeout } from '../real-timers.js';
import { freePort } from './free-port.js';
import { GuardedProcess, newFolder } from './guarded-process.js';

/** A server that was started for the tests. */
export interface StartedServer {
  /** As the variable for it takes it. */
  readonly address: string;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const host = '127.0.0.1';

/** A program on the PATH, or undefined. */
async function onPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter((each) => each !== '')) {
    const file = join(folder, program);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

/** Does a Redis answer there? */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (answer: boolean): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(answer);
    };
    const limit = setTimeout(() => finish(false), 1_000);
    socket.on('error', () => finish(false));
    socket.once('data', (data) => finish(data.toString().startsWith('+PONG')));
    socket.once('close', () => finish(false));
    socket.write('PING\r\n');
  });
}

/** A Redis of the machine's own `redis-server`, or why there is none. */
export async function nativeRedis(): Promise<StartedServer | string> {
  const command = await onPath('redis-server');
  if (command === undefined) return 'no redis-server is on the PATH';
  const [port, folder] = await Promise.all([freePort(), newFolder('redis')]);
  const settings = { bind: host, port: String(port), dir: folder, save: '', appendonly: 'no' };
  const server = await GuardedProcess.start({
    name: `redis-server on ${host}:${port}`,
    command,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    folder,
    probe: () => answersPing(port),
    timeoutMs: 20_000,
  });
  return { address: `redis://${host}:${port}`, stop: () => server.stop() };
}

/** One node that is broker and controller, as small as it may be. */
function kafkaSettings(port: number, controllerPort: number, folder: string): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': `${host}:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${host}:${port},CONTROLLER://${host}:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${host}:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': join(folder, 'log'),
    'group.initial.rebalance.delay.ms': '0',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '2',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '2',
  };
  return Object.entries(settings)
    .map((setting) => `${setting.join('=')}\n`)
    .join('');
}

/** Does a broker answer there, and know of itself? */
async function describesItself(address: string): Promise<boolean> {
  const timeouts = { connectTimeoutMs: 2_000, requestTimeoutMs: 2_000, retryBackoffMs: 100 };
  const options = { clientId: 'slipway-test', logger: silentLogger, ...timeouts };
  try {
    const found = await resolveDriver({ bootstrapServers: address }).describeCluster?.(options);
    return (found?.brokers.length ?? 0) > 0;
  } catch {
    return false;
  }
}

/** A Kafka of the distribution that KAFKA_HOME names, version 3.9 or later, or why there is none. */
export async function nativeKafka(): Promise<StartedServer | string> {
  const home = process.env['KAFKA_HOME'] ?? '';
  if (home === '') return 'KAFKA_HOME names no Apache Kafka';
  const javaHome = process.env['JAVA_HOME'] ?? '';
  const java = javaHome === '' ? await onPath('java') : join(javaHome, 'bin', 'java');
  if (java === undefined) return 'KAFKA_HOME is set, and no java is on the PATH';
  const [port, controllerPort, folder] = await Promise.all([freePort(), freePort(), newFolder('kafka')]);
  const address = `${host}:${port}`;
  const config = join(folder, 'server.properties');
  const flags = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(home, 'libs', '*')];
  // It takes what begins with a hyphen for an option.
  const id = randomBytes(16).toString('base64url').replace(/^-/, 'A');
  try {
    await writeFile(config, kafkaSettings(port, controllerPort, folder));
    await run(java, [...flags, 'kafka.tools.StorageTool', 'format', '--standalone', '-t', id, '-c', config]);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  const server = await GuardedProcess.start({
    name: `Kafka on ${address}`,
    command: java,
    args: [...flags, 'kafka.Kafka', config],
    folder,
    probe: () => describesItself(address),
    timeoutMs: 120_000,
  });
  return { address, stop: () => server.stop() };
}
