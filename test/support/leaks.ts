// Kept from before any test can put fake timers in their place.
const { setTimeout } = globalThis;

/**
 * Ends a process that something keeps alive after its tests, as a failure: a run that hangs says less than one that
 * tells what it hangs on.
 */
export function endEvenIfHeld(graceMs = 500): void {
  setTimeout(() => {
    const holders = process.getActiveResourcesInfo().filter((kind) => kind !== 'TTYWrap');
    process.stderr.write(`\nThe test process was held by ${holders.join(', ')}; ended by force.\n`);
    process.on('exit', () => {
      if (process.exitCode === 0 || process.exitCode === undefined) process.exitCode = 1;
    });
    process.exit();
  }, graceMs).unref();
}
