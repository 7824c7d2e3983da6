import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TemporaryFolder } from '../temporary-folder.js';
import { ask } from './ask.js';
import { freePort } from './free-port.js';
import { commandOf } from './install.js';
import { javaFlags, kafkaInstallation, type KafkaInstallation } from './kafka-installation.js';
import { type RunningServer, ServerProcess } from './server-process.js';

export interface KafkaListener {
  readonly port: number;
  /** Where clients are sent that found the broker: to a proxy before it. Default: `port`. */
  readonly advertisedPort?: number;
}

/** What makes a node one of several. */
interface ClusterMember {
  /** 1 and up. */
  readonly nodeId: number;
  readonly clusterId: string;
  readonly controllerPort: number;
  /** `1@127.0.0.1:<port>,2@...`: every node is a controller too. */
  readonly controllers: string;
}

export interface KafkaOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Lines of server.properties, over those below. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Further listeners, by name: that of their security protocol, or any other one for plain text. A number is a port. */
  readonly listeners?: Readonly<Record<string, number | KafkaListener>>;
  /** Default 512. */
  readonly heapMegabytes?: number;
  /** Default: a cluster of its own. */
  readonly member?: ClusterMember;
  /** Users who may log in by SCRAM, with their passwords. */
  readonly scramUsers?: Readonly<Record<string, string>>;
}

export interface RunningKafka extends RunningServer {
  /** `127.0.0.1:<port>` */
  readonly bootstrapServers: string;
}

const run = promisify(execFile);

/** Metadata, version 1, for no topic: what a client asks first. */
const metadataRequest = ((): Buffer => {
  const clientId = Buffer.from('slipway-probe');
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + clientId.length + 4);
  let at = request.writeInt32BE(request.length - 4, 0);
  at = request.writeInt16BE(3, at);
  at = request.writeInt16BE(1, at);
  at = request.writeInt32BE(1, at);
  at = request.writeInt16BE(clientId.length, at);
  at += clientId.copy(request, at);
  request.writeInt32BE(0, at);
  return request;
})();

/** True once the broker names itself in its metadata, which it does when it is registered and unfenced. */
async function servesMetadata(port: number): Promise<boolean> {
  const response = await ask(
    port,
    metadataRequest,
    (received) => received.length >= 4 && received.length >= 4 + received.readInt32BE(0),
  );
  const brokersAt = 8;
  return response !== undefined && response.length >= brokersAt + 4 && response.readInt32BE(brokersAt) > 0;
}

const securityProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];

function properties(
  port: number,
  controllerPort: number,
  dataFolder: string,
  { listeners = {}, member }: KafkaOptions,
): Record<string, string> {
  const all = Object.entries({ PLAINTEXT: port, ...listeners }).map(([name, listener]) => {
    const given: KafkaListener = typeof listener === 'number' ? { port: listener } : listener;
    const protocol = securityProtocols.includes(name) ? name : 'PLAINTEXT';
    return { name, protocol, advertisedPort: given.port, ...given };
  });
  const controllers = `127.0.0.1:${controllerPort}`;
  return {
    'process.roles': 'broker,controller',
    'node.id': String(member?.nodeId ?? 1),
    ...(member
      ? { 'controller.quorum.voters': member.controllers }
      : { 'controller.quorum.bootstrap.servers': controllers }),
    listeners: [
      ...all.map((each) => `${each.name}://127.0.0.1:${each.port}`),
      `CONTROLLER://${controllers}`,
    ].join(','),
    'advertised.listeners': all.map((each) => `${each.name}://127.0.0.1:${each.advertisedPort}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': [
      'CONTROLLER:PLAINTEXT',
      ...all.map(({ name, protocol }) => `${name}:${protocol}`),
    ].join(','),
    'log.dirs': join(dataFolder, 'log'),
    'auto.create.topics.enable': 'true',
    'num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '2',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '2',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    // After a kill the broker is fenced until its old session ends: keep that, and so a restart, short.
    'broker.session.timeout.ms': '1500',
    'broker.heartbeat.interval.ms': '300',
    'log.cleaner.dedupe.buffer.size': String(4 * 1024 * 1024),
    'num.network.threads': '2',
    'num.io.threads': '2',
  };
}

/** Ends with this process at the latest: a tool that lived on would write into a folder that is removed by then. */
async function runToItsEnd(command: string, args: readonly string[]): Promise<void> {
  const running = run(command, args);
  const end = (): unknown => running.child.kill('SIGKILL');
  process.prependOnceListener('exit', end);
  try {
    await running;
  } finally {
    process.off('exit', end);
  }
}

/**
 * Runs one node to record the classes that it loads: every later start takes half the time (1.8 s for 3.5 s). Best
 * effort, but for a node that does not run: that is told here.
 */
async function recordClasses(installation: KafkaInstallation): Promise<void> {
  const unfinished = `${installation.classArchive}.${randomUUID()}`;
  const server = await startNode(installation, {}, [`-XX:ArchiveClassesAtExit=${unfinished}`]);
  await server[Symbol.asyncDispose]();
  if (existsSync(unfinished)) await rename(unfinished, installation.classArchive);
}

let prepared: Promise<KafkaInstallation> | undefined;

async function prepare(): Promise<KafkaInstallation> {
  const installation = await kafkaInstallation();
  if (!existsSync(installation.classArchive)) await recordClasses(installation);
  return installation;
}

/** Downloads Kafka and records its classes where that has not been done. @throws CannotInstall */
export function prepareKafka(): Promise<KafkaInstallation> {
  prepared ??= prepare();
  return prepared;
}

/** Starts a single Apache Kafka node, broker and KRaft controller in one, on 127.0.0.1. */
export async function startKafka(options: KafkaOptions = {}): Promise<RunningKafka> {
  return startNode(await prepareKafka(), options);
}

/** The tool that formats the storage takes an id that begins with a hyphen for an option. */
export function newClusterId(): string {
  return randomBytes(16).toString('base64url').replace(/^-/, 'A');
}

async function startNode(
  installation: KafkaInstallation,
  options: KafkaOptions,
  extraFlags: readonly string[] = [],
): Promise<RunningKafka> {
  const java = await commandOf('java');
  const port = options.port ?? (await freePort());
  const controllerPort = options.member?.controllerPort ?? (await freePort());
  const data = new TemporaryFolder('kafka');
  const config = join(data.path, 'server.properties');
  const flags = [...javaFlags(installation), `-Xmx${options.heapMegabytes ?? 512}m`];
  try {
    const lines = {
      ...properties(port, controllerPort, data.path, options),
      ...options.properties,
    };
    await writeFile(
      config,
      Object.entries(lines)
        .map((line) => `${line.join('=')}\n`)
        .join(''),
    );
    const { clusterId = newClusterId() } = options.member ?? {};
    const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config];
    if (options.member === undefined) format.push('--standalone');
    for (const [user, password] of Object.entries(options.scramUsers ?? {})) {
      for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
        format.push('--add-scram', `${mechanism}=[name=${user},password=${password}]`);
      }
    }
    await runToItsEnd(java, [...flags, ...format]);
  } catch (error) {
    data[Symbol.dispose]();
    throw error;
  }
  const server = await ServerProcess.start({
    name: `Kafka on 127.0.0.1:${port}`,
    port,
    command: java,
    args: [...extraFlags, ...flags, 'kafka.Kafka', config],
    data,
    probe: () => servesMetadata(port),
    startTimeoutMs: 120_000,
    // Recording classes happens at exit and takes seconds.
    stopTimeoutMs: 30_000,
  });
  return Object.assign(server, { bootstrapServers: `127.0.0.1:${port}` });
}
