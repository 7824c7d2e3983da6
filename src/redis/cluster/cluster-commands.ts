import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../errors/describe.js';
import type { RedisError } from '../../errors/redis-error.js';
import type { ComponentState } from '../../protocols/component.js';
import { assertSize } from '../command-size.js';
import { Connection } from '../connection.js';
import type { RedisEndpoint } from '../endpoint.js';
import { notStarted, stopped } from '../failures.js';
import type { HeartbeatOptions } from '../heartbeat.js';
import type { Link } from '../link.js';
import { pauseMs } from '../pause.js';
import type { RedisCommand } from '../pending-command.js';
import { leftCluster } from './failures.js';
import { ClusterGate } from './cluster-gate.js';
import { keysOf, sharedSlot } from './command-keys.js';
import type { Redirect } from './redirect.js';
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
  readonly #nodes = new Map<string, Connection>();
  readonly #hosts = new WeakMap<Link, string>();
  readonly #leaving = new Set<Promise<void>>();
  #phase: 'stopped' | 'starting' | 'started' | 'stopping' = 'stopped';
  #everStarted = false;
  #lastError: RedisError | undefined;
  #pastReconnects = 0;
  #turn = 0;
  #run = new AbortController();
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #searching: Promise<void> | undefined;

  constructor(topology: Topology, options: ClusterCommandsOptions) {
    this.#topology = topology;
    this.#endpoint = topology.endpoint;
    this.#options = options;
    this.#gate = new ClusterGate(topology.endpoint, {
      linkFor: (routed) => this.#nodes.get(this.#ownerOf(routed) ?? '')?.link,
      hostOf: (link) => this.#hosts.get(link) ?? '',
      lastErrorFor: (routed) => this.#nodes.get(this.#ownerOf(routed) ?? '')?.lastError ?? this.#lastError,
      onRedirect: (redirect) => this.#redirect(redirect),
    });
    topology.onChange(() => this.#sync());
    topology.onMoved = () => this.#search();
  }

  /** `degraded` while some of the masters are away. */
  get state(): ComponentState {
    if (this.#phase !== 'started') return this.#phase;
    const { map } = this.#topology;
    const ready = [...map.masters.keys()].filter((name) => this.#nodes.get(name)?.state === 'ready').length;
    if (ready === 0) return 'unavailable';
    return ready === map.masters.size && map.complete ? 'ready' : 'degraded';
  }

  /** There is not one: each server has its own. */
  get link(): Link | undefined {
    return undefined;
  }

  get lastError(): RedisError | undefined {
    const away = [...this.#nodes.values()].find(({ state }) => state !== 'ready');
    return away?.lastError ?? this.#lastError;
  }

  get reconnects(): number {
    return [...this.#nodes.values()].reduce((sum, node) => sum + node.reconnects, this.#pastReconnects);
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

  /** Builds a command and executes it; what is wrong with its arguments rejects. */
  run<A extends readonly unknown[], T>(build: (...args: A) => RedisCommand<T>, ...args: A): Promise<T> {
    try {
      const command = build(...args);
      assertSize(this.#endpoint, command.name, command);
      return this.execute(command);
    } catch (error) {
      const reason = error as Error;
      return Promise.reject(reason);
    }
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

  #ownerOf({ slot, pinned }: RoutedCommand): string | undefined {
    if (pinned !== undefined) return pinned;
    if (slot !== undefined) return this.#topology.map.owner(slot);
    const ready = [...this.#nodes].filter(([, { link }]) => link?.writable === true);
    return ready[this.#turn++ % Math.max(1, ready.length)]?.[0];
  }

  async #start(): Promise<void> {
    if (this.#stopping !== undefined) await this.#stopping;
    this.#run = new AbortController();
    const { signal } = this.#run;
    this.#everStarted = true;
    this.#pastReconnects = 0;
    this.#lastError = undefined;
    this.#enter('starting');
    const expiresAt = performance.now() + this.#endpoint.deadlineMs;
    try {
      for (;;) {
        await this.#topology.refresh(signal);
        this.#sync();
        const outcomes = await Promise.allSettled([...this.#nodes.values()].map((node) => node.start()));
        signal.throwIfAborted();
        const failed = outcomes.find((outcome) => outcome.status === 'rejected');
        if (failed === undefined) break;
        const reason = failed.reason as RedisError;
        if (!reason.retryable || performance.now() + startPauseMs >= expiresAt) throw reason;
        await sleep(startPauseMs, undefined, { signal });
      }
      this.#enter('started');
      this.#gate.flush();
      this.#search(this.state !== 'ready');
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
    const nodes = [...this.#nodes.keys()];
    for (const name of nodes) this.#remove(name);
    await Promise.all([...this.#leaving, this.#searching]);
    this.#gate.clear();
  }

  /** Brings the connections in line with the map, and sends what waited for that. */
  #sync(): void {
    if (this.#phase !== 'starting' && this.#phase !== 'started') return;
    const { masters } = this.#topology.map;
    for (const name of this.#nodes.keys()) if (!masters.has(name)) this.#remove(name);
    for (const name of masters.keys()) this.#connect(name);
    this.#gate.flush();
    this.#options.onState();
  }

  #connect(name: string): void {
    const address = this.#topology.map.masters.get(name);
    if (address === undefined || this.#nodes.has(name)) return;
    const node = new Connection(this.#topology.node(name, address), {
      name: this.#options.name,
      heartbeat: this.#options.heartbeat,
      onLink: (link) => {
        this.#hosts.set(link, address.host);
        this.#gate.flush();
      },
      onLinkLost: () => this.#search(),
      onState: () => this.#options.onState(),
    });
    this.#nodes.set(name, node);
    // It rejects only if it is stopped.
    if (this.#phase === 'started') node.startPatiently().catch(() => {});
  }

  #remove(name: string): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    this.#nodes.delete(name);
    this.#pastReconnects += node.reconnects;
    this.#gate.close(leftCluster(this.#endpoint, name), name);
    const leaving: Promise<void> = node.stop().finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  #redirect(redirect: Redirect): void {
    if (redirect.kind === 'moved') this.#topology.learn(redirect.slot, redirect.address);
    // A server that slots are moved to need not be in the map yet.
    else if (redirect.kind === 'ask') this.#topology.learn(-1, redirect.address);
    this.#search();
  }

  /** Asks for the map until all its servers are there; at least once, unless it is being done. */
  #search(needed = true): void {
    if (!needed || this.#phase !== 'started' || this.#searching !== undefined) return;
    const { signal } = this.#run;
    this.#searching = this.#seek(signal).finally(() => {
      this.#searching = undefined;
      if (this.state === 'degraded' || this.state === 'unavailable') this.#search();
    });
  }

  async #seek(signal: AbortSignal): Promise<void> {
    for (let turn = 0; turn === 0 || this.state !== 'ready'; turn += 1) {
      try {
        await sleep(pauseMs(turn), undefined, { signal });
        await this.#topology.refresh(signal);
      } catch (error) {
        if (signal.aborted) return;
        const { clientId, address, logger } = this.#endpoint;
        const first = this.#lastError?.code !== (error as RedisError).code;
        this.#lastError = error as RedisError;
        const context = { clientId, address, error: describeError(error) };
        logger[first ? 'warn' : 'debug']('Redis cluster gave no map of its slots', context);
      }
      this.#gate.flush();
    }
  }

  #enter(phase: 'stopped' | 'starting' | 'started' | 'stopping'): void {
    this.#phase = phase;
    this.#options.onState();
  }
}
