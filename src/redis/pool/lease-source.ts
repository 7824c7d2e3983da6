import type { Lease } from './lease.js';

/** Where leases come from: the pool of one server, or those of a cluster's. */
export interface LeaseSource {
  /** @param keys what it will be used for: in a cluster they choose the server. */
  acquire(purpose: string, expiresAt: number, signal?: AbortSignal, keys?: readonly string[]): Promise<Lease>;
  restart(): void;
  stop(): Promise<void>;
}
