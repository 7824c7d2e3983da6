import { quiet } from './deferred.js';

/** Runs `work` and gives every rejection that nobody handled meanwhile or right after. */
export async function unhandledRejections(work: () => Promise<unknown>): Promise<readonly unknown[]> {
  const reasons: unknown[] = [];
  const note = (reason: unknown): void => void reasons.push(reason);
  // mocha's own listener would fail the test before it can say what it expected.
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', note);
  try {
    await work();
    await quiet();
    await quiet();
  } finally {
    process.off('unhandledRejection', note);
    for (const other of others) process.on('unhandledRejection', other);
  }
  return reasons;
}
