import { DriverError } from '../../driver-error.js';
import type { ProducerRecord } from '../../producer-port.js';
import { sizeOf } from '../../record.js';

/** What is the matter with a memory cluster at the moment, and who has to hear of it. */
export class MemoryFaults {
  readonly #cutListeners = new Set<() => void>();
  readonly #limits = new Map<string, number>();
  readonly #forbidden = new Set<string>();
  #refusing = false;
  #stalled: { readonly over: Promise<void>; readonly end: () => void } | undefined;
  /** Acknowledgements that are still to be lost. */
  acksToLose = 0;
  /** How often leaders have moved. */
  #leaderEpoch = 0;

  loseAcks(count: number): void {
    this.acksToLose = count;
  }

  refuse(refusing: boolean): void {
    this.#refusing = refusing;
    if (refusing) this.cut();
  }

  cut(): void {
    // Those that connect again meanwhile are not cut.
    const listeners = Array.from(this.#cutListeners);
    for (const listener of listeners) listener();
  }

  stall(): void {
    if (this.#stalled) return;
    let resume: (() => void) | undefined;
    const over = new Promise<void>((resolve) => {
      resume = resolve;
    });
    this.#stalled = { over, end: () => resume?.() };
  }

  resume(): void {
    this.#stalled?.end();
    this.#stalled = undefined;
  }

  moveLeaders(): void {
    this.#leaderEpoch += 1;
  }

  limit(topic: string, bytes: number | undefined): void {
    if (bytes === undefined) this.#limits.delete(topic);
    else this.#limits.set(topic, bytes);
  }

  forbid(topic: string, isForbidden: boolean): void {
    if (isForbidden) this.#forbidden.add(topic);
    else this.#forbidden.delete(topic);
  }

  /** What a call has to wait for first. */
  get stalled(): Promise<void> | undefined {
    return this.#stalled?.over;
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch;
  }

  assertReachable(): void {
    if (this.#refusing) throw new DriverError('unavailable', 'The memory cluster refuses connections.');
  }

  /** May these records be stored in the topic? */
  assertTakes(topic: string, records: readonly ProducerRecord[]): void {
    if (this.#forbidden.has(topic)) throw new DriverError('auth', `Writing to ${topic} is not authorised.`);
    const limit = this.#limits.get(topic) ?? Infinity;
    if (limit === Infinity) return;
    const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
    if (bytes > limit)
      throw new DriverError('too-large', `${topic} takes ${limit} bytes at once, and these are ${bytes}.`);
  }

  /** Is this call's acknowledgement one that gets lost? */
  losesAck(): boolean {
    if (this.acksToLose === 0) return false;
    this.acksToLose -= 1;
    return true;
  }

  /** Calls `listener` when connections are cut. @returns what ends it. */
  onCut(listener: () => void): () => void {
    this.#cutListeners.add(listener);
    return () => this.#cutListeners.delete(listener);
  }
}
