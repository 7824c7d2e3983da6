import type { MemoryConnection } from './memory-connection.js';

/** The misfortunes a memory server can be told to have. Each holds until it is taken back. */
export class MemoryRedisFaults {
  readonly #connections: () => readonly MemoryConnection[];
  #refuses = false;
  #dropsReplies = false;
  #stalled = false;
  readonly #held: { readonly connection: MemoryConnection; readonly chunk: Buffer }[] = [];
  readonly #losing: string[] = [];

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
