import { once } from 'node:events';
import net from 'node:net';

const produceApiKey = 0;

/** Splits a stream into Kafka's frames: int32 length, then that many bytes. */
class Frames {
  #rest: Buffer = Buffer.alloc(0);

  *take(chunk: Buffer): Generator<Buffer> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 4 && this.#rest.length >= 4 + this.#rest.readInt32BE(0)) {
      const end = 4 + this.#rest.readInt32BE(0);
      yield this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
    }
  }
}

/**
 * Stands between a client and a real broker, which must advertise the proxy's port, and cuts the connection instead of
 * passing on the acknowledgements that `losesAck` chooses: the broker has the records, the client does not know.
 */
export class FaultProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: net.Server;
  readonly #sockets: Set<net.Socket>;
  /** Given the number of a Produce response, from 1. */
  losesAck: (count: number) => boolean = () => false;
  lostAcks = 0;
  /** Of all Produce requests. */
  producedBytes = 0;
  #responses = 0;

  private constructor(server: net.Server, sockets: Set<net.Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as net.AddressInfo).port;
  }

  /** @param upstream asked for each connection, so that the broker may be started after its proxy. */
  static async start(upstream: () => number): Promise<FaultProxy> {
    const sockets = new Set<net.Socket>();
    const server = net.createServer((client) => proxy.#join(client, upstream()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new FaultProxy(server, sockets);
    return proxy;
  }

  /** Cuts every connection; new ones may be made. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: net.Socket, port: number): void {
    const broker = net.connect(port, '127.0.0.1');
    const produces = new Set<number>();
    const requests = new Frames();
    const responses = new Frames();
    const end = (): void => {
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      // Either side's reset ends both.
      socket.on('error', end);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    client.on('data', (chunk: Buffer) => {
      for (const frame of requests.take(chunk)) {
        if (frame.readInt16BE(4) === produceApiKey) {
          produces.add(frame.readInt32BE(8));
          this.producedBytes += frame.length;
        }
        broker.write(frame);
      }
    });
    broker.on('data', (chunk: Buffer) => {
      for (const frame of responses.take(chunk)) {
        if (produces.delete(frame.readInt32BE(4)) && this.losesAck((this.#responses += 1))) {
          this.lostAcks += 1;
          end();
          return;
        }
        client.write(frame);
      }
    });
  }
}
