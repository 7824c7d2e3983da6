import type { RedisScript } from '../../protocols/redis/script-commands.js';
import type { PipelineQueue, TransactionQueue } from '../../protocols/redis/transactions.js';
import { assertSize } from '../command-size.js';
import { evalSource } from '../commands/scripts.js';
import { commandTable } from '../commands/table.js';
import type { RedisEndpoint } from '../endpoint.js';
import type { RedisCommand } from '../pending-command.js';

interface QueueOwner {
  /** Throws if nothing may be queued any more. */
  readonly assertOpen: () => void;
  readonly execute: () => Promise<unknown[]>;
}

type AnyBuilder = (...args: readonly unknown[]) => RedisCommand<unknown>;

/** What `multi()` gives: a method for each command, which queues it. */
export class CommandQueue {
  readonly #endpoint: RedisEndpoint;
  readonly #owner: QueueOwner;
  readonly #commands: RedisCommand<unknown>[] = [];

  private constructor(endpoint: RedisEndpoint, owner: QueueOwner) {
    this.#endpoint = endpoint;
    this.#owner = owner;
  }

  static of(endpoint: RedisEndpoint, owner: QueueOwner): CommandQueue & PipelineQueue & TransactionQueue {
    return new CommandQueue(endpoint, owner) as CommandQueue & PipelineQueue & TransactionQueue;
  }

  get commands(): readonly RedisCommand<unknown>[] {
    return this.#commands;
  }

  execute(): Promise<unknown[]> {
    return this.#owner.execute();
  }

  /** The results of the queued commands, out of the replies of EXEC. */
  decode(replies: readonly unknown[]): unknown[] {
    return this.#commands.map(({ decode }, index) => decode(replies[index]));
  }

  runScript(script: RedisScript<unknown>, keys: readonly string[], args: readonly string[]): this {
    const { source, decode, twin } = script;
    if (twin !== undefined) this.#endpoint.memory?.registerScript(source, twin);
    const operation = 'runScript';
    return this.add(operation, () => evalSource(source, { operation, keys, args }, decode), []);
  }

  /** @throws RedisError SLIPWAY_REDIS_ARGUMENT, _VALUE_TOO_LARGE, or _SESSION_STATE after the end. */
  add(operation: string, build: AnyBuilder, args: readonly unknown[]): this {
    this.#owner.assertOpen();
    const command = build(...args);
    assertSize(this.#endpoint, operation, command);
    this.#commands.push(command);
    return this;
  }
}

for (const [operation, build] of Object.entries(commandTable)) {
  Object.defineProperty(CommandQueue.prototype, operation, {
    value: function (this: CommandQueue, ...args: unknown[]): CommandQueue {
      return this.add(operation, build as AnyBuilder, args);
    },
  });
}
