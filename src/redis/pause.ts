const firstPauseMs = 25;
const longestPauseMs = 1000;

/**
 * How long to wait before the next attempt to connect: 25 ms, doubled with each failure up to a second, less up to a
 * quarter by chance so that many clients do not come in one wave.
 */
export function pauseMs(failures: number): number {
  return Math.min(firstPauseMs * 2 ** failures, longestPauseMs) * (1 - Math.random() / 4);
}

const renewalPauseMs = 5000;

/**
 * When a connection may be left for a fresh one because a replica refused a write: the primary may be elsewhere by now,
 * behind the same address. Once, and again only after 5 s, so that what stays a replica is not hammered.
 */
export class RenewalPace {
  #last = -Infinity;

  /** @returns whether it may be done now, and counts it as done. */
  take(): boolean {
    const now = performance.now();
    if (now - this.#last < renewalPauseMs) return false;
    this.#last = now;
    return true;
  }
}
