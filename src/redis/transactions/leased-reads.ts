import type { RedisError } from '../../errors/redis-error.js';
import { type TransactionReads, redisReads } from '../../protocols/redis/transactions.js';
import { commandTable } from '../commands/table.js';
import type { RedisCommand } from '../pending-command.js';

type AnyBuilder = (...args: readonly unknown[]) => RedisCommand<unknown>;

/** Reads over one abstract `read`; the methods are made of the table of commands, as those of RedisCommandSet. */
abstract class Reader {
  protected abstract read<T>(command: RedisCommand<T>): Promise<T>;
}

export const LeasedReads = Reader as abstract new () => Reader & TransactionReads;

for (const operation of redisReads) {
  const build = commandTable[operation] as AnyBuilder;
  Object.defineProperty(Reader.prototype, operation, {
    value: async function (this: { read: Reader['read'] }, ...args: unknown[]): Promise<unknown> {
      return this.read(build(...args));
    },
  });
}

/** Is `error` this one, or did somebody wrap it? */
export function isOrWraps(error: unknown, wanted: RedisError | undefined): boolean {
  if (wanted === undefined) return false;
  let current = error;
  for (let depth = 0; depth < 16 && current instanceof Error; depth += 1) {
    if (current === wanted) return true;
    current = current.cause;
  }
  return false;
}
