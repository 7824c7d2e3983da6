import { describeError } from '../../errors/describe.js';
import type { Logger } from '../../protocols/logger.js';
import type { ConsumerOptions, ConsumerPort, PartitionOffset, TopicPartition } from '../consumer-port.js';
import type { PartitionWork } from './partition-work.js';

interface StandingOptions {
  readonly port: () => ConsumerPort | undefined;
  readonly works: () => readonly PartitionWork[];
  readonly autoOffsetReset: ConsumerOptions['autoOffsetReset'];
  readonly logger: Logger;
}

const maxAgeMs = 1_000;

/**
 * Where the group stands in the assigned partitions, and where these end, asked of the brokers as far as no batch tells it:
 * so lag is true of a partition that brings nothing yet, or is not read now.
 */
export class Standing {
  readonly #options: StandingOptions;
  #askedAt = -Infinity;
  #isAsking = false;

  constructor(options: StandingOptions) {
    this.#options = options;
  }

  /** For partitions that were just assigned. Never rejects: until they are asked for again, or bring something, it is not known then. */
  async ask(): Promise<void> {
    const { autoOffsetReset, logger } = this.#options;
    const port = this.#options.port();
    const works = this.#options.works();
    if (!port || works.length === 0) return;
    const partitions = works.map(({ topic, partition }) => ({ topic, partition }));
    try {
      const [committed, ends] = await Promise.all([
        port.committed?.(partitions),
        port.endOffsets(partitions),
      ]);
      for (const work of works) {
        const end = offsetIn(ends, work);
        if (end === undefined) continue;
        const beginsAtEnd = end === 0n || autoOffsetReset === 'latest';
        const begin = committed && (offsetIn(committed, work) ?? (beginsAtEnd ? end : undefined));
        work.standsAt(begin, end);
      }
    } catch (error) {
      logger.debug('lag not known yet', { error: describeError(error) });
    }
  }

  /** For somebody who looks: asks again, a second after the last time, where that is not known, or a partition is not read. */
  refresh(): void {
    const now = performance.now();
    if (this.#isAsking || now - this.#askedAt < maxAgeMs) return;
    if (!this.#options.works().some(({ done, isHeld }) => isHeld || done === undefined)) return;
    this.#askedAt = now;
    this.#isAsking = true;
    void this.ask().then(() => {
      this.#isAsking = false;
    });
  }
}

function offsetIn(offsets: readonly PartitionOffset[], of: TopicPartition): bigint | undefined {
  return offsets.find(({ topic, partition }) => topic === of.topic && partition === of.partition)?.offset;
}
