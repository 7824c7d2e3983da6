import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { PrefixedRequests, UnprefixedReplies } from './key-prefix.js';

/**
 * Stands before a Redis server, on a port of this machine, and gives each of its users a part of the server for himself:
 * keys and channels have a prefix there that those who talk through it do not see.
 */
export class PrefixingProxy implements AsyncDisposable {
  /** The server's address, with this proxy's place in that of its host and port. */
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(url: string, server: Server, sockets: Set<Socket>) {
    this.url = url;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** @param target `redis://` or `rediss://`, of which user, password and database are left to those who connect. */
  static async open(target: string, prefix: string): Promise<PrefixingProxy> {
    const { protocol, hostname, port, username, password, pathname } = new URL(target);
    const host = hostname.replace(/^\[|\]$/g, '');
    const to = { host, port: Number(port === '' ? 6379 : port) };
    const dial = (): Socket =>
      protocol === 'rediss:' ? connectTls({ ...to, servername: host }) : connect(to);
    const sockets = new Set<Socket>();
    const server = createServer((near) => relay(near, dial(), prefix, sockets));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const own = (server.address() as AddressInfo).port;
    const account = password === '' ? '' : `${username}:${password}@`;
    return new PrefixingProxy(`redis://${account}127.0.0.1:${own}${pathname}`, server, sockets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function relay(near: Socket, far: Socket, prefix: string, sockets: Set<Socket>): void {
  const requests = new PrefixedRequests(prefix);
  const replies = new UnprefixedReplies(prefix);
  for (const [from, to, rewrite] of [
    [near, far, requests],
    [far, near, replies],
  ] as const) {
    sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => {
      const bytes = rewrite.push(chunk);
      if (bytes.length > 0) to.write(bytes);
    });
    // The other side learns of an error by the end.
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  }
}
