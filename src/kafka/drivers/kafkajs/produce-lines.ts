import type { ProduceLine } from './produce-line.js';
import type { Sender } from './produce-request-patch.js';

/** Numbers of records begin anew after this many, as in every client of Kafka. */
const sequences = 2 ** 31;

/** What one producer knows beside kafkajs: the ways to the brokers, and the number of the next record of each partition. */
export class ProduceLines {
  readonly #maxAgeMs: number;
  readonly #lines = new Map<number, { readonly line: ProduceLine; readonly until: number }>();
  readonly #next = new Map<string, number>();

  /** @param maxAgeMs how long a line is used, in milliseconds. Then kafkajs sends, who looks whether it is still the way. */
  constructor(maxAgeMs: number) {
    this.#maxAgeMs = maxAgeMs;
  }

  /** The way to a broker, if there is one. */
  to(leader: number): ProduceLine | undefined {
    const known = this.#lines.get(leader);
    if (known && known.until > performance.now() && known.line.isOpen) return known.line;
    this.#lines.delete(leader);
    return undefined;
  }

  /** Who sends by kafkajs to a broker. */
  senderTo(leader: number, topic: string): Sender {
    return {
      sequenceOf: (partition) => this.sequenceOf(topic, partition),
      onLine: (line) => this.#lines.set(leader, { line, until: performance.now() + this.#maxAgeMs }),
    };
  }

  forget(leader: number): void {
    this.#lines.delete(leader);
  }

  sequenceOf(topic: string, partition: number): number {
    return this.#next.get(`${topic}/${partition}`) ?? 0;
  }

  /** `count` more records are written. Until then the same ones have the same numbers. */
  advance(topic: string, partition: number, count: number): void {
    this.#next.set(`${topic}/${partition}`, (this.sequenceOf(topic, partition) + count) % sequences);
  }
}
