import { describeError } from '../../errors/describe.js';
import type { Logger } from '../../protocols/logger.js';
import { backoffMs, connect, connectTimeoutMs, Pause, readyTimeoutMs } from '../connect.js';
import {
  type ConsumerListener,
  type ConsumerOptions,
  type ConsumerPort,
  partitionKey,
  type PartitionOffset,
  type RecordBatch,
  type TopicPartition,
} from '../consumer-port.js';
import { DriverError } from '../driver-error.js';
import { settlesWithin } from '../settles-within.js';
import { askStanding } from './ask-standing.js';
import { Committer } from './committer.js';
import type { ResolvedConsumerSettings } from './consumer-settings.js';
import type { PartitionWork } from './partition-work.js';

export interface MemberEvents {
  readonly onDown: (failure: DriverError) => void;
  readonly onUp: () => void;
  readonly onCommit: (failure: unknown) => void;
  readonly onRebalance: (type: 'assigned' | 'revoked', partitions: readonly TopicPartition[]) => void;
}

export interface MemberOptions {
  readonly createConsumer: (options: ConsumerOptions) => ConsumerPort;
  readonly settings: ResolvedConsumerSettings;
  readonly topics: readonly string[];
  readonly logger: Logger;
  readonly createWork: (partition: TopicPartition, onDone: () => void) => PartitionWork;
  readonly events: MemberEvents;
}

/** Fetches, commits and heartbeats answer at once or not at all; a member must know it long before its session ends. */
const maxRequestTimeoutMs = 10_000;

/**
 * The consumer's place in its group, kept for as long as it runs: its port, which is made anew when it ends by itself,
 * its partitions with the work on them, and what is committed of them.
 */
export class GroupMember implements ConsumerListener {
  readonly #options: MemberOptions;
  readonly #settings: ResolvedConsumerSettings;
  readonly #logger: Logger;
  readonly #committer: Committer;
  readonly #works = new Map<string, PartitionWork>();
  readonly #wait = new Pause();
  #port: ConsumerPort | undefined;
  #rebuilding: Promise<void> | undefined;
  #isClosed = false;
  #isPaused = false;
  /** Attempts to get back since the last assignment. */
  #losses = 0;

