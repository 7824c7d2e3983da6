import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** Which bytes of each piece of a reply are lost, with the rest arriving as if nothing were missing. */
export type LostBytes = 'second half' | 'every second';

/** Stands between a client and a server on 127.0.0.1 and does to their bytes what networks do. */
export class TcpProxy implements AsyncDisposable {
  #targetPort: number;
  #port = 0;
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  readonly #forgotten = new WeakSet<Pair>();
  #blackHole = false;
  #dropReplies = false;
  #stopsReading = false;
  #lostBytes: LostBytes | undefined;
  #cutAtReply = 0;
  #held = false;
  readonly #losing: string[] = [];
  #accepted = 0;
  #requests = 0;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#listener = createServer((client) => this.#accept(client));
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(targetPort);
    proxy.#listener.listen(0, '127.0.0.1');
    await once(proxy.#listener, 'listening');
    return proxy;
  }

  get port(): number {
    this.#port ||= (this.#listener.address() as AddressInfo).port;
    return this.#port;
  }

  /** Breaks every connection and refuses new ones, as a machine on which the server does not run. */
  async refuse(on = true): Promise<void> {
    if (on === !this.#listener.listening) return;
    const { port } = this;
    if (on) {
      const closed = once(this.#listener, 'close');
      this.#listener.close();
      this.cut();
      await closed;
    } else {
      this.#listener.listen(port, '127.0.0.1');
      await once(this.#listener, 'listening');
    }
  }

  /** Connections accepted so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Times bytes came from a client: for a client that waits for each reply, its writes. */
  get requests(): number {
    return this.#requests;
  }

  /** New connections go to another port of 127.0.0.1. */
  retarget(port: number): void {
    this.#targetPort = port;
  }

  /** Breaks every connection. New ones are accepted. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /** Swallows all bytes, both ways, of present and new connections, and closes none. What was swallowed stays lost. */
  blackHole(on = true): void {
    this.#blackHole = on;
  }

  /** Swallows all bytes of present connections for good, as a middlebox that has forgotten them. New ones pass. */
  forget(): void {
    for (const pair of this.#pairs) this.#forgotten.add(pair);
  }

  /** Passes nothing on, both ways, on present and new connections, until it is taken back: then it all arrives. */
  hold(on = true): void {
    this.#held = on;
    for (const { client, server } of this.#pairs) {
      for (const socket of [client, server]) {
        if (on) socket.pause();
        else socket.resume();
      }
    }
  }

  /**
   * The connection on which the next such command comes breaks once the server answers; the server itself has read all.
   * Each call is for one of them.
   */
  loseReply(command: string): void {
    this.#losing.push(command.toLowerCase());
  }

  /** Reads no replies any more, so that they pile up in the server; nothing is lost by the proxy. */
  stopReading(on = true): void {
    this.#stopsReading = on;
    for (const { server } of this.#pairs) {
      if (on) server.pause();
      else server.resume();
    }
  }

  /** Passes requests on and swallows what comes back. */
  dropReplies(on = true): void {
    this.#dropReplies = on;
  }

  /** Passes on only a part of what comes back; undefined: all of it. */
  loseBytes(which: LostBytes | undefined): void {
    this.#lostBytes = which;
  }

  /** The next `count` times the server replies, the reply is swallowed and its connection broken. */
  cutAtReply(count = 1): void {
    this.#cutAtReply = count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.refuse();
  }

  #swallows(pair: Pair): boolean {
    return this.#blackHole || this.#forgotten.has(pair);
  }

  #losesReplyOf(request: Buffer): boolean {
    if (this.#losing.length === 0) return false;
    const text = request.toString('latin1').toLowerCase();
    const index = this.#losing.findIndex((command) => text.includes(`\r\n${command}\r\n`));
    if (index !== -1) this.#losing.splice(index, 1);
    return index !== -1;
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
    const pair: Pair = { client, server: connect({ host: '127.0.0.1', port: this.#targetPort }) };
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      pair.server.destroy();
    };
    for (const socket of [client, pair.server]) {
      socket.setNoDelay(true);
      socket.on('error', end); // as a network does it: the other side just sees the end
      socket.once('close', end);
    }
    let losesReply = false;
    if (this.#stopsReading || this.#held) pair.server.pause();
    client.on('data', (bytes) => {
      this.#requests += 1;
      if (this.#losesReplyOf(bytes)) losesReply = true;
      if (!this.#swallows(pair)) pair.server.write(bytes);
    });
    if (this.#held) client.pause();
    pair.server.on('data', (bytes) => {
      if (losesReply) {
        // In order towards the server, which may still have to read what it was sent last.
        client.off('close', end);
        client.destroy();
        pair.server.end();
        return;
      }
      if (this.#swallows(pair) || this.#dropReplies) return;
      if (this.#cutAtReply > 0) {
        this.#cutAtReply -= 1;
        end();
        return;
      }
      client.write(this.#lostBytes === undefined ? bytes : without(bytes, this.#lostBytes));
    });
  }
}

function without(bytes: Buffer, lost: LostBytes): Buffer {
  if (lost === 'second half') return bytes.subarray(0, Math.ceil(bytes.length / 2));
  return bytes.filter((_, index) => index % 2 === 0) as Buffer;
}
