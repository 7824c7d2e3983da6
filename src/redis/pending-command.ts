import type { Expirable } from './deadline-queue.js';

/** A command as it goes to the server, and how its reply is read. */
export interface RedisCommand<T> {
  /** In lower case, as the driver's own tables have it. */
  readonly name: string;
  readonly args: readonly string[];
  /** @throws if the reply is none this command can have. */
  readonly decode: (reply: unknown) => T;
  /** What a transaction gives in place of the reply while it queues the command; undefined: it does not queue it. */
  readonly queued?: T;
}

/** A command under way, from the call until it settles, whichever of reply, deadline, loss and stop comes first. */
export class PendingCommand<T = unknown> implements Expirable {
  readonly command: RedisCommand<T>;
  expiresAt = 0;
  /** True once it was given to a socket: from there on the server may carry it out. */
  sent = false;
  settled = false;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: Error) => void;

  constructor(command: RedisCommand<T>, resolve: (value: T) => void, reject: (error: Error) => void) {
    this.command = command;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  reply(reply: unknown): void {
    if (this.settled) return;
    this.settled = true;
    try {
      this.#resolve(this.command.decode(reply));
    } catch (error) {
      this.#reject(error as Error);
    }
  }

  reject(error: Error): void {
    if (this.settled) return;
    this.settled = true;
    this.#reject(error);
  }
}
