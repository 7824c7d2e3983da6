import type { RedisError } from '../../errors/redis-error.js';
import { Connection } from '../connection.js';
import type { HeartbeatOptions } from '../heartbeat.js';
import type { Link } from '../link.js';
import type { Topology } from './topology.js';

export interface ClusterNodesOptions {
  readonly name: string;
  readonly heartbeat: HeartbeatOptions;
  readonly onState: () => void;
  readonly onLink: () => void;
  readonly onLinkLost: () => void;
  /** A server is no master any more. */
  readonly onLeft: (name: string) => void;
}

/** A {@link Connection} to each master of a cluster. */
export class ClusterNodes {
  readonly #topology: Topology;
  readonly #options: ClusterNodesOptions;
  readonly #nodes = new Map<string, Connection>();
  readonly #leaving = new Set<Promise<void>>();
  /** Of connections that are closed. */
  #pastReconnects = 0;
  #turn = 0;

  constructor(topology: Topology, options: ClusterNodesOptions) {
    this.#topology = topology;
    this.#options = options;
  }

  get(name: string | undefined): Connection | undefined {
    return name === undefined ? undefined : this.#nodes.get(name);
  }

  /** One that takes commands now, another each time. */
  get any(): Connection | undefined {
    const ready = [...this.#nodes.values()].filter(({ link }: { link: Link | undefined }) => link?.writable);
    return ready[this.#turn++ % Math.max(1, ready.length)];
  }

  /** How many masters of the map are connected to. */
  get ready(): number {
    return [...this.#topology.map.masters.keys()].filter((name) => this.get(name)?.state === 'ready').length;
  }

  get reconnects(): number {
    return [...this.#nodes.values()].reduce((sum, node) => sum + node.reconnects, this.#pastReconnects);
  }

  /** Why one of them is away. */
  get lastError(): RedisError | undefined {
    return [...this.#nodes.values()].find(({ state }) => state !== 'ready')?.lastError;
  }

  /** One attempt each. @returns the first failure. */
  async start(): Promise<RedisError | undefined> {
    const outcomes = await Promise.allSettled([...this.#nodes.values()].map((node) => node.start()));
    return outcomes.find((outcome) => outcome.status === 'rejected')?.reason as RedisError | undefined;
  }

  /** Brings the connections in line with the map. @param start the new ones, with as many attempts as it takes. */
  sync(start: boolean): void {
    const { masters } = this.#topology.map;
    for (const name of this.#nodes.keys()) if (!masters.has(name)) this.#remove(name);
    for (const [name, address] of masters) {
      if (this.#nodes.has(name)) continue;
      const { name: client, heartbeat, onLink, onLinkLost, onState } = this.#options;
      const endpoint = this.#topology.node(name, address);
      const node = new Connection(endpoint, { name: client, heartbeat, onLink, onLinkLost, onState });
      this.#nodes.set(name, node);
      // It rejects only if it is stopped.
      if (start) node.startPatiently().catch(() => {});
    }
  }

  async close(): Promise<void> {
    for (const name of this.#nodes.keys()) this.#remove(name);
    await Promise.all(this.#leaving);
  }

  /** Counts anew. */
  reset(): void {
    this.#pastReconnects = 0;
  }

  #remove(name: string): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    this.#nodes.delete(name);
    this.#pastReconnects += node.reconnects;
    this.#options.onLeft(name);
    const leaving: Promise<void> = node.stop().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }
}
