import type { Command } from './command.js';
import type { MemoryConnection } from './memory-connection.js';
import { ErrorReply } from './replies.js';

const noAuth = new ErrorReply('NOAUTH Authentication required.');
const isLoading = new ErrorReply('LOADING Redis is loading the dataset in memory');
const readOnly = new ErrorReply("READONLY You can't write against a read only replica.");

/** The misfortunes a memory server can be told to have. Each holds until it is taken back. */
export class MemoryRedisFaults {
  readonly #connections: () => readonly MemoryConnection[];
  #refuses = false;
  #dropsReplies = false;
  #stalled = false;
  readonly #held: { readonly connection: MemoryConnection; readonly chunk: Buffer }[] = [];
  readonly #losing: string[] = [];
  #readOnly = false;
  #loading = false;
  #password: string | undefined;

  constructor(connections: () => readonly MemoryConnection[]) {
    this.#connections = connections;
  }

  get refuses(): boolean {
    return this.#refuses;
  }

  get dropsReplies(): boolean {
    return this.#dropsReplies;
  }

  /** New connections fail as on a closed port. Those that are open stay. */
  refuse(on = true): void {
    this.#refuses = on;
  }

  /** Every connection breaks at once, as when the server is killed. The data stay. */
  cut(): void {
    for (const connection of this.#connections()) connection.cut();
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

  /** Nothing is answered but that the server is loading its data. */
  loading(on = true): void {
    this.#loading = on;
  }

  /**
   * Connections, present and new, are refused until they have given it, and a `memory://` address has none to give.
   * Undefined: none is asked for.
   */
  requirePassword(password: string | undefined): void {
    this.#password = password;
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
    return this.#readOnly && command.write === true ? readOnly : undefined;
  }

  /** @internal */
  hold(connection: MemoryConnection, chunk: Buffer): boolean {
    if (this.#stalled) this.#held.push({ connection, chunk });
    return this.#stalled;
  }

  /** @internal */
  losesReplyOf(command: string): boolean {
    const index = this.#losing.indexOf(command);
    if (index === -1) return false;
    this.#losing.splice(index, 1);
    return true;
  }
}
