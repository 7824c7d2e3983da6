import { attributes } from '../observability/names.js';
import { telemetry } from '../observability/telemetry.js';
import { assertSize } from './command-size.js';
import type { Connection } from './connection.js';
import type { RedisEndpoint } from './endpoint.js';
import type { RedisCommand } from './pending-command.js';

/** Does something on the server, under the eyes of metrics and traces. @param name a command's. Of keys nothing is said. */
export function observeCommand<T>(endpoint: RedisEndpoint, name: string, send: () => Promise<T>): Promise<T> {
  if (!telemetry.isObserved) return send();
  const operation = name.toUpperCase();
  return telemetry.observe(
    {
      kind: 'command',
      source: endpoint,
      name: operation,
      client: endpoint.clientId,
      attributes: () => ({
        [attributes.databaseSystem]: 'redis',
        [attributes.databaseOperation]: operation,
        [attributes.databaseNamespace]: String(endpoint.db),
        ...serverOf(endpoint.address),
      }),
    },
    send,
  );
}

/** The commands of the connection that all callers share. */
export class ObservedCommands {
  readonly #endpoint: RedisEndpoint;
  readonly #commands: Pick<Connection, 'execute' | 'refusal'>;

  constructor(endpoint: RedisEndpoint, commands: Pick<Connection, 'execute' | 'refusal'>) {
    this.#endpoint = endpoint;
    this.#commands = commands;
  }

  get refusal(): Connection['refusal'] {
    return this.#commands.refusal;
  }

  execute<T>(command: RedisCommand<T>): Promise<T> {
    return observeCommand(this.#endpoint, command.name, () => this.#commands.execute(command));
  }

  /** Builds a command and executes it; what is wrong with its arguments rejects. */
  run<A extends readonly unknown[], T>(build: (...args: A) => RedisCommand<T>, ...args: A): Promise<T> {
    try {
      const command = build(...args);
      assertSize(this.#endpoint, command.name, command);
      return this.execute(command);
    } catch (error) {
      const reason = error as Error;
      return Promise.reject(reason);
    }
  }
}

/** Of `redis://host:6379/0`; several servers are none. */
function serverOf(address: string): Readonly<Record<string, string | number>> {
  const [, host, port] = /^rediss?:\/\/(\[[^\]]+\]|[^:/,]+)(?::(\d+))?(?:\/|$)/.exec(address) ?? [];
  if (host === undefined) return {};
  return {
    [attributes.serverAddress]: host,
    ...(port !== undefined && { [attributes.serverPort]: Number(port) }),
  };
}
