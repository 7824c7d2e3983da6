/** What one look may count for: a process that stood still meanwhile could not see what it waits for. */
const longestLookMs = 100;

/**
 * Looks again and again until `condition` holds.
 * @param what it is, for the error if it does not come to that in time.
 * @param limitMs in which this process could look: time in which it, or its machine, stood still hardly counts.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what = String(condition),
  limitMs = 10_000,
): Promise<void> {
  let leftMs = limitMs;
  let lookedAt = performance.now();
  while (!(await condition())) {
    if (leftMs < 0) throw new Error(`Not within ${limitMs} ms: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 2));
    const now = performance.now();
    leftMs -= Math.min(now - lookedAt, longestLookMs);
    lookedAt = now;
  }
}
