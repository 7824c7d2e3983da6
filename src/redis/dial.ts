import net from 'node:net';
import tls from 'node:tls';
import type { NetworkTarget } from './redis-url.js';

const keepAliveMs = 10_000;
/** How long a server that refuses a connection may take to say why. */
const greetingMs = 250;

/** Opens a TCP or TLS connection. Rejects with the system's own error, or with the signal's reason. */
export function dialNetwork(target: NetworkTarget, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const socket = target.tls ? connectTls(target) : connectTcp(target);
    const connected = target.tls ? 'secureConnect' : 'connect';
    const succeed = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', fail);
      socket.off('close', onClose);
      resolve(socket);
    };
    // Stays listening for errors: what a socket says after its attempt is over must not be uncaught.
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off(connected, succeed);
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason as Error);
    const onClose = (): void => fail(new Error('the connection was closed while it was being made'));
    signal.addEventListener('abort', onAbort);
    socket.once(connected, succeed);
    socket.on('error', fail);
    socket.once('close', onClose);
  });
}

/**
 * The first bytes the server sends on a new connection before it is asked anything, or '' if it sends none. A server
 * at its `maxclients` says so and hangs up; a client that writes at once sees no more of it than a broken pipe. Over TLS
 * such a refusal is an alert, as to a client without the certificate that it should have: then this rejects with it.
 */
export async function greeting(target: NetworkTarget, signal: AbortSignal): Promise<string> {
  const socket = await dialNetwork(target, signal);
  return new Promise((resolve, reject) => {
    const finish = (text: string, alert?: Error): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      if (alert === undefined) resolve(text);
      else reject(alert);
    };
    const onAbort = (): void => finish('');
    const timer = setTimeout(onAbort, greetingMs);
    signal.addEventListener('abort', onAbort);
    socket.on('error', (error: NodeJS.ErrnoException) =>
      finish('', error.code?.startsWith('ERR_SSL_') === true ? error : undefined),
    );
    socket.once('close', onAbort);
    socket.once('data', (data) => finish(data.toString()));
  });
}

/** Does a TLS server listen there? For the explanation of a plain connection that it hung up on. */
export async function answersTls(target: NetworkTarget, signal: AbortSignal): Promise<boolean> {
  if (target.tls || signal.aborted) return false;
  const { host, port } = target;
  return new Promise((resolve) => {
    // Whose certificate it is does not matter: nothing is sent.
    const socket = tls.connect({ host, port, rejectUnauthorized: false });
    const finish = (answer: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', refuse);
      socket.destroy();
      resolve(answer);
    };
    const refuse = (): void => finish(false);
    const timer = setTimeout(refuse, greetingMs);
    signal.addEventListener('abort', refuse);
    socket.on('error', refuse);
    socket.once('close', refuse);
    socket.once('secureConnect', () => finish(true));
  });
}

function connectTcp(target: NetworkTarget): net.Socket {
  const { host, port } = target;
  return net.connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs });
}

function connectTls({ host, port, certificates }: NetworkTarget): tls.TLSSocket {
  // An address has no server name to send (RFC 6066).
  const servername = certificates?.servername ?? (net.isIP(host) === 0 ? host : undefined);
  const socket = tls.connect({
    host,
    port,
    ...certificates,
    ...(servername === undefined ? {} : { servername }),
  });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMs);
  return socket;
}
