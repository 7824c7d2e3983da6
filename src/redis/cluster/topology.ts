import { setMaxListeners } from 'node:events';
import type { RedisError } from '../../errors/redis-error.js';
import { askOnce, firstAnswer, rotated } from '../ask.js';
import { connectFailed } from '../connect-failures.js';
import { dialNetwork, answersTls, greeting } from '../dial.js';
import type { CommonEndpoint, RedisEndpoint, RedisStream } from '../endpoint.js';
import type { Link } from '../link.js';
import { movingEndpoint } from '../moving-endpoint.js';
import { networkEndpoint } from '../network-endpoint.js';
import { patientSignal } from '../patient-timeout.js';
import type { NetworkTarget } from '../redis-url.js';
import type { TlsOptions } from '../tls-options.js';
import { type ClusterTarget, type NodeAddress, shownNode } from '../topology-url.js';
import { leftCluster, noCluster, noOwner } from './failures.js';
import type { Redirect } from './redirect.js';
import { SlotMap, clusterSlots } from './slot-map.js';

const dialTimeoutMs = 500;
const askTimeoutMs = 2000;

/** What is known of a cluster, for all connections of one client. */
export class Topology {
  readonly endpoint: RedisEndpoint;
  readonly #common: CommonEndpoint;
  readonly #target: ClusterTarget;
  readonly #certificates: TlsOptions | undefined;
  readonly #endpoints = new Map<string, RedisEndpoint>();
  readonly #leaving = new Map<string, AbortController>();
  readonly #listeners = new Set<() => void>();
  #map = new SlotMap([], new Map());
  #turn = 0;
  #dialled: NetworkTarget | undefined;
  /** Which server is behind a connection. */
  readonly #servers = new WeakMap<RedisStream, NodeAddress>();
  #askedAt = 0;
  #refreshing: Promise<void> | undefined;
  /** Called where a server refused a command because its slot is elsewhere. */
  onMoved: () => void = () => {};

