import net from 'node:net';
import tls from 'node:tls';
import { once } from 'node:events';
import type { ISocketFactory } from 'kafkajs';
import { DriverError } from '../../driver-error.js';

const keepAliveMs = 60_000;
const produceApiKey = 0;
/** The first byte of a TLS record that holds an alert. As the length of a Kafka response it would mean 350 MB. */
const tlsAlert = 0x15;

/** The number of the ping's request: kafkajs counts its own up from 0. */
export const pingCorrelationId = 0x7fffffff;

/** ApiVersions, version 0, which every broker answers. */
const apiVersionsRequest = ((): Buffer => {
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(18, 4);
  request.writeInt32BE(pingCorrelationId, 8);
  request.writeInt16BE(-1, 12);
  return request;
})();

/** What came over a connection before the broker closed it. */
export type HangUp = 'after-alert' | 'after-answer' | 'silent';

export interface SocketHooks {
  /** May a Produce request leave now? */
  readonly mayProduce: () => boolean;
  readonly onLastClosed: () => void;
  /** Something arrived over one of the connections. */
  readonly onData?: () => void;
}

/**
 * Makes kafkajs's sockets and knows them all. It is what kafkajs lacks: a way to stop a retry that nobody waits for
 * (its disconnect() leaves them running), and the knowledge whether a Produce request ever left the process.
 */
export class SocketTracker {
  readonly #hooks: SocketHooks;
  readonly #sockets = new Set<net.Socket>();
  #destroyed: Error | undefined;
  /** What came over the connection that the broker closed last, before it did. */
  lastHangUp: HangUp | undefined;

  constructor(hooks: SocketHooks) {
    this.#hooks = hooks;
  }

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#destroyed) throw this.#destroyed;
    // kafkajs passes null or undefined for plain text, whatever its types say.
    const encrypted = ssl as tls.ConnectionOptions | null | undefined;
    const socket = encrypted
      ? tls.connect({ host, port, ...(net.isIP(host) ? {} : { servername: host }), ...encrypted }, onConnect)
      : net.connect({ host, port }, onConnect);
    socket.setKeepAlive(true, keepAliveMs);
    socket.setNoDelay(true);
    // kafkajs gives up a socket that is connecting once for each request that waited for it, and Node then warns of a leak.
    socket.setMaxListeners(0);
    this.#guardWrites(socket);
    this.#noteHangUp(socket);
    if (this.#hooks.onData) socket.on('data', this.#hooks.onData);
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#hooks.onLastClosed();
    });
    return socket;
  };

  /** Destroys every socket and refuses new ones. The reason reaches kafkajs's outstanding requests. */
  async destroy(reason: Error): Promise<void> {
    this.#destroyed ??= reason;
    const closing = [...this.#sockets].map(async (socket) => {
      const closed = socket.closed ? undefined : once(socket, 'close');
      // Without an error kafkajs would not notice and wait for its request timeout.
      socket.destroy(reason);
      await closed?.catch(() => undefined);
    });
    await Promise.all(closing);
  }

  /**
   * Asks the broker of the oldest connection which requests it knows, past kafkajs, which has no call that asks so little:
   * its metadata request without topics is one for all topics. kafkajs drops the answer, under a number that it never uses.
   * Resolves with the first bytes that arrive.
   */
  async ping(): Promise<void> {
    const [socket] = this.#sockets;
    if (!socket) throw new DriverError('unavailable', 'no connection is open');
    await new Promise<void>((resolve, reject) => {
      const onData = (): void => {
        socket.off('close', onClose);
        resolve();
      };
      const onClose = (): void => {
        socket.off('data', onData);
        reject(new DriverError('unavailable', 'the connection was closed'));
      };
      socket.once('data', onData);
      socket.once('close', onClose);
      socket.write(apiVersionsRequest);
    });
  }

  #noteHangUp(socket: net.Socket): void {
    let firstByte: number | undefined;
    socket.once('data', (chunk: Buffer) => {
      firstByte = chunk[0];
    });
    socket.prependOnceListener('end', () => {
      if (firstByte === undefined) this.lastHangUp = 'silent';
      else this.lastHangUp = firstByte === tlsAlert ? 'after-alert' : 'after-answer';
    });
  }

  #guardWrites(socket: net.Socket): void {
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]): boolean => {
      if (isProduceRequest(args[0]) && !this.#hooks.mayProduce()) {
        socket.destroy(new Error('The records were withdrawn before they were sent.'));
        return false;
      }
      return write(...args);
    };
  }
}

/** kafkajs writes one whole request at a time: int32 size, int16 API key. */
function isProduceRequest(chunk: unknown): boolean {
  return Buffer.isBuffer(chunk) && chunk.length >= 6 && chunk.readInt16BE(4) === produceApiKey;
}
