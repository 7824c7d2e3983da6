/**
 * Looks again and again until `condition` holds.
 * @param what it is, for the error if it does not come to that in time.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what = String(condition),
  limitMs = 5_000,
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Not within ${limitMs} ms: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
