import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { freePort } from '../servers/free-port.js';
import { DelayedPipe } from './delayed-pipe.js';

const produceApiKey = 0;
/** Metadata and FindCoordinator, whose answers tell clients where to connect to. */
const addressApiKeys: readonly number[] = [3, 10];

/** Splits a stream into Kafka's frames: int32 length, then that many bytes. */
class Frames {
  #rest: Buffer = Buffer.alloc(0);

  *take(chunk: Buffer): Generator<Buffer> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 4 && this.#rest.length >= 4 + this.#rest.readInt32BE(0)) {
      const end = 4 + this.#rest.readInt32BE(0);
      yield this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
    }
  }
}

/**
 * What can happen to one Produce call: `lose-ack` cuts the connection instead of passing on the answer, `swallow-ack` keeps
 * the answer and the connection, `cut-request` passes on the first half of the request and cuts the connection.
 */
export type ProduceTrouble = 'lose-ack' | 'swallow-ack' | 'cut-request';

/** Encrypts both sides: `ca` is what the broker's certificate is checked against. All in PEM. */
export interface ProxyTls {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

interface Trouble {
  readonly kind: ProduceTrouble;
  readonly hit: () => void;
}

interface Pair {
  readonly client: net.Socket;
  readonly broker: net.Socket;
}

/** `127.0.0.1` and a port, as they stand in an answer. */
function addressBytes(port: number): Buffer {
  const host = Buffer.from('127.0.0.1');
  const bytes = Buffer.alloc(host.length + 4);
  host.copy(bytes);
  bytes.writeInt32BE(port, host.length);
  return bytes;
}

/**
 * Stands between clients and a real broker on 127.0.0.1, and does to their frames what networks do. Where the broker names
 * its own address the client is told the proxy's. With `lose-ack` and `swallow-ack` the broker has the records, and the client does not know.
 */
export class FaultProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: net.Server;
  readonly #tls: ProxyTls | undefined;
  readonly #sockets = new Set<net.Socket>();
  readonly #troubles = new Set<Trouble>();
  #refusing = false;
  #silent = false;
  /** Given the number of a Produce response, from 1. */
  losesAck: (count: number) => boolean = () => false;
  lostAcks = 0;
  /** Of all Produce requests. */
  producedBytes = 0;
  /** How long each frame is on its way, in both directions. */
  delayMs = 0;
  #responses = 0;

  private constructor(server: net.Server, encryption: ProxyTls | undefined) {
    this.#server = server;
    this.#tls = encryption;
    this.port = (server.address() as net.AddressInfo).port;
  }

  /** @param upstream asked for each connection, so that the broker may be started after its proxy. */
  static async start(upstream: () => number, encryption?: ProxyTls): Promise<FaultProxy> {
    const accept = (client: net.Socket): void => proxy.#join(client, upstream());
    const server = encryption ? tls.createServer(encryption, accept) : net.createServer(accept);
    // Of an encrypted connection this is the one below, which is there before they have shaken hands.
    server.on('connection', (socket: net.Socket) => proxy.#watch(socket));
    // Of one that the system chooses another proxy, or a client that dials, may get hold while this one is shut.
    server.listen(await freePort(), '127.0.0.1');
    await once(server, 'listening');
    const proxy = new FaultProxy(server, encryption);
    return proxy;
  }

  /** The next Produce call that gets so far suffers this. Resolves when it has, with `false` if the signal aborts first. */
  trouble(kind: ProduceTrouble, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const trouble = { kind, hit: () => resolve(true) };
      this.#troubles.add(trouble);
      signal.addEventListener(
        'abort',
        () => {
          this.#troubles.delete(trouble);
          resolve(false);
        },
        { once: true },
      );
    });
  }

  /** Breaks every connection. New ones are accepted. */
  cut(): void {
    for (const socket of this.#sockets) {
      if (socket instanceof tls.TLSSocket) socket.destroy();
      else socket.resetAndDestroy();
    }
  }

  /** Breaks every connection, and new ones at once. */
  refuse(refusing = true): void {
    this.#refusing = refusing;
    if (refusing) this.cut();
  }

  /** Closes the port and breaks every connection, as on a machine where no broker runs; false: opens the port again. */
  async shut(isShut = true): Promise<void> {
    if (isShut === !this.#server.listening) return;
    if (isShut) {
      const closed = once(this.#server, 'close');
      this.#server.close();
      this.cut();
      await closed;
    } else {
      this.#server.listen(this.port, '127.0.0.1');
      await once(this.#server, 'listening');
    }
  }

  /** Passes nothing on and keeps all connections; at the end of it they break, for what was sent is lost. */
  silence(silent = true): void {
    this.#silent = silent;
    if (!silent) this.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.shut();
  }

  #watch(socket: net.Socket): void {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
    if (this.#refusing) socket.destroy();
  }

  #join(client: net.Socket, port: number): void {
    const upstream = { host: '127.0.0.1', port };
    const broker = this.#tls ? tls.connect({ ...upstream, ca: this.#tls.ca }) : net.connect(upstream);
    const pair: Pair = { client, broker };
    for (const socket of [client, broker]) {
      this.#watch(socket);
      socket.setNoDelay(true);
      // Either side's end is the other's.
      socket.once('close', () => hangUp(pair));
    }
    const produces = new Set<number>();
    const asksForAddresses = new Set<number>();
    const [address, ownAddress] = [addressBytes(port), addressBytes(this.port)];
    const requests = new Frames();
    const responses = new Frames();
    const toBroker = new DelayedPipe(broker);
    const toClient = new DelayedPipe(client);
    client.on('data', (chunk: Buffer) => {
      if (this.#silent) return;
      for (const frame of requests.take(chunk)) {
        const apiKey = frame.readInt16BE(4);
        if (addressApiKeys.includes(apiKey)) asksForAddresses.add(frame.readInt32BE(8));
        if (apiKey === produceApiKey) {
          produces.add(frame.readInt32BE(8));
          this.producedBytes += frame.length;
          if (this.#suffers('cut-request')) {
            broker.write(frame.subarray(0, frame.length / 2), () => hangUp(pair));
            return;
          }
        }
        toBroker.write(frame, this.delayMs);
      }
    });
    broker.on('data', (chunk: Buffer) => {
      if (this.#silent) return;
      for (const frame of responses.take(chunk)) {
        if (produces.delete(frame.readInt32BE(4))) {
          if (this.losesAck((this.#responses += 1)) || this.#suffers('lose-ack')) {
            this.lostAcks += 1;
            hangUp(pair);
            return;
          }
          if (this.#suffers('swallow-ack')) continue;
        }
        if (asksForAddresses.delete(frame.readInt32BE(4))) {
          for (let at = frame.indexOf(address); at !== -1; at = frame.indexOf(address, at + 1)) {
            ownAddress.copy(frame, at);
          }
        }
        toClient.write(frame, this.delayMs);
      }
    });
  }

  #suffers(kind: ProduceTrouble): boolean {
    for (const trouble of this.#troubles) {
      if (trouble.kind !== kind) continue;
      this.#troubles.delete(trouble);
      trouble.hit();
      return true;
    }
    return false;
  }
}

function hangUp({ client, broker }: Pair): void {
  client.destroy();
  broker.destroy();
}
