import { describeError } from '../../errors/describe.js';
import type { Logger } from '../../protocols/logger.js';
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
import { Committer } from './committer.js';
import type { ResolvedConsumerSettings } from './consumer-settings.js';
import { type ConnectionEvents, MemberConnection } from './member-connection.js';
import type { PartitionWork } from './partition-work.js';
import { Standing } from './standing.js';

export interface MemberEvents extends ConnectionEvents {
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

/**
 * The consumer's place in its group, kept for as long as it runs: its partitions with the work on them, and what is
 * committed of them.
 */
export class GroupMember implements ConsumerListener {
  readonly #options: MemberOptions;
  readonly #settings: ResolvedConsumerSettings;
  readonly #logger: Logger;
  readonly #committer: Committer;
  readonly #works = new Map<string, PartitionWork>();
  readonly #connection: MemberConnection;
  readonly standing: Standing;
  #rebuilding: Promise<void> | undefined;
  #isPaused = false;
  /** Grows with each change of the partitions: who has waited finds them changed already. */
  #assignment = 0;

  constructor(options: MemberOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#logger = options.logger;
    this.#connection = new MemberConnection({
      createConsumer: options.createConsumer,
      settings: this.#settings,
      revokeTimeoutMs: this.#revokeLimitMs + this.#commitLimitMs,
      logger: this.#logger,
      events: options.events,
    });
    this.standing = new Standing({
      port: () => this.#connection.port,
      works: () => this.works,
      autoOffsetReset: this.#settings.autoOffsetReset,
      logger: this.#logger,
    });
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
  open(timeoutMs: number, attempts = Infinity): Promise<void> {
    return this.#connection.open(timeoutMs, attempts);
  }

  /** After an {@link open} that failed. Resolves when Kafka is reached, or the member is to leave. */
  seek(): Promise<void> {
    this.#rebuilding = this.#connection.seek().then(() => {
      this.#rebuilding = undefined;
    });
    return this.#rebuilding;
  }

  /** Joins the group, and from then on stays in it until {@link leave}. */
  async run(): Promise<void> {
    const { port, isClosed } = this.#connection;
    if (isClosed || !port) return;
    try {
      await port.run(this.#options.topics, this);
    } catch (reason) {
      this.onCrash(DriverError.of(reason));
    }
  }

  pause(): void {
    this.#isPaused = true;
    for (const work of this.works) work.pause();
    this.#connection.port?.pause(this.works);
  }

  resume(): void {
    this.#isPaused = false;
    this.#connection.port?.resume(this.works);
    for (const work of this.works) work.resume();
  }

  endOffsets(): Promise<readonly PartitionOffset[]> {
    const partitions = this.works.map(({ topic, partition }) => ({ topic, partition }));
    return this.#connection.port?.endOffsets(partitions) ?? Promise.resolve([]);
  }

  /**
   * Ends: running handlers finish within `stopTimeoutMs`, what is done is committed, the group is left.
   * @param signal ends the wait for handlers earlier.
   * @returns how many handlers were given up.
   */
  async leave(signal?: AbortSignal): Promise<number> {
    this.#connection.end();
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
    await this.#connection.close();
    await this.#rebuilding;
    this.#forget();
    return givenUp;
  }

  onAssigned(partitions: readonly TopicPartition[]): void {
    this.#forget();
    for (const partition of partitions) {
      const work = this.#options.createWork(partition, () => this.#committer.note());
      if (this.#isPaused) work.pause();
      this.#works.set(partitionKey(partition), work);
    }
    // The port keeps its pauses over rebalances, of partitions too that were others' when the member was resumed.
    if (this.#isPaused) this.#connection.port?.pause(partitions);
    else this.#connection.port?.resume(partitions);
    this.#logger.info('partitions assigned', { partitions: partitions.map(partitionKey) });
    this.#connection.assigned();
    void this.standing.ask();
    this.#options.events.onRebalance('assigned', partitions);
  }

  async onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#logger.info('partitions revoked', { partitions: partitions.map(partitionKey) });
    const assignment = this.#assignment;
    await this.#finishWork(this.#revokeLimitMs);
    // They went otherwise meanwhile, by a crash or a stop, and those that are there now are others.
    if (assignment !== this.#assignment) return;
    this.#forget();
    this.#options.events.onRebalance('revoked', partitions);
  }

  onBatch(batch: RecordBatch): Promise<void> {
    return this.#works.get(partitionKey(batch))?.add(batch) ?? Promise.resolve();
  }

  onCrash(error: DriverError): void {
    if (this.#connection.isClosed || this.#rebuilding) return;
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

  async #rebuild(): Promise<void> {
    const lost = this.#connection.drop();
    const memberId = lost?.memberId;
    // What runs comes to its end first: the same messages come again, and must not overtake it.
    await Promise.all([lost?.kill(), ...this.works.map((work) => work.leave(this.#revokeLimitMs))]);
    const partitions = this.works.map(({ topic, partition }) => ({ topic, partition }));
    this.#forget();
    if (partitions.length > 0) this.#options.events.onRebalance('revoked', partitions);
    await this.#connection.seek(memberId);
  }

  /** The partitions are not the member's any more. */
  #forget(): void {
    this.#assignment += 1;
    this.#committer.reset();
    this.#works.clear();
  }

  async #commit(offsets: readonly PartitionOffset[]): Promise<void> {
    const { port } = this.#connection;
    if (!port) throw new DriverError('unavailable', 'there is no connection');
    await port.commit(offsets);
  }
}
