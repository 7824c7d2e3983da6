import { describeError } from '../errors/describe.js';

export interface RenewalOptions {
  /** How long the claim lasts from a renewal on. */
  readonly ttlMs: number;
  /** Renews it. @returns false if it is not ours any more. */
  readonly renew: () => Promise<boolean>;
  /** It is not ours any more, or may not be: nobody could ask until its time had passed. */
  readonly onLost: (why: string, cause?: unknown) => void;
  readonly onFailure: (error: unknown) => void;
}

/** Renews a claim in each third of its time while it is running; after a failure four times as often. */
export class ClaimRenewal {
  readonly #options: RenewalOptions;
  /** When the claim ends at the earliest, on this process's own clock. */
  #endsAt: number;
  #running = false;
  #next: NodeJS.Timeout | undefined;
  #end: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();

  /** @param claimedAt `performance.now()` from before the claim was sent. */
  constructor(options: RenewalOptions, claimedAt: number) {
    this.#options = options;
    this.#endsAt = claimedAt + options.ttlMs;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#schedule(this.#endsAt - performance.now() - (this.#options.ttlMs * 2) / 3);
  }

  /** Resolves when no renewal is under way. */
  stop(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#next);
    clearTimeout(this.#end);
    this.#end = undefined;
    return this.#underWay;
  }

  #schedule(ms: number): void {
    this.#next = setTimeout(
      () => {
        this.#underWay = this.#renew();
      },
      Math.max(1, ms),
    );
    // The handler keeps the process alive, or nothing does.
    this.#next.unref();
  }

  async #renew(): Promise<void> {
    const { ttlMs, renew, onFailure } = this.#options;
    const sentAt = performance.now();
    // Redis may take longer to answer than the claim lasts.
    this.#end ??= setTimeout(() => this.#lose('it was not renewed in time'), this.#endsAt - sentAt);
    let isOurs: boolean;
    try {
      isOurs = await renew();
    } catch (error) {
      if (!this.#running) return;
      onFailure(error);
      if (performance.now() >= this.#endsAt)
        this.#lose(`it was not renewed in time (${describeError(error)})`, error);
      else this.#schedule(ttlMs / 12);
      return;
    }
    if (!this.#running) return;
    if (!isOurs) {
      this.#lose('it ran out, or another receiver has it');
      return;
    }
    clearTimeout(this.#end);
    this.#end = undefined;
    this.#endsAt = sentAt + ttlMs;
    this.#schedule(this.#endsAt - performance.now() - (ttlMs * 2) / 3);
  }

  #lose(why: string, cause?: unknown): void {
    if (!this.#running) return;
    void this.stop();
    this.#options.onLost(why, cause);
  }
}