  constructor(common: CommonEndpoint, target: ClusterTarget, certificates: TlsOptions | undefined) {
    this.#common = common;
    this.#target = target;
    this.#certificates = certificates;
    const { username, password } = target;
    this.endpoint = {
      ...common,
      db: 0,
      username,
      password,
      cluster: this,
      dial: (signal) => this.#dialAny(signal),
      greeting: async (signal) => (this.#dialled === undefined ? '' : greeting(this.#dialled, signal)),
      answersTls: async (signal) => this.#dialled !== undefined && answersTls(this.#dialled, signal),
      memory: undefined,
    };
  }

  get map(): SlotMap {
    return this.#map;
  }

  /** When the present map was asked for. Milliseconds since the epoch. */
  get askedAt(): number {
    return this.#askedAt;
  }

  /** Calls `listener` after each change of the map, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How one server is connected to. */
  node(name: string, address: NodeAddress): RedisEndpoint {
    let endpoint = this.#endpoints.get(name);
    if (endpoint === undefined) {
      const target = this.#network(address);
      endpoint = {
        ...networkEndpoint({ ...this.#common, address: target.address }, target),
        dial: async (signal) => {
          const stream = await dialNetwork(target, signal);
          this.#servers.set(stream, address);
          return stream;
        },
        onMoved: () => this.onMoved(),
      };
      this.#endpoints.set(name, endpoint);
    }
    return endpoint;
  }

  /** How the master that has a slot is connected to, whichever that is at the time. */
  owner(slot: number): RedisEndpoint {
    const { username, password } = this.#target;
    return movingEndpoint(this.#common, {
      db: 0,
      username,
      password,
      locate: () => {
        const address = this.#map.masters.get(this.#map.owner(slot) ?? '');
        if (address !== undefined) return this.#network(address);
        this.onMoved();
        throw noOwner(this.endpoint, slot);
      },
      onDialled: (stream, target) => this.#servers.set(stream, target),
    });
  }

  /** Ends a link when its server, which is a master now, is none any more. */
  endWithServer(link: Link): void {
    const address = this.#servers.get(link.stream);
    const name = address === undefined ? '' : shownNode(address);
    if (!this.#map.masters.has(name)) return;
    const left = this.leaving(name);
    const end = (): void => link.destroy(leftCluster(this.endpoint, name));
    left.addEventListener('abort', end);
    void link.closed.then(() => left.removeEventListener('abort', end));
  }

  /** The host behind a link, for a server that does not name its own; empty for one that is not known. */
  hostOf(link: Link): string {
    return this.#servers.get(link.stream)?.host ?? '';
  }

  /** Aborts when a server is no master of the cluster any more. */
  leaving(name: string): AbortSignal {
    let controller = this.#leaving.get(name);
    if (controller === undefined) {
      controller = new AbortController();
      // As many wait for it as there are callers.
      setMaxListeners(0, controller.signal);
      this.#leaving.set(name, controller);
    }
    return controller.signal;
  }

  /** A server said that a slot is at `address`; -1 for a server that has none yet. */
  learn(slot: number, address: NodeAddress): void {
    const { masters } = this.#map;
    if (slot < 0 ? masters.has(shownNode(address)) : this.#map.owner(slot) === shownNode(address)) return;
    this.#adopt(this.#map.with(slot, address));
  }

  /** Takes note of what a server said, and has the map asked for anew. */
  heed(redirect: Redirect): void {
    if (redirect.kind === 'moved') this.learn(redirect.slot, redirect.address);
    // A server that slots are moved to need not be in the map yet.
    else if (redirect.kind === 'ask') this.learn(-1, redirect.address);
    this.onMoved();
  }

  /**
   * Asks one of the servers for the map; concurrent calls share one question.
   * @throws RedisError with the reason why there was no answer.
   */
  refresh(signal: AbortSignal): Promise<void> {
    this.#refreshing ??= this.#refresh(signal).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    const { clientId, deadlineMs } = this.endpoint;
    const timeoutMs = Math.min(askTimeoutMs, deadlineMs);
    const askedAt = Date.now();
    try {
      const map = await firstAnswer(this.#nodes(), signal, async ({ host, port }, asking) => {
        const target = this.#network({ host, port });
        const endpoint = networkEndpoint({ ...this.#common, address: target.address }, target);
        const name = `${clientId}:cluster`;
        const slots = await askOnce(endpoint, clusterSlots(host), { name, timeoutMs, signal: asking });
        if (slots.masters.size === 0) throw noCluster(this.endpoint);
        return slots;
      });
      this.#askedAt = askedAt;
      this.#adopt(map);
    } catch (error) {
      if (!(error instanceof AggregateError)) throw error;
      const reasons = error.errors as readonly RedisError[];
      // One that will not pass tells more than servers that are away.
      throw reasons.find(({ retryable }) => !retryable) ?? reasons[0] ?? error;
    }
  }

  #adopt(map: SlotMap): void {
    const before = this.#map;
    this.#map = map;
    for (const name of before.masters.keys()) {
      if (map.masters.has(name)) continue;
      this.#leaving.get(name)?.abort();
      this.#leaving.delete(name);
      this.#endpoints.delete(name);
    }
    for (const listener of this.#listeners) listener();
  }

  /** All that are known, in the order in which they are to be tried this time. */
  #nodes(): readonly NodeAddress[] {
    const known = [...this.#map.masters.values(), ...this.#target.nodes];
    return rotated(
      [...new Map(known.map((address) => [shownNode(address), address])).values()],
      this.#turn++,
    );
  }

  async #dialAny(signal: AbortSignal): Promise<RedisStream> {
    let reason: unknown;
    for (const address of this.#nodes()) {
      const target = this.#network(address);
      const { limit, end } = patientSignal(signal, dialTimeoutMs);
      try {
        const stream = await dialNetwork(target, limit);
        this.#dialled = target;
        this.#servers.set(stream, address);
        return stream;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        reason ??= error;
      } finally {
        end();
      }
    }
    throw connectFailed(this.endpoint, reason) satisfies RedisError;
  }

  #network({ host, port }: NodeAddress): NetworkTarget {
    const { tls, username, password } = this.#target;
    return {
      kind: 'network',
      host,
      port,
      tls,
      db: 0,
      username,
      password,
      address: `redis${tls ? 's' : ''}://${shownNode({ host, port })}`,
      ...(this.#certificates === undefined ? {} : { certificates: this.#certificates }),
    };
  }
}
