import type { Duplex } from 'node:stream';
import { CommandError } from './command.js';
import { commandsByName } from './commands/index.js';
import type { MemoryRedisServer } from './memory-redis-server.js';
import { encodeReply, ErrorReply, type Protocol, type Reply } from './replies.js';
import { type Request, RequestReader } from './request-reader.js';
import { Transaction } from './transaction.js';

/** The server's side of one connection: reads commands, runs them in order, writes their replies. */
export class MemoryConnection {
  readonly id: number;
  name = '';
  protocol: Protocol = 2;
  database = 0;
  readonly channels = new Set<string>();
  readonly transaction = new Transaction();
  readonly #server: MemoryRedisServer;
  readonly #stream: Duplex;
  readonly #reader = new RequestReader();
  #hungUp = false;

  constructor(server: MemoryRedisServer, stream: Duplex, id: number) {
    this.#server = server;
    this.#stream = stream;
    this.id = id;
    stream.on('data', (chunk: Buffer) => this.receive(chunk));
    stream.once('close', () => this.#forget());
  }

  /** On RESP2 a connection with subscriptions takes few other commands. */
  get restricted(): boolean {
    return this.protocol === 2 && this.channels.size > 0;
  }

  receive(chunk: Buffer): void {
    if (this.#server.faults.hold(this, chunk)) return;
    try {
      for (const request of this.#reader.read(chunk)) {
        if (this.#hungUp) return;
        this.#serve(request);
      }
    } catch (error) {
      this.reply(new ErrorReply((error as Error).message));
      this.hangUp();
    }
    // What was held back while the client went away is still carried out, as a server does that was frozen.
    if (this.#stream.destroyed) this.#forget();
  }

  reply(reply: Reply): void {
    if (this.#hungUp || this.#stream.destroyed || this.#server.faults.dropsReplies) return;
    this.#stream.write(encodeReply(reply, this.protocol));
  }

  /** Closes after what was written so far. */
  hangUp(): void {
    if (this.#hungUp) return;
    this.#hungUp = true;
    this.#stream.write('', () => this.#stream.destroy());
  }

  /** Closes at once; what was written and not read is lost. */
  cut(): void {
    this.#hungUp = true;
    this.#stream.destroy();
  }

  #serve(request: Request): void {
    const name = (request[0] ?? Buffer.alloc(0)).toString('latin1').toLowerCase();
    const reply = this.#execute(name, request);
    if (this.#server.faults.losesReplyOf(name)) return this.cut();
    if (reply !== undefined) this.reply(reply);
  }

  #execute(name: string, request: Request): Reply | undefined {
    const command = commandsByName.get(name);
    const args = request.slice(1);
    if (command === undefined) return this.#refuse(unknownCommand(request));
    if (command.arity >= 0 ? request.length !== command.arity : request.length < -command.arity) {
      return this.#refuse(`ERR wrong number of arguments for '${name}' command`);
    }
    if (this.restricted && command.whileSubscribed !== true) {
      return new ErrorReply(
        `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
      );
    }
    const run = (): Reply | undefined => {
      const db = this.#server.databases[this.database];
      if (db === undefined) throw new CommandError('ERR DB index is out of range');
      try {
        return command.run({ server: this.#server, connection: this, db, args });
      } catch (error) {
        if (error instanceof CommandError) return error.reply;
        throw error;
      }
    };
    const { queue } = this.transaction;
    if (queue === undefined || command.immediate === true) return run();
    queue.push(() => run() ?? null);
    return 'QUEUED';
  }

  /** An error that also spoils a transaction under way. */
  #refuse(text: string): ErrorReply {
    if (this.transaction.queue !== undefined) this.transaction.refused = true;
    return new ErrorReply(text);
  }

  #forget(): void {
    this.transaction.reset();
    for (const channel of this.channels) this.#server.channels.unsubscribe(channel, this);
    this.#server.closed(this);
  }
}

function unknownCommand(request: Request): string {
  const [name, ...args] = request.map((word) => word.toString());
  return `ERR unknown command '${name ?? ''}', with args beginning with: ${args.map((arg) => `'${arg}' `).join('')}`;
}
