import type { ErrorCode } from '../errors/codes.js';
import { describeError } from '../errors/describe.js';
import { RedisError } from '../errors/redis-error.js';
import type { RedisEndpoint } from './endpoint.js';
import { isReplyError, replyErrorAdvice, replyErrorCode, withoutArguments } from './reply-error.js';

/** The errors a connection ends in, said in one way: client, address, what happened, what to do. */

export type Where = Pick<RedisEndpoint, 'clientId' | 'address'>;

export function failure(
  code: ErrorCode,
  where: Where,
  message: string,
  more: { readonly cause?: unknown; readonly maybeApplied?: boolean; readonly command?: string } = {},
): RedisError {
  const { cause, maybeApplied = false, command } = more;
  return new RedisError(code, {
    message,
    maybeApplied,
    context: {
      clientId: where.clientId,
      address: where.address,
      ...(command === undefined ? {} : { command }),
      ...(maybeApplied ? { maybeApplied } : {}),
    },
    ...(cause === undefined ? {} : { cause }),
  });
}

export const client = (where: Where): string => `Redis client "${where.clientId}"`;

/** What a connection in use ended by. */
export function linkLost(where: Where, cause: unknown): RedisError {
  const why = cause === undefined ? 'the other side closed it' : describeError(cause);
  return failure(
    'SLIPWAY_REDIS_CONNECTION_LOST',
    where,
    `${client(where)} lost its connection to ${where.address}: ${why}.`,
    cause === undefined ? {} : { cause },
  );
}

/** A command that the server refused, or whose reply was lost with the connection. */
export function commandFailed(where: Where, command: string, reason: unknown, lost: RedisError): RedisError {
  const name = command.toUpperCase();
  if (isReplyError(reason)) {
    const code = replyErrorCode(reason.message);
    const message = `${name} of ${client(where)} was refused by ${where.address}: ${reason.message}. ${replyErrorAdvice(code)}`;
    return failure(code, where, message, { cause: withoutArguments(reason), command });
  }
  return failure(
    'SLIPWAY_REDIS_CONNECTION_LOST',
    where,
    `${name} of ${client(where)} was sent, but the connection to ${where.address} was lost before the reply: the server may have carried it out. Repeat it only if twice does no harm.`,
    { cause: lost, maybeApplied: true, command },
  );
}

/** A sent command whose deadline passed. */
export function commandTimedOut(where: Where, command: string, deadlineMs: number): RedisError {
  return failure(
    'SLIPWAY_REDIS_TIMEOUT',
    where,
    `${command.toUpperCase()} of ${client(where)} got no reply from ${where.address} within ${deadlineMs} ms: the server may have carried it out. Repeat it only if twice does no harm.`,
    { maybeApplied: true, command },
  );
}

/** A command that waited for a connection until its deadline passed. */
export function commandNotSent(
  where: Where,
  command: string,
  deadlineMs: number,
  lastError: RedisError | undefined,
): RedisError {
  const message = `${command.toUpperCase()} of ${client(where)} was not sent: no connection to ${where.address} within ${deadlineMs} ms.`;
  return waitedInVain('SLIPWAY_REDIS_UNREACHABLE', where, command, message, lastError);
}

/** The driver was asked for while there was no connection. */
export function noConnection(where: Where, lastError: RedisError | undefined): RedisError {
  const message = `${client(where)} has no connection to ${where.address} now.`;
  return waitedInVain('SLIPWAY_REDIS_UNREACHABLE', where, 'raw', message, lastError);
}

/** A subscription that the server did not confirm in time. */
export function subscribeTimedOut(
  where: Where,
  channel: string,
  deadlineMs: number,
  lastError: RedisError | undefined,
): RedisError {
  const message = `${client(where)} got no confirmation from ${where.address} of its subscription to "${channel}" within ${deadlineMs} ms.`;
  return waitedInVain('SLIPWAY_REDIS_TIMEOUT', where, 'subscribe', message, lastError);
}

