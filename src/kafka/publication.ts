import type { PublishOutcome } from '../errors/publish-error.js';
import type { PublishResult } from '../protocols/kafka.js';
import type { ProducerRecord } from './producer-port.js';

/** One accepted publish, from the call to its end. It is settled once; what comes later is ignored. */
export class Publication {
  readonly record: ProducerRecord;
  /** What it holds of the buffer. */
  readonly bytes: number;
  /** When it has to be settled, on the clock of `performance.now()`. */
  readonly deadline: number;
  /** Has the record been given to a connection? From then on it may be in the topic. */
  sent = false;
  #settled = false;
  readonly #settle: (result: PublishResult | Error) => void;

  constructor(
    record: ProducerRecord,
    bytes: number,
    deadline: number,
    settle: (result: PublishResult | Error) => void,
  ) {
    this.record = record;
    this.bytes = bytes;
    this.deadline = deadline;
    this.#settle = settle;
  }

  get settled(): boolean {
    return this.#settled;
  }

  get outcome(): PublishOutcome {
    return this.sent ? 'unknown' : 'not-written';
  }

  settle(result: PublishResult | Error): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#settle(result);
  }
}
