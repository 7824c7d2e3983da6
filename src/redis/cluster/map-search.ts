import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../errors/describe.js';
import type { RedisError } from '../../errors/redis-error.js';
import { pauseMs } from '../pause.js';
import type { Topology } from './topology.js';

/** Searches that follow each other faster count as one that goes on: a cluster at odds with itself is not hammered. */
const restMs = 1000;

export interface MapSearchOptions {
  /** Are all servers of the map there? */
  readonly isWhole: () => boolean;
  /** A map has come, or an attempt has failed. */
  readonly onTurn: () => void;
}

/** Asks for the map of a cluster until all its servers are there. */
export class MapSearch {
  readonly #topology: Topology;
  readonly #options: MapSearchOptions;
  #lastError: RedisError | undefined;
  #searching: Promise<void> | undefined;
  #turn = 0;
  #endedAt = -Infinity;

  constructor(topology: Topology, options: MapSearchOptions) {
    this.#topology = topology;
    this.#options = options;
  }

  /** Why the last attempt failed. */
  get lastError(): RedisError | undefined {
    return this.#lastError;
  }

  /** Resolves when no search is under way; its signal ends one. */
  async ended(): Promise<void> {
    await this.#searching;
  }

  /** Asks once at least, unless it is being done. */
  begin(signal: AbortSignal): void {
    if (signal.aborted || this.#searching !== undefined) return;
    if (performance.now() - this.#endedAt > restMs) this.#turn = 0;
    this.#searching = this.#search(signal).finally(() => {
      this.#searching = undefined;
      this.#endedAt = performance.now();
      // What was lost between the last look and now asks for another.
      if (!this.#options.isWhole()) this.begin(signal);
    });
  }

  async #search(signal: AbortSignal): Promise<void> {
    do {
      try {
        await sleep(pauseMs(this.#turn), undefined, { signal });
        this.#turn += 1;
        await this.#topology.refresh(signal);
        this.#lastError = undefined;
      } catch (error) {
        if (signal.aborted) return;
        this.#failed(error as RedisError);
      }
      this.#options.onTurn();
    } while (!this.#options.isWhole());
  }

  #failed(error: RedisError): void {
    const { clientId, address, logger } = this.#topology.endpoint;
    const first = this.#lastError?.code !== error.code;
    this.#lastError = error;
    const context = { clientId, address, error: describeError(error) };
    logger[first ? 'warn' : 'debug']('Redis cluster gave no map of its slots', context);
  }
}