/** A subscription that ends because nobody reads it fast enough. */
export function subscriptionOverflowed(where: Where, channel: string, capacity: number): RedisError {
  return failure(
    'SLIPWAY_REDIS_OVERFLOW',
    where,
    `The subscription of ${client(where)} to "${channel}" was ended: more messages came than its consumer read, and its queue of ${capacity} was full. Subscribe anew and make the consumer faster, or raise its capacity.`,
  );
}

/** The code says why there is no connection; a loss says no more than that there is none. */
export function waitedInVain(
  code: ErrorCode,
  where: Where,
  command: string,
  message: string,
  lastError: RedisError | undefined,
): RedisError {
  if (lastError === undefined) return failure(code, where, message, { command });
  const known = lastError.code === 'SLIPWAY_REDIS_CONNECTION_LOST' ? code : lastError.code;
  return failure(known, where, `${message} Last error: ${lastError.rawMessage}`, {
    command,
    cause: lastError,
  });
}

/** A command that was not sent because of its size. */
export function valueTooLarge(
  where: Where & Pick<RedisEndpoint, 'maxValueBytes'>,
  operation: string,
  bytes: number,
): RedisError {
  return failure(
    'SLIPWAY_REDIS_VALUE_TOO_LARGE',
    where,
    `${operation}() of ${client(where)} was not sent: ${bytes} bytes are more than maxValueBytes, ${where.maxValueBytes}. Keep large values elsewhere and their address in Redis, or raise the setting.`,
    { command: operation },
  );
}

/** The client may be away at start, and is. */
export function notReachedYet(where: Where, lastError: RedisError): RedisError {
  const message = `${client(where)} has not reached ${where.address} since its start, and goes on trying. Until then calls fail at once. Last error: ${lastError.rawMessage}`;
  return failure('SLIPWAY_REDIS_UNREACHABLE', where, message, { cause: lastError });
}

export function disabled(where: Where): RedisError {
  const message = `${client(where)} is switched off. Set REDIS_ENABLED=true, or keep this call from being made.`;
  return failure('SLIPWAY_REDIS_DISABLED', where, message);
}

export function notStarted(where: Where): RedisError {
  return failure(
    'SLIPWAY_REDIS_NOT_STARTED',
    where,
    `${client(where)} is not started. Await its start() before the first operation.`,
  );
}

/** Transaction state on the connection that all callers share. */
export function sharedTransaction(where: Where, command: string): RedisError {
  return failure(
    'SLIPWAY_REDIS_SHARED_TRANSACTION',
    where,
    `${command}() of ${client(where)}: all callers share this client's connection, so a transaction on it would take in other flows' commands. Use a session: await using session = await redis.session().`,
    { command },
  );
}

/** A session's call out of order. */
export function sessionState(where: Where, command: string, why: string): RedisError {
  return failure(
    'SLIPWAY_REDIS_SESSION_STATE',
    where,
    `${command}() of a session of ${client(where)}: ${why}.`,
    { command },
  );
}

/** A session's call after its connection ended. */
export function sessionLost(where: Where, command: string, lost: RedisError | undefined): RedisError {
  return failure(
    'SLIPWAY_REDIS_SESSION_LOST',
    where,
    `${command}() of a session of ${client(where)} was not sent: the session's connection to ${where.address} is gone, and every WATCH with it. Begin anew after unwatch(), or in a new session.`,
    { command, ...(lost === undefined ? {} : { cause: lost }) },
  );
}

export function stopped(where: Where): RedisError {
  return failure(
    'SLIPWAY_REDIS_STOPPED',
    where,
    `${client(where)} is stopped and takes no more operations. Finish the work before stop().`,
  );
}

/** Keys as messages show them. */
export function shownKeys(keys: readonly string[]): string {
  const shown = keys.slice(0, 3).map((key) => `"${key.length > 100 ? `${key.slice(0, 100)}…` : key}"`);
  const more = keys.length - shown.length;
  return shown.length === 0 ? 'no keys' : shown.join(', ') + (more === 0 ? '' : ` and ${more} more`);
}
