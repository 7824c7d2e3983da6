import type { RedisCommands } from './commands.js';
import type { RedisScript, RedisScriptCommands } from './script-commands.js';

/** The commands that only read: a transaction runs these at once. */
export const redisReads = [
  'get',
  'mget',
  'exists',
  'ttl',
  'scard',
  'smembers',
  'sismember',
  'zrange',
  'zrangebyscore',
  'zcard',
  'zscore',
  'hget',
  'hmget',
  'hgetall',
  'hkeys',
  'hlen',
  'hexists',
  'lrange',
  'llen',
] as const satisfies readonly (keyof RedisCommands)[];

/** Reads on the transaction's own connection, each with its result. */
export type TransactionReads = Pick<RedisCommands, (typeof redisReads)[number]>;

type QueuedCommand = Exclude<keyof RedisCommands, keyof RedisScriptCommands>;

/** The signatures of a command, of which some have two or three: each one's arguments and result. */
type Signatures<Command> = Command extends {
  (...args: infer A): Promise<infer X>;
  (...args: infer B): Promise<infer Y>;
  (...args: infer C): Promise<infer Z>;
}
  ? [[A, X], [B, Y], [C, Z]]
  : Command extends { (...args: infer A): Promise<infer X>; (...args: infer B): Promise<infer Y> }
    ? [[A, X], [B, Y]]
    : Command extends (...args: infer A) => Promise<infer X>
      ? [[A, X]]
      : never;

/** A signature that queues: the result joins those of the chain. */
type Queueing<Signature, Replies extends readonly unknown[], Runs extends boolean> = Signature extends [
  infer Args extends unknown[],
  infer Reply,
]
  ? (...args: Args) => Chain<[...Replies, Reply], Runs>
  : unknown;

/** {@link Queueing} of every signature, at once: that is how the compiler knows an overloaded function. */
type QueueingAll<All, Replies extends readonly unknown[], Runs extends boolean> = All extends [
  infer First,
  ...infer Rest,
]
  ? Queueing<First, Replies, Runs> & QueueingAll<Rest, Replies, Runs>
  : unknown;

interface QueueingScripts<Replies extends readonly unknown[], Runs extends boolean> {
  /** Queues a script with its source, which the server may have forgotten. */
  runScript<Reply>(
    script: RedisScript<Reply>,
    keys: readonly string[],
    args: readonly string[],
  ): Chain<[...Replies, Reply], Runs>;
}

type Chain<Replies extends readonly unknown[], Runs extends boolean> = Runs extends true
  ? PipelineQueue<Replies>
  : TransactionQueue<Replies>;

/**
 * Commands that EXEC carries out together. Each call adds one and gives the queue back, so there is nothing to await: a
 * result exists only after EXEC. `Replies` are the results of the commands of the chain, in their order.
 */
export type TransactionQueue<Replies extends readonly unknown[] = []> = {
  readonly [Name in QueuedCommand]: QueueingAll<Signatures<RedisCommands[Name]>, Replies, false>;
} & QueueingScripts<Replies, false>;

/** {@link TransactionQueue} of a {@link TransactionPipeline}, which sends it itself. */
export type PipelineQueue<Replies extends readonly unknown[] = []> = {
  readonly [Name in QueuedCommand]: QueueingAll<Signatures<RedisCommands[Name]>, Replies, true>;
} & QueueingScripts<Replies, true> & {
    /** {@link TransactionPipeline.execute}, with the types of the chain. */
    execute(): Promise<Replies>;
  };

/** What a transaction's function is given. After its end each of them rejects or throws. */
export interface RedisTransaction extends TransactionReads {
  /** What is to be written, if no watched key has changed by then. The same queue each time. */
  multi(): TransactionQueue;
}

/** What `transaction()` resolves to: the replies if its function returned the queue, else what it returned. */
export type TransactionResult<T> = T extends TransactionQueue<infer Replies> ? Replies : T;

export interface TransactionOptions {
  /** How often it is tried again when another client changed a watched key. Default 32; 0: never. */
  readonly retries?: number;
}

/** A transaction step by step, as the original's pipeline: reads, then `multi()`, commands without await, `execute()`. */
export interface TransactionPipeline extends TransactionReads, AsyncDisposable {
  /** Its commands are queued, and sent by `execute()`. The same queue each time. */
  multi(): PipelineQueue;
  /**
   * Sends the queue in one write and ends the pipeline.
   * @returns the results in the order of the commands.
   * @throws RedisError SLIPWAY_REDIS_CONFLICT if a watched key changed or the connection was lost before: nothing was
   * applied. With `maybeApplied: true` if the connection was lost, or the deadline passed, after it was sent.
   */
  execute(): Promise<unknown[]>;
  /** Ends it without sending anything. Idempotent. */
  close(): Promise<void>;
}
