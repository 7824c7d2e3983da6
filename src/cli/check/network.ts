import { lookup } from 'node:dns/promises';
import { existsSync } from 'node:fs';
import net from 'node:net';
import { describeError } from '../../errors/describe.js';
import type { Failed, Outcome } from './run.js';

/** Where one server is to be reached. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** The variable that names it. */
  readonly variable: string;
  /** `Redis`, `Kafka`. */
  readonly server: string;
}

export function shownTarget({ host, port }: Pick<Target, 'host' | 'port'>): string {
  return net.isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The addresses of a host, as every program of this machine would have them. */
export async function resolveHost(target: Target): Promise<Outcome<readonly string[]>> {
  const { host } = target;
  try {
    const found = await lookup(host, { all: true });
    const addresses = found.map(({ address }) => address);
    const detail =
      net.isIP(host) === 0 ? `${host} is ${addresses.join(', ')}` : `${host} needs no name server`;
    return { detail, value: addresses };
  } catch (error) {
    return unresolved(target, error);
  }
}

function unresolved({ host, variable, server }: Target, error: unknown): Failed {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EAI_AGAIN') {
    return {
      failed: `the name server did not answer for ${host} (EAI_AGAIN)`,
      fix: `See that this machine has a name server (/etc/resolv.conf) and network, and that ${variable} spells the host right.`,
    };
  }
  // The defaults are names of docker compose.
  const isDefault = host === server.toLowerCase();
  const hint = isDefault
    ? `${host} is the default and a name in docker compose alone: set ${variable} to the address of the server.`
    : `Correct the host in ${variable}; a name of docker or Kubernetes is known inside of it alone.`;
  return { failed: `no machine is called ${host} (${code ?? describeError(error)})`, fix: hint };
}

/** Opens a TCP connection and closes it. */
export function connectTcp(target: Target, signal: AbortSignal): Promise<Outcome<undefined>> {
  const { host, port } = target;
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    const finish = (outcome: Outcome<undefined>): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(outcome);
    };
    const onAbort = (): void => finish(notConnected(target, undefined));
    signal.addEventListener('abort', onAbort);
    socket.once('connect', () => {
      const remote = shownTarget({ host: socket.remoteAddress ?? host, port });
      finish({ detail: `connected to ${remote}`, value: undefined });
    });
    // Stays listening: a socket that is destroyed may tell one more error.
    socket.on('error', (error) => finish(notConnected(target, error)));
  });
}

export const silentTcpFix = (target: Target): string =>
  `Something swallows the packets: a firewall, a security group or a network policy between here and ${shownTarget(target)}; or the host in ${target.variable} is another machine.`;

function notConnected(target: Target, error: NodeJS.ErrnoException | undefined): Failed {
  const { host, port, variable, server } = target;
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') {
    return {
      failed: `nothing listens on ${shownTarget({ host, port })} (ECONNREFUSED)`,
      fix: `Start ${server}, or correct host and port in ${variable}.${inContainer(host)}`,
    };
  }
  if (code === 'ETIMEDOUT' || code === undefined)
    return { failed: `no answer from ${shownTarget(target)}`, fix: silentTcpFix(target) };
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH') {
    return {
      failed: `there is no way from here to ${host} (${code})`,
      fix: `Connect this machine to the network of ${server} (VPN, docker network), or correct ${variable}.`,
    };
  }
  return {
    failed: `${shownTarget(target)}: ${describeError(error)}`,
    fix: `Check the address in ${variable}, and that ${server} runs there.`,
  };
}

/** Of several addresses the first tells. */
function codeOf(error: NodeJS.ErrnoException | undefined): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0] as NodeJS.ErrnoException | undefined);
  return error?.code;
}

function inContainer(host: string): string {
  const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.');
  return isLoopback && existsSync('/.dockerenv')
    ? ` This is a container: ${host} is the container itself, and not the machine that runs it.`
    : '';
}

/** Sends `question` over plain TCP and gives what comes back first; empty where nothing comes. */
export function askPlain(target: Target, question: Buffer, signal: AbortSignal): Promise<Buffer> {
  return exchange(net.connect({ host: target.host, port: target.port }), 'connect', question, signal);
}

/** Sends `question` once `socket` is connected and gives what comes back first; empty where nothing comes. */
export function exchange(
  socket: net.Socket,
  connected: 'connect' | 'secureConnect',
  question: Buffer,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const finish = (): void => {
      signal.removeEventListener('abort', finish);
      socket.destroy();
      resolve(received);
    };
    signal.addEventListener('abort', finish);
    socket.once(connected, () => socket.write(question));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (isWhole(received)) finish();
    });
    socket.on('error', finish);
    socket.once('close', finish);
    if (signal.aborted) finish();
  });
}

/** A line of text, or all that a Kafka response says it has. */
function isWhole(received: Buffer): boolean {
  const first = received[0];
  if (first !== undefined && first !== 0) return received.includes('\n') || received.length > 1024;
  return received.length >= 4 && received.length >= 4 + received.readInt32BE(0);
}
