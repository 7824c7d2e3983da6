/** Keys of any type, and their time to live. */
export interface RedisKeyCommands {
  /** @returns how many keys were deleted: 0 or 1. */
  deleteKey(key: string): Promise<number>;
  /** Deletes several keys. @returns how many there were. */
  delete(...keys: string[]): Promise<number>;
  /** @returns how many of the keys are there; a key named twice counts twice. */
  exists(...keys: string[]): Promise<number>;
  /**
   * Gives a key a new time to live.
   * @param ttlSeconds whole seconds, at least 1.
   * @returns `false` if there is no such key.
   */
  expire(key: string, ttlSeconds: number): Promise<boolean>;
  /** Seconds left; -1: the key does not expire, -2: there is none. */
  ttl(key: string): Promise<number>;
  /** Takes the time to live away. @returns `false` if there is no such key, or it had none. */
  persist(key: string): Promise<boolean>;
}

export const redisKeyCommands = [
  'deleteKey',
  'delete',
  'exists',
  'expire',
  'ttl',
  'persist',
] as const satisfies readonly (keyof RedisKeyCommands)[];
