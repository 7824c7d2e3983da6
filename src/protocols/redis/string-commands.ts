/** How {@link RedisStringCommands.set} stores. */
export interface SetOptions {
  /** Whole seconds, at least 1; without it the key does not expire. */
  readonly ttlSeconds?: number;
  /** Leaves the time to live of a present key as it is. Not together with `ttlSeconds`. */
  readonly keepTtl?: boolean;
}

/** Strings and counters. */
export interface RedisStringCommands {
  get(key: string): Promise<string | null>;
  /** Replaces whatever the key holds, its time to live included. */
  set(key: string, value: string, options?: SetOptions): Promise<boolean>;
  /** @param ttlSeconds whole seconds, at least 1. */
  setex(key: string, ttlSeconds: number, value: string): Promise<boolean>;
  /**
   * SET NX EX. `true` if this call set the key, `false` if it was there. Where the reply is lost it rejects with
   * `maybeApplied: true`: a first-time key is never called a duplicate.
   * @param ttlSeconds whole seconds, at least 1; without it the key does not expire.
   */
  setIfNotExists(key: string, value: string, ttlSeconds?: number): Promise<boolean>;
  /** The values in the order of the keys, `null` for a key that is missing or holds no string. */
  mget(...keys: string[]): Promise<(string | null)[]>;
  /** Sets all keys at once; they do not expire. */
  mset(values: Readonly<Record<string, string>> | ReadonlyMap<string, string>): Promise<boolean>;
  /** The value and the end of its key, in one step. */
  getdel(key: string): Promise<string | null>;
  /**
   * Adds 1 to the number a key holds, 0 where it is missing. The time to live stays.
   * @returns the sum. Beyond 2^53 it rejects, the addition done: JavaScript cannot hold it exactly.
   */
  incr(key: string): Promise<number>;
  /** {@link incr} by a whole number. */
  incrby(key: string, amount: number): Promise<number>;
  decr(key: string): Promise<number>;
  decrby(key: string, amount: number): Promise<number>;
}

export const redisStringCommands = [
  'get',
  'set',
  'setex',
  'setIfNotExists',
  'mget',
  'mset',
  'getdel',
  'incr',
  'incrby',
  'decr',
  'decrby',
] as const satisfies readonly (keyof RedisStringCommands)[];
