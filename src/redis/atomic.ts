import type { Connection } from './connection.js';
import type { RedisEndpoint } from './endpoint.js';
import { commandFailed, linkLost } from './failures.js';
import type { RedisCommand } from './pending-command.js';
import { unexpected } from './commands/replies.js';

const queued = (name: string, args: readonly string[] = []): RedisCommand<unknown> => ({
  name,
  args,
  decode: (reply) => reply,
});

/**
 * Runs commands at one moment, on a connection that no one else sends on.
 * @returns their replies, undecoded.
 * @throws RedisError of the first that the server refused.
 */
export async function atomic(
  connection: Connection,
  endpoint: RedisEndpoint,
  commands: readonly RedisCommand<unknown>[],
): Promise<readonly unknown[]> {
  const accepted = [queued('multi'), ...commands.map(({ name, args }) => queued(name, args))].map((command) =>
    connection.execute(command),
  );
  const executed = connection.execute(queued('exec'));
  const [replies, ...settled] = await Promise.allSettled([executed, ...accepted]);
  // A command that was not even queued tells more than the EXEC that fails for it.
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
  if (replies.status === 'rejected') throw replies.reason;
  if (!Array.isArray(replies.value)) throw unexpected(replies.value, 'an array');
  const results: readonly unknown[] = replies.value;
  for (const [index, result] of results.entries()) {
    if (result instanceof Error) {
      const { name = 'exec' } = commands[index] ?? {};
      throw commandFailed(endpoint, name, result, linkLost(endpoint, undefined));
    }
  }
  return results;
}
