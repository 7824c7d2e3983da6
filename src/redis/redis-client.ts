import type { Redis } from 'ioredis';
import { describeError } from '../errors/describe.js';
import { componentSamples, type MetricSample, type MetricSource } from '../observability/metric-source.js';
import type { Component, ComponentState, ComponentStatus, Startup } from '../protocols/component.js';
import { type LoggerFactory, silentLogger } from '../protocols/logger.js';
import type {
  AtomicRedisClientProtocol,
  BlockingOptions,
  NotificationData,
  RedisSession,
  ScanOptions,
  SubscribeOptions,
  Subscription,
} from '../protocols/redis.js';
import type {
  RedisTransaction,
  TransactionOptions,
  TransactionPipeline,
  TransactionResult,
} from '../protocols/redis/transactions.js';
import { Availability } from './availability.js';
import { BlockingCommands } from './blocking-commands.js';
import { ClusterCommands } from './cluster/cluster-commands.js';
import { ClusterPool } from './cluster/cluster-pool.js';
import { ping, serverInfo } from './commands/connection.js';
import { Connection } from './connection.js';
import { createEndpoint, type RedisClientSettings, type RedisEndpoint } from './endpoint.js';
import { noRawInCluster } from './cluster/failures.js';
import { noConnection } from './failures.js';
import { firstKey } from './first-key.js';
import type { MemoryRedisServer } from './memory/memory-redis-server.js';
import { ObservedCommands, observeCommand } from './observed-commands.js';
import type { RedisCommand } from './pending-command.js';
import type { LeaseSource } from './pool/lease-source.js';
import { LinkPool } from './pool/link-pool.js';
import { RedisPubSub } from './redis-pubsub.js';
import { pubsubSamples } from './redis-samples.js';
import { scanKeys } from './scan-keys.js';
import { SharedCommandSet } from './shared-command-set.js';
import { Transactions } from './transactions/transactions.js';

/**
 * Redis on one shared connection, with a second one for subscriptions, and a pool of up to `poolSize` for transactions,
 * sessions and blocking calls. Both are opened with the first need of them.
 *
 * - Every operation settles within `deadlineMs` (default 4000). While there is no connection it waits for one that long.
 * - A command that was sent is never sent again. If its reply is lost it rejects with `maybeApplied: true`.
 * - A lost connection is made anew by itself, within about a second of the server's return.
 * - Errors are {@link RedisError}s; the message says client and address, the cause has the driver's or system's own words.
 */
