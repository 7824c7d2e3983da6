const firstPauseMs = 25;
const longestPauseMs = 1000;

/**
 * How long to wait before the next attempt to connect: 25 ms, doubled with each failure up to a second, less up to a
 * quarter by chance so that many clients do not come in one wave.
 */
export function pauseMs(failures: number): number {
  return Math.min(firstPauseMs * 2 ** failures, longestPauseMs) * (1 - Math.random() / 4);
}