  constructor(options: MemberOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#logger = options.logger;
    this.#committer = new Committer({
      commitIntervalMs: this.#settings.commitIntervalMs,
      commitEvery: this.#settings.commitEvery,
      logger: this.#logger,
      partitions: () => this.#works.values(),
      commit: (offsets) => this.#commit(offsets),
      onOutcome: options.events.onCommit,
    });
  }

  get works(): readonly PartitionWork[] {
    return [...this.#works.values()];
  }

  get lastCommit(): Date | undefined {
    return this.#committer.lastCommit;
  }

  /**
   * @param attempts how often it is tried at most.
   * @throws DriverError what went wrong last, if Kafka is not reached in time. Nothing is left open then.
   */
  async open(timeoutMs: number, attempts = Infinity): Promise<void> {
    const end = performance.now() + timeoutMs;
    let last: DriverError | undefined;
    for (let attempt = 0; !this.#isClosed; attempt += 1) {
      const left = end - performance.now();
      if (left <= 0) break;
      try {
        await this.#connect(Math.min(left, readyTimeoutMs));
        return;
      } catch (reason) {
        last = last && performance.now() >= end ? last : DriverError.of(reason);
        if (last.kind === 'auth' || attempt + 1 >= attempts) break;
      }
      await this.#wait.wait(Math.min(backoffMs(this.#settings.retryBackoffMs, attempt), left));
    }
    throw last ?? new DriverError('timeout', 'no answer in time');
  }

  /** After an {@link open} that failed. Resolves when Kafka is reached, or the member is to leave. */
  seek(): Promise<void> {
    this.#rebuilding = this.#seek().then(() => {
      this.#rebuilding = undefined;
    });
    return this.#rebuilding;
  }

  /** Joins the group, and from then on stays in it until {@link leave}. */
  async run(): Promise<void> {
    if (this.#isClosed || !this.#port) return;
    try {
      await this.#port.run(this.#options.topics, this);
    } catch (reason) {
      this.onCrash(DriverError.of(reason));
    }
  }

  pause(): void {
    this.#isPaused = true;
    for (const work of this.works) work.pause();
    this.#port?.pause(this.works);
  }

  resume(): void {
    this.#isPaused = false;
    this.#port?.resume(this.works);
    for (const work of this.works) work.resume();
  }

  endOffsets(): Promise<readonly PartitionOffset[]> {
    const partitions = this.works.map(({ topic, partition }) => ({ topic, partition }));
    return this.#port?.endOffsets(partitions) ?? Promise.resolve([]);
  }

  /**
   * Ends: running handlers finish within `stopTimeoutMs`, what is done is committed, the group is left.
   * @param signal ends the wait for handlers earlier.
   * @returns how many handlers were given up.
   */
  async leave(signal?: AbortSignal): Promise<number> {
    this.#isClosed = true;
    this.#wait.end();
    let givenUp = 0;
    const abandon = (): void => {
      for (const work of this.works) {
        givenUp += work.running;
        work.abandon();
      }
    };
    if (signal?.aborted === true) abandon();
    signal?.addEventListener('abort', abandon, { once: true });
    givenUp += await this.#finishWork(this.#settings.stopTimeoutMs);
    signal?.removeEventListener('abort', abandon);
    const port = this.#port;
    this.#port = undefined;
    await port?.close();
    await this.#rebuilding;
    this.#committer.reset();
    this.#works.clear();
    return givenUp;
  }

  onAssigned(partitions: readonly TopicPartition[]): void {
    this.#committer.reset();
    this.#works.clear();
    for (const partition of partitions) {
      const work = this.#options.createWork(partition, () => this.#committer.note());
      if (this.#isPaused) work.pause();
      this.#works.set(partitionKey(partition), work);
    }
    if (this.#isPaused) this.#port?.pause(partitions);
    this.#logger.info('partitions assigned', { partitions: partitions.map(partitionKey) });
    this.#losses = 0;
    void askStanding(this.#port, this.works, this.#settings.autoOffsetReset, this.#logger);
    this.#options.events.onRebalance('assigned', partitions);
  }

  async onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#logger.info('partitions revoked', { partitions: partitions.map(partitionKey) });
    await this.#finishWork(this.#revokeLimitMs);
    this.#committer.reset();
    this.#works.clear();
    this.#options.events.onRebalance('revoked', partitions);
  }

  onBatch(batch: RecordBatch): Promise<void> {
    return this.#works.get(partitionKey(batch))?.add(batch) ?? Promise.resolve();
  }

  onCrash(error: DriverError): void {
    if (this.#isClosed || this.#rebuilding) return;
    const what = this.#works.size > 0 ? 'lost its place in its group' : 'could not join its group';
    this.#logger.warn(`Kafka consumer ${what}`, {
      groupId: this.#settings.groupId,
      error: describeError(error),
    });
    this.#options.events.onDown(error);
    this.#rebuilding = this.#rebuild().then(() => {
      this.#rebuilding = undefined;
      void this.run();
    });
  }

  /** A handler that is given up leaves time for the commit before the session ends. */
  get #revokeLimitMs(): number {
    return Math.min(this.#settings.stopTimeoutMs, this.#settings.sessionTimeoutMs / 2);
  }

  get #commitLimitMs(): number {
    return Math.min(2_000, this.#settings.sessionTimeoutMs / 4);
  }

  /** @returns how many handlers were given up. */
  async #finishWork(limitMs: number): Promise<number> {
    const left = await Promise.all(
      this.works.map(async (work) => ((await work.leave(limitMs)) ? 0 : work.running)),
    );
    await settlesWithin(this.#commitLimitMs, this.#committer.flush());
    return left.reduce((sum, count) => sum + count, 0);
  }

  async #connect(timeoutMs: number, memberId?: string): Promise<void> {
    const { settings, createConsumer, events, logger } = this.#options;
    const isCurrent = (): boolean => this.#port === port && !this.#isClosed;
    const port = createConsumer({
      clientId: settings.clientId,
      groupId: settings.groupId,
      autoOffsetReset: settings.autoOffsetReset,
      sessionTimeoutMs: settings.sessionTimeoutMs,
      revokeTimeoutMs: this.#revokeLimitMs + this.#commitLimitMs,
      connectTimeoutMs,
      requestTimeoutMs: Math.min(settings.requestTimeoutMs, maxRequestTimeoutMs),
      retryBackoffMs: settings.retryBackoffMs,
      metadataMaxAgeMs: settings.metadataMaxAgeMs,
      logger,
      memberId,
      onDisconnect: (failure = new DriverError('unavailable', 'the last connection is lost')) => {
        if (!isCurrent()) return;
        const error = describeError(failure);
        logger.warn('Kafka consumer has lost Kafka', { groupId: settings.groupId, error });
        events.onDown(failure);
      },
      onReconnect: () => {
        if (isCurrent()) events.onUp();
      },
    });
    this.#port = port;
    try {
      await connect(port, timeoutMs);
    } catch (reason) {
      if (this.#port === port) this.#port = undefined;
      throw reason;
    }
  }

  async #rebuild(): Promise<void> {
    const lost = this.#port;
    const memberId = lost?.memberId;
    this.#port = undefined;
    // What runs comes to its end first: the same messages come again, and must not overtake it.
    await Promise.all([lost?.kill(), ...this.works.map((work) => work.leave(this.#revokeLimitMs))]);
    const partitions = this.works.map(({ topic, partition }) => ({ topic, partition }));
    this.#works.clear();
    this.#committer.reset();
    if (partitions.length > 0) this.#options.events.onRebalance('revoked', partitions);
    await this.#seek(memberId);
  }

  async #seek(memberId?: string): Promise<void> {
    while (!this.#isClosed) {
      await this.#wait.wait(backoffMs(this.#settings.retryBackoffMs, this.#losses));
      this.#losses += 1;
      if (this.#isClosed) return;
      try {
        await this.#connect(readyTimeoutMs, memberId);
        break;
      } catch (reason) {
        if (!this.#isClosed) this.#options.events.onDown(DriverError.of(reason));
      }
    }
  }

  async #commit(offsets: readonly PartitionOffset[]): Promise<void> {
    if (!this.#port) throw new DriverError('unavailable', 'there is no connection');
    await this.#port.commit(offsets);
  }
}
