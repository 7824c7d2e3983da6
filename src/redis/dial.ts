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
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners('error');
      socket.removeAllListeners('close');
    };
    const onAbort = (): void => {
      settle();
      socket.on('error', () => {}); // its failure has no more listener: the attempt is over
      socket.destroy();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort);
    socket.once(target.tls ? 'secureConnect' : 'connect', () => {
      settle();
      resolve(socket);
    });
    socket.once('error', (error: Error) => {
      settle();
      socket.destroy();
      reject(error);
    });
    socket.once('close', () => {
      settle();
      reject(new Error('the connection was closed while it was being made'));
    });
  });
}

/**
 * The first bytes the server sends on a new connection before it is asked anything, or '' if it sends none. A server
 * at its `maxclients` says so and hangs up; a client that writes at once sees no more of it than a broken pipe.
 */
export async function greeting(target: NetworkTarget, signal: AbortSignal): Promise<string> {
  // Over TLS the plain-text refusal is a failed handshake already.
  if (target.tls) return '';
  const socket = await dialNetwork(target, signal);
  return new Promise((resolve) => {
    const finish = (text: string): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(text);
    };
    const onAbort = (): void => finish('');
    const timer = setTimeout(onAbort, greetingMs);
    signal.addEventListener('abort', onAbort);
    socket.on('error', onAbort);
    socket.once('close', onAbort);
    socket.once('data', (data) => finish(data.toString()));
  });
}

function connectTcp(target: NetworkTarget): net.Socket {
  const { host, port } = target;
  return net.connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs });
}

function connectTls(target: NetworkTarget): tls.TLSSocket {
  const { host, port } = target;
  // An address has no server name to send (RFC 6066).
  const socket = tls.connect({ host, port, ...(net.isIP(host) === 0 ? { servername: host } : {}) });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMs);
  return socket;
}
