import { PublishError, type PublishOutcome } from '../../../src/index.js';

/** The error `promise` rejects with, for a look at it. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const result = await promise.then(
    (value: unknown) => ({ value }),
    (reason: unknown) => reason,
  );
  if (result instanceof Error) return result;
  throw new Error(`It did not fail: ${JSON.stringify(result)}`);
}

/** Code and outcome of the PublishError that `promise` rejects with. */
export async function publishFailureOf(
  promise: Promise<unknown>,
): Promise<{ code: string; outcome: PublishOutcome }> {
  const error = await failureOf(promise);
  if (!(error instanceof PublishError)) throw error;
  return { code: error.code, outcome: error.outcome };
}
