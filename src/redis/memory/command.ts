import type { Keyspace } from './keyspace.js';
import type { MemoryConnection } from './memory-connection.js';
import type { MemoryRedisServer } from './memory-redis-server.js';
import { ErrorReply, notAnInteger, type Reply } from './replies.js';

/** One call of a command. */
export interface Call {
  readonly server: MemoryRedisServer;
  readonly connection: MemoryConnection;
  /** The connection's selected database. */
  readonly db: Keyspace;
  /** Without the command's name. */
  readonly args: readonly Buffer[];
}

/** A command of the server: an entry in the table of its family. */
export interface Command {
  /** How many words it has, its name included; negative: at least that many. */
  readonly arity: number;
  /** Its reply; undefined if it wrote its replies itself. */
  readonly run: (call: Call) => Reply | undefined;
  /** Runs within MULTI where others are queued. */
  readonly immediate?: true;
  /** May change keys: refused by a read-only replica. */
  readonly write?: true;
  /** A write that takes no memory: carried out also where there is none left. */
  readonly frees?: true;
  /** Refused as a write is where the server cannot persist. */
  readonly needsDisk?: true;
  /** Answered while a script keeps the server busy. */
  readonly whileBusy?: true;
  /** Answered while the server loads its data. */
  readonly whileLoading?: true;
  /** Answered before the client has given its password. */
  readonly withoutAuth?: true;
  /** Allowed on a RESP2 connection that has subscriptions. */
  readonly whileSubscribed?: true;
}

export type CommandTable = Readonly<Record<string, Command>>;

/** Thrown by a command to answer with an error from any depth. */
export class CommandError extends Error {
  readonly reply: ErrorReply;

  constructor(reply: ErrorReply | string) {
    const error = typeof reply === 'string' ? new ErrorReply(reply) : reply;
    super(error.text);
    this.reply = error;
  }
}

/** The argument at `index` as the byte string that keys and channels are. */
export function keyAt(call: Call, index: number): string {
  return bytesAt(call, index).toString('latin1');
}

/** The argument at `index`; the arity has made sure that it is there. */
export function bytesAt({ args }: Call, index: number): Buffer {
  return args[index] ?? Buffer.alloc(0);
}

/** Does a server hold it? Its integers have 64 bits. */
export function isInteger64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/** @throws CommandError unless it is a decimal integer of 64 bits. */
export function bigIntegerOf(bytes: Buffer, otherwise: ErrorReply | string = notAnInteger): bigint {
  const text = bytes.toString('latin1');
  if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) throw new CommandError(otherwise);
  const value = BigInt(text);
  if (!isInteger64(value)) throw new CommandError(otherwise);
  return value;
}

/**
 * For what counts or lasts: beyond 2^53 it is rounded.
 * @throws CommandError unless it is a decimal integer of 64 bits.
 */
export function integerOf(bytes: Buffer, otherwise: ErrorReply | string = notAnInteger): number {
  return Number(bigIntegerOf(bytes, otherwise));
}

/** Milliseconds since the epoch that a server can hold; no more than that is asked of a time to live. */
export function isTime(ms: number): boolean {
  return Math.abs(ms) < 2 ** 63;
}

/** @throws CommandError unless it is a number as the server reads one. */
export function doubleOf(bytes: Buffer, otherwise = 'ERR value is not a valid float'): number {
  const text = bytes.toString('latin1');
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity;
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  throw new CommandError(otherwise);
}

/** The argument as an option's name, in upper case. */
export function optionOf(bytes: Buffer): string {
  return bytes.toString('latin1').toUpperCase();
}
