import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { SlipwayError } from '../errors/slipway-error.js';
import { leave } from './end-socket.js';
import { canPutBack, putBack, serveAnew } from './hand-back.js';

/** Takes the WebSockets of one path. */
export interface SocketTaker {
  readonly path: string;
  take(request: IncomingMessage, connection: Duplex, head: Buffer): void;
  refuse(request: IncomingMessage, connection: Duplex, statusCode: number): void;
}

const known = new WeakMap<Server, Upgrades>();

/**
 * Who takes the WebSockets of a server, by path. As long as there is anybody, Node gives away all requests that ask for an
 * upgrade, of whatever protocol and path, and never thinks of them again: so all are dealt with here, unless somebody else
 * listens too and may want them.
 */
export class Upgrades {
  readonly #server: Server;
  readonly #takers = new Map<string, SocketTaker>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static of(server: Server): Upgrades {
    let upgrades = known.get(server);
    if (upgrades === undefined) {
      upgrades = new Upgrades(server);
      known.set(server, upgrades);
    }
    return upgrades;
  }

  /** @throws SlipwayError SLIPWAY_HTTP_OPTIONS where the path is another one's. */
  add(taker: SocketTaker): void {
    const { path } = taker;
    if (this.#takers.get(path) === taker) return;
    if (this.#takers.has(path))
      throw new SlipwayError('SLIPWAY_HTTP_OPTIONS', {
        message: `WebSockets of ${path} are taken on this server already. Give the other userNotifications another path.`,
      });
    if (this.#takers.size === 0) this.#server.on('upgrade', this.#onUpgrade);
    this.#takers.set(path, taker);
  }

  remove(taker: SocketTaker): void {
    if (this.#takers.get(taker.path) !== taker) return;
    this.#takers.delete(taker.path);
    if (this.#takers.size === 0) this.#server.off('upgrade', this.#onUpgrade);
  }

  readonly #onUpgrade = (request: IncomingMessage, connection: Duplex, head: Buffer): void => {
    const [first] = this.#takers.values();
    const taker = this.#takers.get((request.url ?? '').split('?', 1)[0] ?? '');
    if (isForWebSocket(request) && taker !== undefined)
      afterAnswers(connection, () => taker.take(request, connection, head));
    // Somebody else listens, and may want it.
    else if (this.#server.listenerCount('upgrade') > 1 || first === undefined) return;
    else if (isForWebSocket(request)) afterAnswers(connection, () => first.refuse(request, connection, 404));
    // Newer Nodes may read the body of such a request themselves, and give a stream of what follows it: no connection.
    else if (connection !== request.socket || !canPutBack(request))
      afterAnswers(connection, () => first.refuse(request, connection, 400));
    else {
      const { socket } = request;
      putBack(request, socket, head);
      afterAnswers(socket, () => serveAnew(this.#server, socket));
    }
  };
}

function isForWebSocket({ headers }: IncomingMessage): boolean {
  const protocols = headers.upgrade?.split(',') ?? [];
  return protocols.some((each) => each.trim().toLowerCase() === 'websocket');
}

/**
 * Runs `then` when all that was asked on the connection before is answered: what a client has sent ahead must not get its
 * answer in the middle of another one.
 */
function afterAnswers(connection: Duplex, then: () => void): void {
  // Node tells it nowhere else.
  const { _httpMessage: answer } = connection as { readonly _httpMessage?: ServerResponse | null };
  if (answer === undefined || answer === null) {
    then();
    return;
  }
  // Node does neither any more for a connection that is upgraded.
  const onDrain = (): void => void answer.emit('drain');
  const onError = (): void => void connection.destroy();
  connection.on('drain', onDrain);
  connection.on('error', onError);
  answer.once('close', () => {
    connection.off('drain', onDrain);
    connection.off('error', onError);
    if (connection.destroyed) return;
    if (connection.writable) afterAnswers(connection, then);
    // It was the last one.
    else leave(connection);
  });
}
