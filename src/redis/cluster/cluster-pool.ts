import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisEndpoint } from '../endpoint.js';
import { stopped } from '../failures.js';
import { notPooled } from '../pool/failures.js';
import type { Lease } from '../pool/lease.js';
import type { LeaseSource } from '../pool/lease-source.js';
import { LinkPool } from '../pool/link-pool.js';
import { keyNeeded } from './failures.js';
import { sharedSlot } from './command-keys.js';
import type { Topology } from './topology.js';

const noOwnerPauseMs = 50;

/** A {@link LinkPool} for each master: a transaction, session or blocking call takes a connection to that of its keys. */
export class ClusterPool implements LeaseSource {
  readonly #topology: Topology;
  readonly #endpoint: RedisEndpoint;
  readonly #pools = new Map<string, LinkPool>();
  readonly #leaving = new Set<Promise<void>>();
  #run = new AbortController();

  constructor(topology: Topology) {
    this.#topology = topology;
    this.#endpoint = topology.endpoint;
    topology.onChange(() => this.#sync());
  }

  /** While the server of the keys is away it waits for whichever has the slot then, up to `expiresAt`. */
  async acquire(
    purpose: string,
    expiresAt: number,
    signal?: AbortSignal,
    keys: readonly string[] = [],
  ): Promise<Lease> {
    const slot = sharedSlot(this.#endpoint, purpose, keys);
    if (slot === undefined) throw keyNeeded(this.#endpoint, purpose);
    for (;;) {
      const run = this.#run.signal;
      if (run.aborted) throw run.reason;
      const name = this.#topology.map.owner(slot);
      const pool = name === undefined ? undefined : this.#poolOf(name);
      if (name === undefined || pool === undefined) {
        if (performance.now() + noOwnerPauseMs >= expiresAt) throw this.#noOwner(purpose);
        await sleep(noOwnerPauseMs);
        signal?.throwIfAborted();
        continue;
      }
      const left = this.#topology.leaving(name);
      const end = new AbortController();
      const abort = (): void => end.abort(signal?.reason ?? left.reason);
      for (const one of [left, signal]) one?.addEventListener('abort', abort);
      try {
        signal?.throwIfAborted();
        const lease = await pool.acquire(purpose, expiresAt, end.signal);
        lease.confine(slot, keys[0] ?? '');
        return lease;
      } catch (error) {
        // Its server is no master any more: on to the one that is.
        if (!left.aborted || run.aborted || signal?.aborted === true) throw error;
      } finally {
        for (const one of [left, signal]) one?.removeEventListener('abort', abort);
      }
    }
  }

  restart(): void {
    if (this.#run.signal.aborted) this.#run = new AbortController();
  }

  async stop(): Promise<void> {
    this.#run.abort(stopped(this.#endpoint));
    for (const name of this.#pools.keys()) this.#remove(name);
    await Promise.all(this.#leaving);
  }

  #poolOf(name: string): LinkPool | undefined {
    const known = this.#pools.get(name);
    const address = this.#topology.map.masters.get(name);
    if (known !== undefined || address === undefined) return known;
    const endpoint = this.#topology.node(name, address);
    const pool = new LinkPool(endpoint, { size: endpoint.poolSize });
    this.#pools.set(name, pool);
    return pool;
  }

  #sync(): void {
    const { masters } = this.#topology.map;
    for (const name of this.#pools.keys()) if (!masters.has(name)) this.#remove(name);
  }

  #remove(name: string): void {
    const pool = this.#pools.get(name);
    this.#pools.delete(name);
    if (pool === undefined) return;
    const leaving: Promise<void> = pool.stop().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  #noOwner(purpose: string): Error {
    return notPooled(this.#endpoint, purpose, this.#endpoint.deadlineMs, undefined);
  }
}
