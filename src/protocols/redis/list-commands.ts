/** Lists. Their blocking form, `blpop`, is the client's alone: it needs a connection of its own. */
export interface RedisListCommands {
  /** Adds values at the end. @returns the length of the list. */
  rpush(key: string, ...values: string[]): Promise<number>;
  /** Adds values at the beginning, one after the other: the last one given comes to stand first. */
  lpush(key: string, ...values: string[]): Promise<number>;
  /** Takes the first; `null` if the list is empty. */
  lpop(key: string): Promise<string | null>;
  /** Takes the last; `null` if the list is empty. */
  rpop(key: string): Promise<string | null>;
  /** Items from `start` to `stop`, both included; negative places count from the end, -1 being the last. */
  lrange(key: string, start: number, stop: number): Promise<string[]>;
  llen(key: string): Promise<number>;
}

export const redisListCommands = [
  'rpush',
  'lpush',
  'lpop',
  'rpop',
  'lrange',
  'llen',
] as const satisfies readonly (keyof RedisListCommands)[];
