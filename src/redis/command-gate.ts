import type { RedisError } from '../errors/redis-error.js';
import { DeadlineQueue } from './deadline-queue.js';
import type { RedisEndpoint } from './endpoint.js';
import { commandNotSent, commandTimedOut } from './failures.js';
import { Fifo } from './fifo.js';
import type { Link } from './link.js';
import { PendingCommand, type RedisCommand } from './pending-command.js';

export interface CommandGateOptions {
  /** Why there is no link, for the error of a command that waited for one in vain. */
  readonly lastError: () => RedisError | undefined;
  /** A command that was sent got no reply until `expiresAt`, on the clock of `performance.now()`. */
  readonly onTimeout: (error: RedisError, expiresAt: number) => void;
}

/**
 * Where commands wait for a link, and where each has its deadline, from the call to its end. A command that was not
 * sent yet goes out with the next link; one that was sent is never sent again.
 */
export class CommandGate {
  readonly #endpoint: RedisEndpoint;
  readonly #options: CommandGateOptions;
  readonly #deadlines: DeadlineQueue<PendingCommand>;
  readonly #waiting = new Fifo<PendingCommand>();

  constructor(endpoint: RedisEndpoint, options: CommandGateOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#deadlines = new DeadlineQueue(endpoint.deadlineMs, (pending) => this.#expire(pending));
  }

  execute<T>(command: RedisCommand<T>, link: Link | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const pending = new PendingCommand(command, resolve, reject) as PendingCommand;
      this.#deadlines.add(pending);
      if (link?.writable === true) link.send(pending);
      else this.#waiting.push(pending);
    });
  }

  /** Sends what waits. */
  open(link: Link): void {
    while (link.writable) {
      const pending = this.#waiting.shift();
      if (pending === undefined) return;
      if (!pending.settled) link.send(pending);
    }
  }

  /** Rejects what waits. */
  close(reason: RedisError): void {
    for (let pending = this.#waiting.shift(); pending !== undefined; pending = this.#waiting.shift()) {
      pending.reject(reason);
    }
  }

  /** Ends its timer: when nothing is under way any more. */
  clear(): void {
    this.#deadlines.clear();
  }

  #expire(pending: PendingCommand): void {
    const { deadlineMs } = this.#endpoint;
    const { name } = pending.command;
    if (pending.sent) {
      const error = commandTimedOut(this.#endpoint, name, deadlineMs);
      pending.reject(error);
      this.#options.onTimeout(error, pending.expiresAt);
    } else {
      pending.reject(commandNotSent(this.#endpoint, name, deadlineMs, this.#options.lastError()));
      while (this.#waiting.peek()?.settled === true) this.#waiting.shift();
    }
  }
}
