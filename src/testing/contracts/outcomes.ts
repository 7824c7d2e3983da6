import assert from 'node:assert/strict';

/** How long a test waits for what has no limit of its own, however busy the machine is. */
export const patienceMs = 60_000;

/** What tests look at of an error. */
export interface Rejection extends Readonly<Record<string, unknown>> {
  readonly code?: unknown;
  readonly maybeApplied?: unknown;
  readonly retryable?: unknown;
  readonly message: string;
}

/** The error that a call rejects with, for a look at it. */
export async function errorOf(call: PromiseLike<unknown>): Promise<Rejection> {
  return call.then(
    (value) => assert.fail(`The call did not reject, it resolved to ${String(value)}.`),
    (error: unknown) => error as Rejection,
  );
}

/** Looks again and again until `condition` holds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > end) assert.fail(`Not within ${patienceMs} ms: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
