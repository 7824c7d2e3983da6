/** Hashes: a key with fields, each with a value. */
export interface RedisHashCommands {
  /** @returns how many fields are new; a field that was there has the new value too. */
  hset(key: string, field: string, value: string): Promise<number>;
  hset(key: string, fields: Readonly<Record<string, string>> | ReadonlyMap<string, string>): Promise<number>;
  hget(key: string, field: string): Promise<string | null>;
  /** The values in the order of the fields, `null` for a field that is missing. */
  hmget(key: string, ...fields: string[]): Promise<(string | null)[]>;
  /** All fields; empty if there is no such key. */
  hgetall(key: string): Promise<Record<string, string>>;
  hkeys(key: string): Promise<string[]>;
  /** How many fields there are. */
  hlen(key: string): Promise<number>;
  hexists(key: string, field: string): Promise<boolean>;
  /** @returns how many of the fields were there. */
  hdel(key: string, ...fields: string[]): Promise<number>;
  /** Adds a whole number to a field, 0 where it is missing. @returns the sum. */
  hincrby(key: string, field: string, amount: number): Promise<number>;
}

export const redisHashCommands = [
  'hset',
  'hget',
  'hmget',
  'hgetall',
  'hkeys',
  'hlen',
  'hexists',
  'hdel',
  'hincrby',
] as const satisfies readonly (keyof RedisHashCommands)[];
