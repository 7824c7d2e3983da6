import type { RedisEndpoint } from './endpoint.js';
import { sharedTransaction } from './failures.js';
import { RedisCommandSet } from './redis-command-set.js';

/** The command set on a connection that all callers share: what would change its state for all of them is refused. */
export abstract class SharedCommandSet extends RedisCommandSet {
  readonly #where: RedisEndpoint;

  constructor(endpoint: RedisEndpoint) {
    super(endpoint);
    this.#where = endpoint;
  }

  /** @throws RedisError SLIPWAY_REDIS_SHARED_TRANSACTION, always: it belongs on a session. */
  watch(..._keys: string[]): Promise<never> {
    return Promise.reject(sharedTransaction(this.#where, 'watch'));
  }

  /** @throws RedisError SLIPWAY_REDIS_SHARED_TRANSACTION, always: it belongs on a session. */
  multi(): Promise<never> {
    return Promise.reject(sharedTransaction(this.#where, 'multi'));
  }

  /** @throws RedisError SLIPWAY_REDIS_SHARED_TRANSACTION, always: it belongs on a session. */
  exec(): Promise<never> {
    return Promise.reject(sharedTransaction(this.#where, 'exec'));
  }

  /** @throws RedisError SLIPWAY_REDIS_SHARED_TRANSACTION, always: it belongs on a session. */
  unwatch(): Promise<never> {
    return Promise.reject(sharedTransaction(this.#where, 'unwatch'));
  }
}
