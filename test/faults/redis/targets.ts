import { Redis } from 'ioredis';
import type { Subscription } from '../../../src/index.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';

/** A client under load: the least that a workload needs, and what only some have. */
export interface Target {
  readonly name: string;
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  incr(key: string): Promise<number>;
  readonly more?: {
    /** Adds one by WATCH, GET, MULTI, SET, EXEC. */
    readonly addOne: (key: string) => Promise<unknown>;
    /** Waits `seconds` for an item of a list that never has one. */
    readonly wait: (key: string, seconds: number) => Promise<unknown>;
    readonly publish: (channel: string, message: string) => Promise<number>;
    readonly subscribe: (channel: string) => Promise<Subscription>;
  };
}

export function slipwayTarget(redis: RedisClient): Target {
  return {
    name: 'slipway',
    get: (key) => redis.get(key),
    set: (key, value) => redis.set(key, value),
    incr: (key) => redis.incr(key),
    more: {
      addOne: (key) =>
        redis.transaction([key], async (tx) => {
          const value = Number(await tx.get(key));
          tx.multi().set(key, String(value + 1));
        }),
      wait: (key, seconds) => redis.blpop([key], seconds),
      publish: (channel, message) => redis.publish(channel, message),
      subscribe: (channel) => redis.subscribe(channel),
    },
  };
}

/**
 * ioredis as it comes, but that no timer outlives its disconnect() for long: that of disconnect() itself would be there
 * for 2 s, that of a server which loads for up to 10 s.
 */
export function openBareRedis(port: number): Redis {
  const bare = new Redis(port, '127.0.0.1', { disconnectTimeout: 10, maxLoadingRetryTime: 250 });
  bare.on('error', () => {}); // it would write them to the console
  return bare;
}

export function bareTarget(bare: Redis): Target {
  return {
    name: 'ioredis',
    get: (key) => bare.get(key),
    set: (key, value) => bare.set(key, value),
    incr: (key) => bare.incr(key),
  };
}
