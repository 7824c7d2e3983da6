import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The connections of a server, and what is being answered on each of them. It does not listen for upgrades: a server that
 * nobody else would upgrade has to answer such requests as others.
 */
export class Connections {
  readonly #answers = new Map<Socket, Set<ServerResponse>>();
  #isClosing = false;

  constructor(server: Server) {
    server.on('connection', (socket) => void this.#of(socket));
    // With TLS their socket is another one than that of the connection.
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      const answers = this.#of(socket);
      answers.add(response);
      if (this.#isClosing) sayLast(response);
      response.once('close', () => {
        answers.delete(response);
        if (this.#isClosing && answers.size === 0) socket.end();
      });
    });
  }

  /** Ends each connection once what was asked on it is answered. */
  close(): void {
    this.#isClosing = true;
    for (const answers of this.#answers.values()) for (const answer of answers) sayLast(answer);
  }

  /** Cuts those on which nothing ever came. */
  cutSilent(): void {
    for (const socket of this.#answers.keys()) if (socket.bytesRead === 0) socket.destroy();
  }

  readonly cutAll = (): void => {
    for (const socket of this.#answers.keys()) socket.destroy();
  };

  #of(socket: Socket): Set<ServerResponse> {
    let answers = this.#answers.get(socket);
    if (answers === undefined) {
      answers = new Set();
      this.#answers.set(socket, answers);
      socket.once('close', () => this.#answers.delete(socket));
    }
    return answers;
  }
}

/** So that the client asks nothing more on this connection. */
function sayLast(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
