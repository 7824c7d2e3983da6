import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisError } from '../../errors/redis-error.js';
import type { ComponentState } from '../../protocols/component.js';
import type { Connection } from '../connection.js';
import type { RedisEndpoint } from '../endpoint.js';
import { notStarted, stopped } from '../failures.js';
import type { HeartbeatOptions } from '../heartbeat.js';
import type { Link } from '../link.js';
import type { RedisCommand } from '../pending-command.js';
import { leftCluster } from './failures.js';
import { ClusterGate } from './cluster-gate.js';
import { ClusterNodes } from './cluster-nodes.js';
import { keysOf, sharedSlot } from './command-keys.js';
import { MapSearch } from './map-search.js';
import type { RoutedCommand } from './routed-command.js';
import type { Topology } from './topology.js';

/** Between two attempts to start while a server of the map is away. */
const startPauseMs = 100;

export interface ClusterCommandsOptions {
  readonly name: string;
  readonly heartbeat: HeartbeatOptions;
  readonly onState: () => void;
  /** Why calls are refused although the cluster itself would take them. */
  readonly refusal: () => RedisError | undefined;
}

/** The commands' way to a cluster: a {@link Connection} to each master, and a {@link ClusterGate} before them. */
export class ClusterCommands {
  readonly #topology: Topology;
  readonly #endpoint: RedisEndpoint;
  readonly #options: ClusterCommandsOptions;
  readonly #gate: ClusterGate;
  readonly #nodes: ClusterNodes;
  readonly #search: MapSearch;
  #phase: 'stopped' | 'starting' | 'started' | 'stopping' = 'stopped';
  #everStarted = false;
  #lastError: RedisError | undefined;
  #run = new AbortController();
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(topology: Topology, options: ClusterCommandsOptions) {
    this.#topology = topology;
    this.#endpoint = topology.endpoint;
    this.#options = options;
    this.#gate = new ClusterGate(topology.endpoint, {
      linkFor: (routed) => this.#nodeOf(routed)?.link,
      hostOf: (link) => topology.hostOf(link),
      lastErrorFor: (routed) => this.#nodeOf(routed)?.lastError ?? this.lastError,
      onRedirect: (redirect) => topology.heed(redirect),
    });
    this.#nodes = new ClusterNodes(topology, {
      ...options,
      onLink: () => this.#gate.flush(),
      onLinkLost: () => this.#seek(),
      onLeft: (name) => this.#gate.close(leftCluster(this.#endpoint, name), name),
    });
    this.#search = new MapSearch(topology, {
      isWhole: () => this.#phase !== 'started' || this.state === 'ready',
      onTurn: () => this.#gate.flush(),
    });
    topology.onChange(() => this.#sync());
    topology.onMoved = () => this.#seek();
  }

  /** `degraded` while some of the masters are away. */
  get state(): ComponentState {
    if (this.#phase !== 'started') return this.#phase;
    const { map } = this.#topology;
    const { ready } = this.#nodes;
    if (ready === 0) return 'unavailable';
    return ready === map.masters.size && map.complete ? 'ready' : 'degraded';
  }

  /** There is not one: each server has its own. */
  get link(): Link | undefined {
    return undefined;
  }

  get lastError(): RedisError | undefined {
    return this.#nodes.lastError ?? this.#search.lastError ?? this.#lastError;
  }

  get reconnects(): number {
    return this.#nodes.reconnects;
  }

  get refusal(): RedisError | undefined {
    const refusal = this.#phase === 'stopping' ? undefined : this.#options.refusal();
    if (refusal !== undefined) return refusal;
    if (this.#phase === 'stopping' || (this.#phase === 'stopped' && this.#everStarted))
      return stopped(this.#endpoint);
    return this.#phase === 'stopped' ? notStarted(this.#endpoint) : undefined;
  }

  /**
   * Resolves when every master has answered. A failover that is under way is waited for, up to the deadline.
   * @throws RedisError with the true cause; nothing goes on then.
   */
  start(): Promise<void> {
    if (this.#phase === 'started') return Promise.resolve();
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** Refuses new commands, waits for replies still due, closes. Never rejects; idempotent. */
  stop(): Promise<void> {
    if (this.#phase === 'stopped' && this.#starting === undefined) return Promise.resolve();
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  /** To the server of its keys; without keys to any, PING and SCRIPT to all. */
  async execute<T>(command: RedisCommand<T>): Promise<T> {
    const { refusal } = this;
    if (refusal !== undefined) throw refusal;
    if (command.name === 'ping' || command.name === 'script') return this.#everywhere(command);
    return this.#gate.execute(command, sharedSlot(this.#endpoint, command.name, keysOf(command)));
  }

  /** The masters, each as something that executes commands there and nowhere else. */
  shards(): readonly { readonly execute: <T>(command: RedisCommand<T>) => Promise<T> }[] {
    return [...this.#topology.map.masters.keys()].map((name) => ({
      execute: async <T>(command: RedisCommand<T>): Promise<T> => {
        const { refusal } = this;
        if (refusal !== undefined) throw refusal;
        if (!this.#topology.map.masters.has(name)) throw leftCluster(this.#endpoint, name);
        return this.#gate.execute(command, undefined, name);
      },
    }));
  }

  async #everywhere<T>(command: RedisCommand<T>): Promise<T> {
    const replies = await Promise.all(this.shards().map((shard) => shard.execute(command)));
    return replies[0] as T;
  }

  #nodeOf({ slot, pinned }: RoutedCommand): Connection | undefined {
    if (pinned !== undefined) return this.#nodes.get(pinned);
    return slot === undefined ? this.#nodes.any : this.#nodes.get(this.#topology.map.owner(slot));
  }

  async #start(): Promise<void> {
    if (this.#stopping !== undefined) await this.#stopping;
    this.#run = new AbortController();
    const { signal } = this.#run;
    this.#everStarted = true;
    this.#nodes.reset();
    this.#lastError = undefined;
    this.#enter('starting');
    const expiresAt = performance.now() + this.#endpoint.deadlineMs;
    try {
      for (;;) {
        await this.#topology.refresh(signal);
        this.#sync();
        const reason = await this.#nodes.start();
        signal.throwIfAborted();
        if (reason === undefined) break;
        if (!reason.retryable || performance.now() + startPauseMs >= expiresAt) throw reason;
        await sleep(startPauseMs, undefined, { signal });
      }
      this.#enter('started');
      this.#gate.flush();
      if (this.state !== 'ready') this.#seek();
    } catch (error) {
      const reason = (signal.aborted ? signal.reason : error) as RedisError;
      if (!signal.aborted) this.#lastError = reason;
      await this.#close(reason);
      if (!signal.aborted) this.#enter('stopped');
      throw reason;
    }
  }

  async #stop(): Promise<void> {
    const starting = this.#starting;
    this.#run.abort(stopped(this.#endpoint));
    this.#enter('stopping');
    this.#gate.close(stopped(this.#endpoint));
    await starting?.catch(() => {}); // its caller gets the error
    await this.#close(stopped(this.#endpoint));
    this.#enter('stopped');
  }

  async #close(reason: RedisError): Promise<void> {
    this.#gate.close(reason);
    await Promise.all([this.#nodes.close(), this.#search.ended()]);
    this.#gate.clear();
  }

  /** Brings the connections in line with the map, and sends what waited for that. */
  #sync(): void {
    if (this.#phase !== 'starting' && this.#phase !== 'started') return;
    this.#nodes.sync(this.#phase === 'started');
    this.#gate.flush();
    this.#options.onState();
  }

  #seek(): void {
    if (this.#phase === 'started') this.#search.begin(this.#run.signal);
  }

  #enter(phase: 'stopped' | 'starting' | 'started' | 'stopping'): void {
    this.#phase = phase;
    this.#options.onState();
  }
}
