import type { ErrorCode } from '../errors/codes.js';
import { RedisError } from '../errors/redis-error.js';

// The first word of an error reply is its kind; those without a kind of their own say ERR and are told by their text.
const codesByText: readonly (readonly [RegExp, ErrorCode])[] = [
  [
    /^WRONGPASS |^ERR invalid password|^ERR AUTH .*called without any password/,
    'SLIPWAY_REDIS_WRONG_PASSWORD',
  ],
  [/^NOAUTH /, 'SLIPWAY_REDIS_NO_AUTH'],
  [/^NOPERM /, 'SLIPWAY_REDIS_NO_PERMISSION'],
  [/^LOADING /, 'SLIPWAY_REDIS_LOADING'],
  // UNBLOCKED: a BLPOP under way when the server became a replica.
  [/^READONLY |^UNBLOCKED .*master -> replica/, 'SLIPWAY_REDIS_READ_ONLY'],
  [/^OOM /, 'SLIPWAY_REDIS_OUT_OF_MEMORY'],
  [/^NOREPLICAS /, 'SLIPWAY_REDIS_NO_REPLICAS'],
  [/^MISCONF /, 'SLIPWAY_REDIS_NOT_PERSISTING'],
  [/^BUSY /, 'SLIPWAY_REDIS_BUSY'],
  [/^NOSCRIPT /, 'SLIPWAY_REDIS_NO_SCRIPT'],
  [/^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN) /, 'SLIPWAY_REDIS_MOVED'],
  [/^CROSSSLOT /, 'SLIPWAY_REDIS_CROSS_SLOT'],
  [/^ERR This instance has cluster support disabled/, 'SLIPWAY_REDIS_NO_CLUSTER'],
  [/^ERR (DB index is out of range|invalid DB index)/, 'SLIPWAY_REDIS_DB_OUT_OF_RANGE'],
  [/^ERR max number of clients/, 'SLIPWAY_REDIS_MAX_CLIENTS'],
];

const adviceByCode: Partial<Record<ErrorCode, string>> = {
  SLIPWAY_REDIS_WRONG_PASSWORD: 'Check the user and password of the Redis URL.',
  SLIPWAY_REDIS_NO_AUTH: 'Give the password in the Redis URL or REDIS_PASSWORD.',
  SLIPWAY_REDIS_NO_PERMISSION: "Extend the user's access list on the server.",
  SLIPWAY_REDIS_LOADING: 'Wait until the server has loaded its data.',
  SLIPWAY_REDIS_READ_ONLY: 'Connect to the primary.',
  SLIPWAY_REDIS_OUT_OF_MEMORY: 'Delete keys, give them a time to live, or raise maxmemory on the server.',
  SLIPWAY_REDIS_NO_REPLICAS:
    'Wait until the replicas are back, or lower min-replicas-to-write on the server.',
  SLIPWAY_REDIS_NOT_PERSISTING: "See the server's log and its disk.",
  SLIPWAY_REDIS_BUSY: 'Wait until the script is over, or end it with SCRIPT KILL.',
  SLIPWAY_REDIS_NO_SCRIPT: 'Register the script first, on this client.',
  SLIPWAY_REDIS_MOVED: 'Write the address of a cluster with redis-cluster://.',
  SLIPWAY_REDIS_CROSS_SLOT: 'Give keys that are used together one hash tag.',
  SLIPWAY_REDIS_NO_CLUSTER: 'Write the address of a single server with redis://.',
  SLIPWAY_REDIS_DB_OUT_OF_RANGE: 'Choose a database the server has.',
  SLIPWAY_REDIS_MAX_CLIENTS: 'Close unused connections or raise maxclients on the server.',
};

/** Is this an error that the server replied, in contrast to one of the connection? */
export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** Did the server not know the script, so that nothing was run? */
export function isNoScript(error: unknown): boolean {
  return error instanceof RedisError && error.code === 'SLIPWAY_REDIS_NO_SCRIPT';
}

/** The code for the text of an error reply. */
export function replyErrorCode(text: string): ErrorCode {
  return codesByText.find(([pattern]) => pattern.test(text))?.[1] ?? 'SLIPWAY_REDIS_COMMAND';
}

/** What to do about a reply error, as the end of a message. */
export function replyErrorAdvice(code: ErrorCode): string {
  return adviceByCode[code] ?? 'See the command and its arguments.';
}

/** `error` fit to be a cause: ioredis hangs the command's arguments on it, AUTH's password and values among them. */
export function withoutArguments(error: Error): Error {
  Reflect.deleteProperty(error, 'command');
  return error;
}

/** Does `error` have these words of the server as its cause? */
function wasRefusedWith(error: unknown, words: RegExp): boolean {
  const { cause } = error as Error;
  return isReplyError(cause) && words.test(cause.message);
}

export function isNoSuchKey(error: unknown): boolean {
  return wasRefusedWith(error, /^ERR no such key/);
}

/** A stream or its group is gone. */
export function isNoGroup(error: unknown): boolean {
  return wasRefusedWith(error, /^(?:NOGROUP |UNBLOCKED the stream key)/) || isNoSuchKey(error);
}

export function isGroupThere(error: unknown): boolean {
  return wasRefusedWith(error, /^BUSYGROUP /);
}
