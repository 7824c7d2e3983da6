import { once } from 'node:events';
import net from 'node:net';

/** Answers one request, given without its length; nothing is sent for `undefined`. */
export type AnswerRequest = (frame: Buffer, socket: net.Socket) => Promise<Buffer | undefined>;

/** One broker's port: takes requests off its connections and answers those of one connection in their order. */
export class WireNode {
  readonly id: number;
  readonly #answer: AnswerRequest;
  readonly #sockets = new Set<net.Socket>();
  #server: net.Server | undefined;
  /** Kept over {@link close} and {@link listen}. */
  port = 0;

  constructor(id: number, answer: AnswerRequest) {
    this.id = id;
    this.#answer = answer;
  }

  get openSockets(): number {
    return this.#sockets.size;
  }

  async listen(): Promise<void> {
    if (this.#server) return;
    const server = net.createServer((socket) => this.#serve(socket));
    this.#server = server;
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as net.AddressInfo).port;
  }

  /** Resets every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.cut();
    if (!server) return;
    server.close();
    await once(server, 'close');
  }

  #serve(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // A reset by the client is an end as good as any.
    socket.on('error', () => undefined);
    let received: Buffer = Buffer.alloc(0);
    let turn: Promise<void> = Promise.resolve();
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const end = 4 + received.readInt32BE(0);
        const frame = received.subarray(4, end);
        received = received.subarray(end);
        turn = turn.then(() => this.#respond(socket, frame));
      }
    });
  }

  async #respond(socket: net.Socket, frame: Buffer): Promise<void> {
    const response = await this.#answer(frame, socket);
    if (!response || socket.destroyed) return;
    const length = Buffer.alloc(4);
    length.writeInt32BE(response.length);
    socket.write(Buffer.concat([length, response]));
  }
}
