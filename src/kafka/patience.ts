import { type DriverError, isRefusal } from './driver-error.js';

/** How long a topic that does not exist is asked for: one that was just created takes a moment to be known. */
const unknownTopicMs = 3_000;

/** Decides which failures are worth another attempt. */
export class Patience {
  #unknownSince: number | undefined;

  /** The topic is known. */
  renew(): void {
    this.#unknownSince = undefined;
  }

  /** Would another attempt fail the same way? */
  isOver({ kind }: DriverError): boolean {
    if (isRefusal(kind)) return true;
    if (kind !== 'unknown-topic') return false;
    this.#unknownSince ??= performance.now();
    if (performance.now() - this.#unknownSince < unknownTopicMs) return false;
    this.#unknownSince = undefined;
    return true;
  }
}
