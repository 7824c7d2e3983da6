import { describeError } from '../../errors/describe.js';
import { RedisError } from '../../errors/redis-error.js';
import { exec, multi } from '../commands/transactions.js';
import type { RedisEndpoint } from '../endpoint.js';
import type { RedisCommand } from '../pending-command.js';
import type { Lease } from '../pool/lease.js';

/**
 * Sends MULTI, the commands and EXEC in one write.
 * @returns the replies as the server gave them; null if a watched key had changed.
 * @throws RedisError with `maybeApplied: true` if it was sent and is not known to have failed as a whole.
 */
export async function sendTransaction(
  endpoint: RedisEndpoint,
  lease: Lease,
  commands: readonly RedisCommand<unknown>[],
  expiresAt: number,
): Promise<unknown[] | null> {
  // One of them left out, the rest would be applied without it.
  for (const command of commands) {
    const refusal = lease.refusalOf(command);
    if (refusal !== undefined) throw refusal;
  }
  const queued = [multi, ...commands].map((command) =>
    lease.run<unknown>({ ...command, decode: (reply) => reply }, expiresAt),
  );
  const [replies, ...refusals] = await Promise.allSettled([lease.run(exec, expiresAt), ...queued]);
  if (replies.status === 'rejected') throw refusalOf(refusals) ?? replies.reason;
  if (replies.value !== null) assertApplied(endpoint, replies.value, commands);
  return replies.value;
}

/** EXECABORT says that a command was refused while it was queued; the refusal itself says why. */
function refusalOf(queued: readonly PromiseSettledResult<unknown>[]): RedisError | undefined {
  for (const result of queued) {
    const reason: unknown = result.status === 'rejected' ? result.reason : undefined;
    if (reason instanceof RedisError && !reason.maybeApplied) return reason;
  }
  return undefined;
}

/** Redis has no rollback: a command that fails while EXEC runs leaves the others applied. Never return that as success. */
function assertApplied(
  { clientId, address }: RedisEndpoint,
  replies: readonly unknown[],
  commands: readonly RedisCommand<unknown>[],
): void {
  const index = replies.findIndex((reply) => reply instanceof Error);
  if (index === -1) return;
  const name = commands[index]?.name.toUpperCase() ?? 'A command';
  throw new RedisError('SLIPWAY_REDIS_COMMAND', {
    message: `${name}, number ${index + 1} of a transaction of Redis client "${clientId}", failed: ${describeError(replies[index])}. The others were applied.`,
    maybeApplied: true,
    context: { clientId, address, index },
  });
}
