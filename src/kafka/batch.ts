import type { ProducerRecord } from './producer-port.js';
import type { Publication } from './publication.js';

/** The messages of one partition in a batch, in their order. */
class Part {
  messages: Publication[] = [];
  bytes = 0;
  /** How many of the first messages make one attempt. Less than all only after the broker called them too large. */
  limit = Number.POSITIVE_INFINITY;
  /** An attempt went out whose end is not known: the next one must bring exactly the same records. */
  uncertain = false;
  /** Was it so before the last attempt? Then even a refusal of that one does not tell what the earlier one did. */
  wasUncertain = false;

  /** What the next attempt brings. */
  get turn(): Publication[] {
    return this.limit >= this.messages.length ? this.messages : this.messages.slice(0, this.limit);
  }
}

export interface BatchLimits {
  readonly maxBatchMessages: number;
  readonly maxBatchBytes: number;
}

/** The whole of a request: Kafka refuses 100 MiB and more, and this keeps a slow link responsive. */
const maxRequestBytes = 8_000_000;

/**
 * What a lane has on its way: per partition the records that are sent, and sent again exactly the same until their end
 * is known. That is what makes the broker's sequence check recognise a repetition.
 */
export class Batch {
  readonly #parts = new Map<number, Part>();
  readonly #limits: BatchLimits;
  #count = 0;
  #bytes = 0;
  #isSpent = false;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  /** @returns false if the batch is full for it. */
  add(partition: number, message: Publication): boolean {
    let part = this.#parts.get(partition);
    if (this.#count > 0) {
      if (this.#count >= this.#limits.maxBatchMessages) return false;
      if (this.#bytes + message.bytes > maxRequestBytes) return false;
      if (part && part.bytes + message.bytes > this.#limits.maxBatchBytes) return false;
    }
    if (!part) {
      part = new Part();
      this.#parts.set(partition, part);
    }
    part.messages.push(message);
    part.bytes += message.bytes;
    this.#count += 1;
    this.#bytes += message.bytes;
    return true;
  }

  /** How many messages it was filled with. */
  get size(): number {
    return this.#count;
  }

  *messages(): Generator<Publication> {
    for (const part of this.#parts.values()) yield* part.messages;
  }

  /** Does nobody wait for any message of it any more? */
  get over(): boolean {
    for (const { messages } of this.#parts.values()) {
      for (const message of messages) if (!message.settled) return false;
    }
    return true;
  }

  /**
   * Was a part refused of which an earlier attempt may have been written? Then the next record may not get its number: the
   * broker would take it for that one, acknowledge it and not store it.
   */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** Is there a record, of those it has or had, whose end is not known? */
  get uncertain(): boolean {
    if (this.#isSpent) return true;
    for (const { uncertain } of this.#parts.values()) if (uncertain) return true;
    return false;
  }

  /** The records of the next attempt. Messages that were withdrawn before any was sent are left out. */
  take(): Map<number, ProducerRecord[]> {
    const records = new Map<number, ProducerRecord[]>();
    for (const [partition, part] of this.#parts) {
      part.wasUncertain = part.uncertain;
      if (!part.uncertain) part.messages = part.messages.filter(({ settled }) => !settled);
      if (part.messages.length === 0) this.#parts.delete(partition);
      else
        records.set(
          partition,
          part.turn.map(({ record }) => record),
        );
    }
    return records;
  }

  /**
   * The records are about to leave. Refuses if one of them was withdrawn since {@link take}: its caller was told that it
   * is not in the topic.
   */
  readonly gate = (): boolean => {
    const parts = [...this.#parts.values()];
    if (parts.some((part) => !part.uncertain && part.turn.some(({ settled }) => settled))) return false;
    for (const part of parts) {
      part.uncertain = true;
      for (const message of part.turn) message.sent = true;
    }
    return true;
  };

  /** The broker has the partition's turn. @returns the messages, in the order of their offsets. */
  acknowledge(partition: number): Publication[] {
    const part = this.#parts.get(partition);
    if (!part) return [];
    const { turn } = part;
    part.uncertain = false;
    part.wasUncertain = false;
    part.messages = part.messages.slice(turn.length);
    if (part.messages.length === 0) this.#parts.delete(partition);
    return turn;
  }

  /** The broker refused the partition's turn. @returns its messages. */
  refuse(partition: number): Publication[] {
    const wasUncertain = this.#parts.get(partition)?.wasUncertain ?? false;
    const refused = this.acknowledge(partition);
    if (wasUncertain) this.#isSpent = true;
    else for (const message of refused) message.sent = false;
    return refused;
  }

  /**
   * The broker calls the partition's turn too large, so it was not written.
   * @returns false for a single message, and where an earlier attempt may have been.
   */
  divide(partition: number): boolean {
    const part = this.#parts.get(partition);
    const size = part?.turn.length ?? 0;
    if (!part || size < 2 || part.wasUncertain) return false;
    for (const message of part.turn) message.sent = false;
    part.uncertain = false;
    part.limit = Math.ceil(size / 2);
    return true;
  }

  /** Takes out the records whose end is not known and will not be. @returns their messages. */
  forsake(): Publication[] {
    const forsaken: Publication[] = [];
    this.#isSpent = false;
    for (const [partition, part] of this.#parts) {
      if (part.uncertain) forsaken.push(...this.acknowledge(partition));
    }
    return forsaken;
  }
}
