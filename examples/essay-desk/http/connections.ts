import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The connections of a server, and on which of them a request is being answered. */
export class Connections {
  readonly #answering = new Map<Socket, number>();

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#answering.set(socket, 0);
      socket.once('close', () => this.#answering.delete(socket));
    });
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.#count(socket, 1);
      response.once('close', () => this.#count(socket, -1));
    });
    // It speaks WebSocket from now on, and ends with that.
    server.on('upgrade', ({ socket }) => this.#answering.delete(socket));
  }

  /** Cuts those on which nothing is asked. */
  cutSilent(): void {
    for (const [socket, requests] of this.#answering) if (requests === 0) socket.destroy();
  }

  readonly cutAll = (): void => {
    for (const socket of this.#answering.keys()) socket.destroy();
  };

  #count(socket: Socket, by: number): void {
    const requests = this.#answering.get(socket);
    if (requests !== undefined) this.#answering.set(socket, requests + by);
  }
}
