import { CommandRunner } from './command-runner.js';
import { commandTable, type TableCommands } from './commands/table.js';
import type { RedisEndpoint } from './endpoint.js';
import type { RedisCommand } from './pending-command.js';

abstract class TableRunner extends CommandRunner {}

/**
 * The whole command set over one abstract `execute`. Its methods are made from the one table of commands, so the
 * shared client and a session cannot differ in what a command is called, takes, checks or gives.
 */
export const RedisCommandSet = TableRunner as abstract new (
  endpoint: RedisEndpoint,
) => CommandRunner & TableCommands;

type AnyBuilder = (...args: readonly unknown[]) => RedisCommand<unknown>;

for (const [operation, build] of Object.entries(commandTable)) {
  Object.defineProperty(TableRunner.prototype, operation, {
    configurable: true,
    writable: true,
    value: function (this: { run: CommandRunner['run'] }, ...args: unknown[]): Promise<unknown> {
      return this.run(operation, build as AnyBuilder, ...args);
    },
  });
}
