import { type ChannelKind, channelKinds } from './channels.js';
import type { Command } from './command.js';
import { matchesGlob } from './glob.js';
import type { MemoryConnection } from './memory-connection.js';
import { ErrorReply } from './replies.js';

const noAuth = new ErrorReply('NOAUTH Authentication required.');
const isLoading = new ErrorReply('LOADING Redis is loading the dataset in memory');
const isBusy = new ErrorReply(
  'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
);
const readOnly = new ErrorReply("READONLY You can't write against a read only replica.");
const writeRefusals = {
  memory: new ErrorReply("OOM command not allowed when used memory > 'maxmemory'."),
  replicas: new ErrorReply('NOREPLICAS Not enough good replicas to write.'),
  disk: new ErrorReply(
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
  ),
} as const;

const refusesFor: Readonly<Record<WriteRefusal, (command: Command) => boolean>> = {
  memory: ({ write, frees }) => write === true && frees !== true,
  replicas: ({ write }) => write === true,
  disk: ({ write, needsDisk }) => write === true || needsDisk === true,
};

/** What a server lacks that refuses writes for the want of it. */
type WriteRefusal = keyof typeof writeRefusals;

/** The server, as its faults see it. */
interface FaultyServer {
  readonly connections: readonly MemoryConnection[];
  begin(keepsData: boolean): void;
}

/** The misfortunes a memory server can be told to have. Each holds until it is taken back. */
export class MemoryRedisFaults {
  readonly #server: FaultyServer;
  #refuses = false;
  #full = false;
  #dropsReplies = false;
  #stalled = false;
  readonly #held: { readonly connection: MemoryConnection; readonly chunk: Buffer }[] = [];
  readonly #losing: string[] = [];
  readonly #forgotten = new WeakSet<MemoryConnection>();
  #readOnly = false;
  #writeRefusal: WriteRefusal | undefined;
  #loading = false;
  #busy = false;
  #password: string | undefined;
  #allowedChannels: string | undefined;

  constructor(server: FaultyServer) {
    this.#server = server;
  }

  /** New connections fail as on a closed port. Those that are open stay. */
  refuse(on = true): void {
    this.#refuses = on;
  }

  get refuses(): boolean {
    return this.#refuses;
  }

  /** New connections are told that there are too many, as at `maxclients`. Those that are open stay. */
  full(on = true): void {
    this.#full = on;
  }

  get isFull(): boolean {
    return this.#full;
  }

  /** Every connection breaks at once, as when a network does. The server knows what it knew. */
  cut(): void {
    for (const connection of this.#server.connections) connection.cut();
  }

  /**
   * The server is killed and there again at once: connections, which scripts were loaded, and what clients watch are gone.
   * @param options.keepsData false: its data are gone too.
   */
  restart({ keepsData = true }: { readonly keepsData?: boolean } = {}): void {
    this.#held.length = 0;
    this.cut();
    this.#server.begin(keepsData);
  }

  /** Connections that are open now are dead, and nobody says so: nothing passes on them any more. New ones work. */
  forget(): void {
    for (const connection of this.#server.connections) this.#forgotten.add(connection);
  }

  /** Nothing is read any more, as from a frozen process, until {@link resume}. */
  stall(): void {
    this.#stalled = true;
  }

  /** Reads on, beginning with what came meanwhile. */
  resume(): void {
    this.#stalled = false;
    for (const { connection, chunk } of this.#held.splice(0)) connection.receive(chunk);
  }

  /** Commands are carried out and nothing is answered. */
  dropReplies(on = true): void {
    this.#dropsReplies = on;
  }

  /** The next such command is carried out, and its connection breaks before the reply. Each call is for one of them. */
  loseReply(command: string): void {
    this.#losing.push(command.toLowerCase());
  }

  /** Writes are refused, and the server calls itself a replica. */
  readOnly(on = true): void {
    this.#readOnly = on;
  }

  get isReadOnly(): boolean {
    return this.#readOnly;
  }

  /** Writes are refused for the want of memory, of replicas, or of a disk; undefined: no more. Reads go on. */
  refuseWrites(lacking: WriteRefusal | undefined): void {
    this.#writeRefusal = lacking;
  }

  /** Nothing is answered but that the server is loading its data. */
  loading(on = true): void {
    this.#loading = on;
  }

  /** Nothing is answered but that a script keeps the server busy. */
  busy(on = true): void {
    this.#busy = on;
  }

  /**
   * Connections made from now on are refused until they have given it, and a `memory://` address has none to give; those
   * that are open stay, as with Redis. Undefined: none is asked for.
   */
  requirePassword(password: string | undefined): void {
    this.#password = password;
  }

  /** @internal */
  get requiresPassword(): boolean {
    return this.#password !== undefined;
  }

  /**
   * Who subscribes or publishes to channels that the glob pattern does not match is refused (`NOPERM`), and connections
   * that had subscribed to others are closed. Undefined: all are allowed.
   */
  allowChannels(pattern: string | undefined): void {
    this.#allowedChannels = pattern;
    for (const connection of this.#server.connections) {
      const { subscriptions } = connection;
      if (channelKinds.some((kind) => [...subscriptions[kind]].some((name) => !this.allows(kind, name))))
        connection.cut();
    }
  }

  /** @internal A pattern is allowed where it is the very one that is. */
  allows(kind: ChannelKind, name: string): boolean {
    const allowed = this.#allowedChannels;
    if (allowed === undefined) return true;
    return kind === 'patterns' ? name === allowed : matchesGlob(allowed, name);
  }

  /** @internal */
  isPassword(given: string): boolean {
    return this.#password === undefined || given === this.#password;
  }

  /** @internal */
  asksFor(connection: MemoryConnection): boolean {
    return this.#password !== undefined && !connection.authenticated;
  }

  /** @internal Why a command is not carried out, if it is not. */
  refusalOf(command: Command, connection: MemoryConnection): ErrorReply | undefined {
    if (this.asksFor(connection) && command.withoutAuth !== true) return noAuth;
    if (this.#loading && command.whileLoading !== true) return isLoading;
    if (this.#busy && command.whileBusy !== true) return isBusy;
    if (this.#readOnly && command.write === true) return readOnly;
    const lacking = this.#writeRefusal;
    return lacking !== undefined && refusesFor[lacking](command) ? writeRefusals[lacking] : undefined;
  }

  /** @internal */
  hold(connection: MemoryConnection, chunk: Buffer): boolean {
    if (this.#forgotten.has(connection)) return true;
    if (this.#stalled) this.#held.push({ connection, chunk });
    return this.#stalled;
  }

  /** @internal Does what is sent to a connection not arrive? */
  drops(connection: MemoryConnection): boolean {
    return this.#dropsReplies || this.#forgotten.has(connection);
  }

  /** @internal */
  losesReplyOf(command: string): boolean {
    const index = this.#losing.indexOf(command);
    if (index === -1) return false;
    this.#losing.splice(index, 1);
    return true;
  }
}
