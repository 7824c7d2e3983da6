import { describeError } from '../errors/describe.js';
import { RedisError } from '../errors/redis-error.js';
import { client, failure, type Where } from './failures.js';
import { isReplyError, replyErrorAdvice, replyErrorCode, withoutArguments } from './reply-error.js';
import { connectFailure } from './system-error.js';

/** A connection that could not be made. */
export function connectFailed(where: Where, reason: unknown): RedisError {
  if (reason instanceof RedisError) return reason;
  if (isReplyError(reason)) {
    const code = replyErrorCode(reason.message);
    const message = `${client(where)} was refused by ${where.address}: ${reason.message}. ${replyErrorAdvice(code)}`;
    return failure(code, where, message, { cause: withoutArguments(reason) });
  }
  const { code, advice } = connectFailure(reason);
  const message = `${client(where)} cannot connect to ${where.address}: ${describeError(reason)}. ${advice}`;
  return failure(code, where, message, { cause: reason });
}

/** A plain connection to a server that speaks TLS. */
export function speaksTls(where: Where): RedisError {
  const { address } = where;
  const message = `${client(where)} cannot connect to ${address}: the server speaks TLS there. Write the address with rediss://.`;
  return failure('SLIPWAY_REDIS_TLS', where, message);
}

/** A replica, where a server that takes writes is needed. */
export function readOnlyServer(where: Where): RedisError {
  const message = `${client(where)} needs a server that takes writes, and ${where.address} is a read-only replica. Connect to the primary, or set allowReadOnly to read only.`;
  return failure('SLIPWAY_REDIS_READ_ONLY', where, message);
}

/** A server that its sentinels, or the other servers of its cluster, name as the primary, and that is none. */
export function notYetPrimary(where: Where): RedisError {
  const message = `${client(where)} needs the primary of ${where.address}, and the server named as that is a replica: a failover is under way. The client goes on looking for it.`;
  return failure('SLIPWAY_REDIS_NO_PRIMARY', where, message);
}

/** A sentinel that watches no primary of that name. */
export function unknownPrimary(where: Where, master: string): RedisError {
  const message = `${client(where)} asked the sentinel ${where.address} for the primary "${master}", which it does not know. Check the name against the sentinel's own settings (sentinel monitor).`;
  return failure('SLIPWAY_REDIS_NO_PRIMARY', where, message);
}

/**
 * No sentinel could tell where the primary is. One that knows of none tells more than others that are away; else they
 * often have one reason in common, which is the code then.
 */
export function noSentinel(where: Where, reasons: readonly RedisError[]): RedisError {
  const [first] = reasons;
  const shared = reasons.every(({ code }) => code === first?.code) ? first : undefined;
  const telling = reasons.find(({ code }) => code === 'SLIPWAY_REDIS_NO_PRIMARY') ?? shared;
  const message = `${client(where)} cannot find the primary of ${where.address}: none of its ${reasons.length} sentinels tells where it is. ${(telling ?? first)?.rawMessage ?? ''}`;
  return failure(telling?.code ?? 'SLIPWAY_REDIS_UNREACHABLE', where, message, {
    cause: telling ?? new AggregateError(reasons, 'No sentinel answered.'),
  });
}

/** A connection whose handshake got no answer in time. */
export function connectTimedOut(where: Where, timeoutMs: number): RedisError {
  return failure(
    'SLIPWAY_REDIS_TIMEOUT',
    where,
    `${client(where)} got no answer from ${where.address} within ${timeoutMs} ms of connecting. Check that the server is not frozen, that nothing swallows the packets${where.address.startsWith('rediss:') ? ', and that it speaks TLS on this port' : ''}.`,
  );
}
