import { describeError } from '../../errors/describe.js';
import { backoffMs, connect, connectTimeoutMs, Pause, persist, readyTimeoutMs } from '../connect.js';
import type { ConsumerOptions, ConsumerPort } from '../consumer-port.js';
import { DriverError } from '../driver-error.js';
import type { Logger } from '../../protocols/logger.js';
import type { ResolvedConsumerSettings } from './consumer-settings.js';

export interface ConnectionEvents {
  /** Kafka was not reached, or is lost. It is sought on. */
  readonly onDown: (failure: DriverError) => void;
  readonly onUp: () => void;
}

export interface MemberConnectionOptions {
  readonly createConsumer: (options: ConsumerOptions) => ConsumerPort;
  readonly settings: ResolvedConsumerSettings;
  /** The longest that the listener's `onRevoked` takes. */
  readonly revokeTimeoutMs: number;
  readonly logger: Logger;
  readonly events: ConnectionEvents;
}

/** Fetches, commits and heartbeats answer at once or not at all; a member must know it long before its session ends. */
const maxRequestTimeoutMs = 10_000;

/** A place in the group that lasted so long was good: what ended it then is a trouble of its own. */
const provenAfterMs = 10_000;

/** The port of a group's member, which is made anew when it has ended by itself. */
export class MemberConnection {
  readonly #options: MemberConnectionOptions;
  readonly #pause = new Pause();
  #port: ConsumerPort | undefined;
  #isClosed = false;
  /** Attempts to get back since the last that led to an assignment which held. */
  #losses = 0;
  #assignedAt: number | undefined;

  constructor(options: MemberConnectionOptions) {
    this.#options = options;
  }

  /** Undefined while there is none that is connected, or connecting. */
  get port(): ConsumerPort | undefined {
    return this.#port;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * @param attempts how often it is tried at most.
   * @throws DriverError what went wrong last, if Kafka is not reached in time. Nothing is left open then.
   */
  open(timeoutMs: number, attempts: number): Promise<void> {
    return persist((leftMs) => this.#connect(Math.min(leftMs, readyTimeoutMs)), {
      timeoutMs,
      attempts,
      retryBackoffMs: this.#options.settings.retryBackoffMs,
      pause: this.#pause,
      isClosed: () => this.#isClosed,
    });
  }

  /**
   * Resolves when Kafka is reached, or the connection is closed.
   * @param memberId of the membership to take up.
   */
  async seek(memberId?: string): Promise<void> {
    const { settings, events } = this.#options;
    const heldMs = this.#assignedAt === undefined ? 0 : performance.now() - this.#assignedAt;
    if (heldMs >= provenAfterMs) this.#losses = 0;
    this.#assignedAt = undefined;
    while (!this.#isClosed) {
      await this.#pause.wait(backoffMs(settings.retryBackoffMs, this.#losses));
      this.#losses += 1;
      if (this.#isClosed) return;
      try {
        await this.#connect(readyTimeoutMs, memberId);
        return;
      } catch (reason) {
        if (!this.#isClosed) events.onDown(DriverError.of(reason));
      }
    }
  }

  /** The group has given the member its partitions. What it reads there may end the port at once, again and again. */
  assigned(): void {
    this.#assignedAt ??= performance.now();
  }

  /** Gives up the port, which has ended, for {@link seek} to make another. @returns it, for the caller to kill. */
  drop(): ConsumerPort | undefined {
    const port = this.#port;
    this.#port = undefined;
    return port;
  }

  /** Seeks no more. What is there stays until {@link close}. */
  end(): void {
    this.#isClosed = true;
    this.#pause.end();
  }

  /** Leaves the group. */
  async close(): Promise<void> {
    this.end();
    await this.drop()?.close();
  }

  async #connect(timeoutMs: number, memberId?: string): Promise<void> {
    const { settings, revokeTimeoutMs, createConsumer, events, logger } = this.#options;
    const isCurrent = (): boolean => this.#port === port && !this.#isClosed;
    const port = createConsumer({
      clientId: settings.clientId,
      groupId: settings.groupId,
      autoOffsetReset: settings.autoOffsetReset,
      sessionTimeoutMs: settings.sessionTimeoutMs,
      revokeTimeoutMs,
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
}
