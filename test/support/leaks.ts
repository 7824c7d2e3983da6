// Kept from before any test can put fake timers in their place.
const { setTimeout } = globalThis;

const turnMs = 50;

/**
 * Ends a process that something keeps alive after its tests, as a failure: a run that hangs says less than one that
 * tells what it hangs on.
 */
export function endEvenIfHeld(turns = 10): void {
  setTimeout(() => {
    // What is closing needs turns: a machine that stood still for as long gave it none.
    if (turns > 1) return endEvenIfHeld(turns - 1);
    const holders = process.getActiveResourcesInfo().filter((kind) => kind !== 'TTYWrap');
    process.stderr.write(`\nThe test process was held by ${holders.join(', ')}; ended by force.\n`);
    process.on('exit', () => {
      if (process.exitCode === 0 || process.exitCode === undefined) process.exitCode = 1;
    });
    process.exit();
  }, turnMs).unref();
}
