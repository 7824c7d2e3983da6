import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  readonly answers: Set<ServerResponse>;
  /** What its handshake took. */
  readonly bytesBefore: number;
}

/**
 * The connections of a server, and what is being answered on each of them. It does not listen for upgrades: a server that
 * nobody else would upgrade has to answer such requests as others.
 */
export class Connections {
  readonly #connections = new Map<Socket, Connection>();
  #isClosing = false;

  constructor(server: Server) {
    server.on('connection', (socket) => void this.#of(socket));
    // With TLS what is asked comes on another socket than that of the connection.
    server.on('secureConnection', (socket: Socket) => void this.#of(socket));
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      const { answers } = this.#of(socket);
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
    for (const { answers } of this.#connections.values()) for (const answer of answers) sayLast(answer);
  }

  /** Cuts those on which nothing ever came. */
  cutSilent(): void {
    for (const [socket, { answers, bytesBefore }] of this.#connections) {
      if (socket.bytesRead === bytesBefore && answers.size === 0) socket.destroy();
    }
  }

  readonly cutAll = (): void => {
    for (const socket of this.#connections.keys()) socket.destroy();
  };

  #of(socket: Socket): Connection {
    let connection = this.#connections.get(socket);
    if (connection === undefined) {
      connection = { answers: new Set(), bytesBefore: socket.bytesRead };
      this.#connections.set(socket, connection);
      socket.once('close', () => this.#connections.delete(socket));
    }
    return connection;
  }
}

/** So that the client asks nothing more on this connection. */
function sayLast(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
