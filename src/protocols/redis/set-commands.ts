/** Sets of strings. */
export interface RedisSetCommands {
  /** @returns how many of the members are new. */
  sadd(key: string, ...members: string[]): Promise<number>;
  /** @returns how many of the members were there. */
  srem(key: string, ...members: string[]): Promise<number>;
  /** Takes a member out by chance; `null` if the set is empty. */
  spop(key: string): Promise<string | null>;
  /** How many members the set has. */
  scard(key: string): Promise<number>;
  smembers(key: string): Promise<Set<string>>;
  sismember(key: string, member: string): Promise<boolean>;
}

export const redisSetCommands = [
  'sadd',
  'srem',
  'spop',
  'scard',
  'smembers',
  'sismember',
] as const satisfies readonly (keyof RedisSetCommands)[];
