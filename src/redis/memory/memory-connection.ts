import type { Duplex } from 'node:stream';
import type { BlockedCommand } from './blocked-commands.js';
import { channelKinds, Subscriptions } from './channels.js';
import { type Command, CommandError } from './command.js';
import { commandsByName } from './commands/index.js';
import type { MemoryRedisServer } from './memory-redis-server.js';
import { encodeReply, ErrorReply, type Protocol, type Reply } from './replies.js';
import { type Request, RequestReader } from './request-reader.js';
import { Transaction } from './transaction.js';

export interface BlockOptions {
  /** Tried whenever another command is through: the reply, or undefined to wait on. */
  readonly attempt: () => Reply | undefined;
  /** 0: for ever. */
  readonly timeoutMs: number;
  /** The reply when the time has passed. */
  readonly otherwise: Reply;
}

/** The server's side of one connection: reads commands, runs them in order, writes their replies. */
export class MemoryConnection {
  readonly id: number;
  name = '';
  protocol: Protocol = 2;
  database = 0;
  /** Has it given the password, or was there none when it was made? */
  authenticated: boolean;
  readonly subscriptions = new Subscriptions();
  readonly transaction = new Transaction();
  readonly #server: MemoryRedisServer;
  readonly #stream: Duplex;
  readonly #reader = new RequestReader();
  /** Read and not yet carried out: a command before them waits. */
  readonly #inbox: Request[] = [];
  #serving = '';
  #blocked: BlockedCommand | undefined;
  #mayBlock = true;
  #hungUp = false;

  constructor(server: MemoryRedisServer, stream: Duplex, id: number) {
    this.#server = server;
    this.#stream = stream;
    this.id = id;
    this.authenticated = !server.faults.requiresPassword;
    stream.on('data', (chunk: Buffer) => this.receive(chunk));
    stream.once('close', () => this.#forget());
  }

  /** On RESP2 a connection with subscriptions takes few other commands. */
  get restricted(): boolean {
    return this.protocol === 2 && this.subscriptions.size > 0;
  }

  /** Does a command wait on it? */
  get waits(): boolean {
    return this.#blocked !== undefined;
  }

  receive(chunk: Buffer): void {
    if (this.#server.faults.hold(this, chunk)) return;
    try {
      this.#inbox.push(...this.#reader.read(chunk));
      this.#serveInbox();
    } catch (error) {
      this.reply(new ErrorReply((error as Error).message));
      this.hangUp();
    }
    // What was held back while the client went away is still carried out, as a server does that was frozen.
    if (this.#stream.destroyed) this.#forget();
  }

  /**
   * Lets the command under way wait: commands behind it are read when it has its reply. Within a transaction or a script
   * nothing waits, as if its time had passed at once.
   * @returns its reply if it does not wait.
   */
  block({ attempt, timeoutMs, otherwise }: BlockOptions): Reply | undefined {
    if (!this.#mayBlock) return otherwise;
    const name = this.#serving;
    const command: BlockedCommand = {
      attempt,
      finish: (reply) => {
        clearTimeout(timer);
        this.#blocked = undefined;
        this.#answer(name, reply);
        this.#serveInbox();
      },
    };
    const timer = timeoutMs > 0 ? setTimeout(() => this.unblock(otherwise), timeoutMs) : undefined;
    timer?.unref();
    this.#blocked = command;
    this.#server.blocked.add(command);
    return undefined;
  }

  /** Ends the waiting of a command. @returns whether one did wait. */
  unblock(reply: Reply): boolean {
    const blocked = this.#blocked;
    if (blocked === undefined) return false;
    this.#server.blocked.remove(blocked);
    blocked.finish(reply);
    return true;
  }

  withoutBlocking<T>(work: () => T): T {
    const before = this.#mayBlock;
    this.#mayBlock = false;
    try {
      return work();
    } finally {
      this.#mayBlock = before;
    }
  }

  reply(reply: Reply): void {
    if (this.#hungUp || this.#stream.destroyed || this.#server.faults.drops(this)) return;
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

  /** Carries out a command at once. @returns its reply; undefined if it wrote its replies itself, or waits. */
  call(request: Request): Reply | undefined {
    const found = this.#find(request);
    return found instanceof ErrorReply ? found : this.#run(found, request);
  }

  #serveInbox(): void {
    while (this.#blocked === undefined && !this.#hungUp) {
      const request = this.#inbox.shift();
      if (request === undefined) return;
      this.#serve(request);
    }
  }

  #serve(request: Request): void {
    const name = nameOf(request);
    this.#serving = name;
    const reply = this.#execute(request);
    if (this.#blocked === undefined) this.#answer(name, reply);
    this.#server.blocked.serve();
  }

  #answer(name: string, reply: Reply | undefined): void {
    if (this.#server.faults.losesReplyOf(name)) this.cut();
    else if (reply !== undefined) this.reply(reply);
  }

  #execute(request: Request): Reply | undefined {
    const command = this.#find(request);
    const { queue } = this.transaction;
    if (command instanceof ErrorReply) {
      // It also spoils a transaction under way.
      if (queue !== undefined) this.transaction.refused = true;
      return command;
    }
    if (queue === undefined || command.immediate === true) return this.#run(command, request);
    queue.push(() => this.#run(command, request) ?? null);
    return 'QUEUED';
  }

  /** The command of a request, or why it is not carried out. */
  #find(request: Request): Command | ErrorReply {
    const name = nameOf(request);
    const command = commandsByName.get(name);
    if (command === undefined) return new ErrorReply(unknownCommand(request));
    if (command.arity >= 0 ? request.length !== command.arity : request.length < -command.arity) {
      return new ErrorReply(`ERR wrong number of arguments for '${name}' command`);
    }
    if (this.restricted && command.whileSubscribed !== true) {
      return new ErrorReply(
        `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
      );
    }
    return this.#server.faults.refusalOf(command, this) ?? command;
  }

  #run(command: Command, request: Request): Reply | undefined {
    const db = this.#server.databases[this.database];
    if (db === undefined) return new ErrorReply('ERR DB index is out of range');
    try {
      return command.run({ server: this.#server, connection: this, db, args: request.slice(1) });
    } catch (error) {
      if (error instanceof CommandError) return error.reply;
      throw error;
    }
  }

  #forget(): void {
    if (this.#blocked !== undefined) this.#server.blocked.remove(this.#blocked);
    this.#blocked = undefined;
    this.transaction.reset();
    for (const kind of channelKinds) {
      for (const name of this.subscriptions[kind]) this.#server[kind].unsubscribe(name, this);
    }
    this.#server.closed(this);
  }
}

function nameOf(request: Request): string {
  return (request[0] ?? Buffer.alloc(0)).toString('latin1').toLowerCase();
}

function unknownCommand(request: Request): string {
  const [name, ...args] = request.map((word) => word.toString());
  return `ERR unknown command '${name ?? ''}', with args beginning with: ${args.map((arg) => `'${arg}' `).join('')}`;
}
