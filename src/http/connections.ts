import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The connections of a server, and what is being answered on each of them. */
export class Connections {
  readonly #answers = new Map<Socket, Set<ServerResponse>>();
  #isClosing = false;

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#answers.set(socket, new Set());
      socket.once('close', () => this.#answers.delete(socket));
    });
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      const answers = this.#answers.get(socket);
      if (answers === undefined) return;
      answers.add(response);
      if (this.#isClosing) sayLast(response);
      response.once('close', () => {
        answers.delete(response);
        if (this.#isClosing && answers.size === 0) socket.end();
      });
    });
    // It speaks WebSocket from now on, and ends with that.
    server.on('upgrade', ({ socket }) => this.#answers.delete(socket));
  }

  /** Ends each connection once what was asked on it is answered. */
  close(): void {
    this.#isClosing = true;
    for (const answers of this.#answers.values()) for (const answer of answers) sayLast(answer);
  }

  /** Cuts those on which nothing is asked. */
  cutSilent(): void {
    for (const [socket, answers] of this.#answers) if (answers.size === 0) socket.destroy();
  }

  readonly cutAll = (): void => {
    for (const socket of this.#answers.keys()) socket.destroy();
  };
}

/** So that the client asks nothing more on this connection. */
function sayLast(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