export class RedisClient
  extends SharedCommandSet
  implements AtomicRedisClientProtocol, Component, MetricSource, AsyncDisposable
{
  readonly name = 'redis';
  readonly #endpoint: RedisEndpoint;
  readonly #commands: Connection | ClusterCommands;
  readonly #observed: ObservedCommands;
  readonly #blocking: BlockingCommands;
  readonly #pubsub: RedisPubSub;
  readonly #availability: Availability;
  readonly #pool: LeaseSource;
  readonly #transactions: Transactions;
  #stopping: Promise<void> | undefined;
  #startQueued = false;
  #state: ComponentState = 'stopped';
  #since = new Date();

  /** @throws RedisError SLIPWAY_REDIS_SETTINGS. Connects to nothing yet. */
  constructor(settings: RedisClientSettings, createLogger?: LoggerFactory) {
    const endpoint = createEndpoint(settings, createLogger);
    super(endpoint);
    this.#endpoint = endpoint;
    const onState = (): void => this.#refreshState();
    const common = {
      name: settings.clientId,
      // A slow command may hold up the PING for as long as its own deadline lasts.
      heartbeat: { intervalMs: 1000, turns: Math.max(2, Math.ceil(this.#endpoint.deadlineMs / 1000)) },
      onState,
      refusal: () => this.#availability.refusal,
    };
    const { cluster } = endpoint;
    this.#availability = new Availability(endpoint, () => this.#commands.start(), onState);
    if (cluster === undefined) {
      const pool = new LinkPool(endpoint, { size: endpoint.poolSize });
      this.#pool = pool;
      this.#commands = new Connection(endpoint, {
        ...common,
        needsPrimary: !endpoint.allowReadOnly,
        onLinkLost: (reason) => pool.closeIdle(reason),
      });
    } else {
      this.#commands = new ClusterCommands(cluster, common);
      this.#pool = new ClusterPool(cluster);
    }
    this.#transactions = new Transactions(endpoint, this.#pool);
    this.#blocking = new BlockingCommands(endpoint, this.#pool);
    this.#observed = new ObservedCommands(endpoint, this.#commands);
    this.#pubsub = new RedisPubSub(this.#endpoint, this.#observed, { onState });
    this.#refreshState();
  }

  /** Publish and subscribe, as a client of its own. */
  get pubsub(): RedisPubSub {
    return this.#pubsub;
  }

  /** The embedded server behind a `memory://` address: its data and its fault knobs. Undefined for a real one. */
  get memory(): MemoryRedisServer | undefined {
    return this.#endpoint.memory;
  }

  /** From the live connections: `degraded` while only the one for subscriptions is away. */
  get status(): ComponentStatus {
    const { lastError } =
      this.#commands.state === 'ready'
        ? this.#pubsub.connection
        : { lastError: this.#availability.lastError ?? this.#commands.lastError };
    return {
      state: this.#state,
      since: this.#since,
      reconnects: this.#commands.reconnects + this.#pubsub.connection.reconnects,
      ...(this.#state === 'ready' || lastError === undefined ? {} : { lastError: describeError(lastError) }),
    };
  }

  /**
   * Resolves when the server has answered; concurrent calls share one attempt, on a started client it does nothing. Where
   * `startup` is `optional` it resolves after one attempt too that failed; where `enabled` is false, at once.
   * @throws RedisError with the true cause: SLIPWAY_REDIS_UNREACHABLE, _UNKNOWN_HOST, _TLS, _TIMEOUT, _WRONG_PASSWORD,
   * _NO_AUTH, _DB_OUT_OF_RANGE, _MAX_CLIENTS, _LOADING, _READ_ONLY (see `allowReadOnly`). Nothing is left open or
   * running then, and it may be called again.
   */
  start(): Promise<void> {
    if (this.#stopping !== undefined) {
      this.#startQueued = true;
      return this.#stopping.then(() => this.start());
    }
    this.#startQueued = false;
    this.#pool.restart();
    return this.#availability.start();
  }

  get startup(): Startup {
    return this.#endpoint.startup;
  }

  /**
   * Refuses new operations, waits up to 2 s for replies still due, ends subscriptions, transactions and blocking calls,
   * closes every connection. Idempotent; never rejects. The client may be started again.
   */
  stop(): Promise<void> {
    // stop, start, stop at once: the last word counts.
    if (this.#stopping !== undefined && this.#startQueued) return this.#stopping.then(() => this.stop());
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * The driver's own client on the present connection, for what this class has no method for: `redis.raw.call(...)`.
   * Nothing of the class's promises holds for it: a command has no deadline, and a connection made anew has another
   * `raw`, so take it for each use. Never WATCH, MULTI, SUBSCRIBE, SELECT, a blocking command, `quit` or `disconnect`:
   * all callers share the connection.
   * @throws RedisError if there is no connection now.
   */
  get raw(): Redis {
    const { link, refusal, lastError } = this.#commands;
    if (this.#endpoint.cluster !== undefined) throw noRawInCluster(this.#endpoint);
    if (link?.writable === true) return link.redis;
    throw refusal ?? noConnection(this.#endpoint, lastError);
  }

  /** For metrics. */
  get operations(): object {
    return this.#endpoint;
  }

  samples(): readonly MetricSample[] {
    const { clientId } = this.#endpoint;
    return [...componentSamples(this, clientId), ...pubsubSamples(this.#pubsub.stats(), clientId)];
  }

  /** Asks the server for its version, clients and memory, as any other command does. */
  inspect(): Promise<Readonly<Record<string, unknown>>> {
    return this.#commands.execute(serverInfo);
  }

  ping(): Promise<boolean> {
    return this.#observed.execute<boolean>(ping);
  }

  async *scan(pattern = '*', { count }: ScanOptions = {}): AsyncGenerator<string, void, undefined> {
    const places = this.#commands instanceof ClusterCommands ? this.#commands.shards() : [this.#commands];
    for (const place of places) {
      const observed = {
        execute: <T>(command: RedisCommand<T>): Promise<T> =>
          observeCommand(this.#endpoint, command.name, () => place.execute(command)),
      };
      yield* scanKeys(observed, pattern, count, () => this.#trace('scan', pattern));
    }
  }

  async scanPattern(pattern: string, options?: ScanOptions): Promise<string[]> {
    // The server may report a key twice when its table is resized meanwhile.
    const found = new Set<string>();
    for await (const key of this.scan(pattern, options)) found.add(key);
    return [...found];
  }

  async blpop(
    keys: readonly string[],
    timeoutSeconds: number,
    options?: BlockingOptions,
  ): Promise<[string, string] | null> {
    this.#begin('blpop', keys);
    return observeCommand(this.#endpoint, 'blpop', () => this.#blocking.blpop(keys, timeoutSeconds, options));
  }

  publish(channel: string, message: string): Promise<number> {
    return this.#pubsub.publish(channel, message);
  }

  subscribe(channel: string, options?: SubscribeOptions): Promise<Subscription> {
    return this.#pubsub.subscribe(channel, options);
  }

  getUserChannel(userId: string): string {
    return this.#pubsub.getUserChannel(userId);
  }

  publishUserNotification(userId: string, eventType: string, data: NotificationData): Promise<number> {
    return this.#pubsub.publishUserNotification(userId, eventType, data);
  }

  async transaction<T>(
    keys: readonly string[],
    work: (tx: RedisTransaction) => T,
    options?: TransactionOptions,
  ): Promise<TransactionResult<Awaited<T>>> {
    this.#begin('transaction', keys);
    return observeCommand(this.#endpoint, 'multi', () => this.#transactions.run(keys, work, options));
  }

  async createTransactionPipeline(...watchKeys: string[]): Promise<TransactionPipeline> {
    this.#begin('createTransactionPipeline', watchKeys);
    return this.#transactions.openPipeline(watchKeys);
  }

  /** Takes no connection before its first command. Close it: `await using session = await redis.session()`. */
  async session(): Promise<RedisSession> {
    this.#begin('session');
    return this.#transactions.createSession();
  }

  protected override execute<T>(operation: string, command: RedisCommand<T>): Promise<T> {
    if (this.#endpoint.logger !== silentLogger) this.#trace(operation, firstKey(command));
    return this.#observed.execute(command);
  }

  async #stop(): Promise<void> {
    const sought = this.#availability.stop();
    await Promise.all([this.#commands.stop(), this.#pubsub.stop(), this.#blocking.stop(), this.#pool.stop()]);
    await sought;
    this.#refreshState();
  }

  /** Of an operation that takes a connection of the pool. */
  #begin(operation: string, keys: readonly string[] = []): void {
    const { refusal } = this.#commands;
    if (refusal !== undefined) throw refusal;
    this.#trace(operation, keys[0]);
  }

  #refreshState(): void {
    const { state } = this.#commands;
    if (state === 'ready' || state === 'degraded') this.#availability.arrived();
    const isHalf = state === 'ready' && this.#pubsub.connection.state === 'unavailable';
    const next = this.#availability.state ?? (isHalf ? 'degraded' : state);
    if (next === this.#state) return;
    this.#state = next;
    this.#since = new Date();
  }

  #trace(operation: string, key: string | undefined): void {
    const { clientId, logger } = this.#endpoint;
    if (logger !== silentLogger) logger.debug(`Redis ${operation}`, { clientId, key });
  }
}
