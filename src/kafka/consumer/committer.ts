import { describeError } from '../../errors/describe.js';
import type { Logger } from '../../protocols/logger.js';
import { partitionKey, type PartitionOffset } from '../consumer-port.js';
import type { PartitionWork } from './partition-work.js';

export interface CommitterOptions {
  readonly commitIntervalMs: number;
  readonly commitEvery: number;
  readonly logger: Logger;
  readonly partitions: () => Iterable<PartitionWork>;
  readonly commit: (offsets: readonly PartitionOffset[]) => Promise<void>;
  /** With what the last commit failed; undefined when it was taken. */
  readonly onOutcome: (failure: unknown) => void;
}

/** Commits what is done of the assigned partitions, one request at a time, so many messages or so long after the last. */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #committed = new Map<string, bigint>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  /** Grows with each assignment: a commit that ends after its own says nothing. */
  #assignment = 0;
  #finished = 0;
  #lastCommit: Date | undefined;
  #lastFailure: string | undefined;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  get lastCommit(): Date | undefined {
    return this.#lastCommit;
  }

  /** A message is done. */
  note(): void {
    this.#finished += 1;
    // One that is under way does not bring this message.
    if (this.#finished >= this.#options.commitEvery && !this.#running) void this.flush();
    else this.#schedule();
  }

  /** Commits all that is done by now. Never rejects: what was not taken is read again. */
  async flush(): Promise<void> {
    await this.#running;
    if (!this.#running) {
      const running = this.#commit().finally(() => {
        if (this.#running === running) this.#running = undefined;
      });
      this.#running = running;
    }
    await this.#running;
  }

  /** Other partitions are assigned: what was committed before tells nothing of them, and what is under way neither. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running = undefined;
    this.#assignment += 1;
    this.#finished = 0;
    this.#committed.clear();
  }

  async #commit(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#finished = 0;
    const offsets = [...this.#options.partitions()].flatMap((work) => {
      const { topic, partition, committable } = work;
      const isNew = committable !== undefined && this.#committed.get(partitionKey(work)) !== committable;
      return isNew ? [{ topic, partition, offset: committable }] : [];
    });
    if (offsets.length === 0) return;
    const assignment = this.#assignment;
    try {
      await this.#options.commit(offsets);
      this.#lastCommit = new Date();
      if (assignment !== this.#assignment) return;
      for (const offset of offsets) this.#committed.set(partitionKey(offset), offset.offset);
      this.#lastFailure = undefined;
      this.#options.onOutcome(undefined);
    } catch (reason) {
      if (assignment !== this.#assignment) return;
      const error = describeError(reason);
      // Each new reason once: an hour of outage is not an hour of log lines.
      this.#options.logger[error === this.#lastFailure ? 'debug' : 'warn']('offsets not committed', {
        error,
      });
      this.#lastFailure = error;
      this.#options.onOutcome(reason);
      this.#schedule();
    }
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, this.#options.commitIntervalMs);
  }
}
