import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PubSubEvent, RedisClientProtocol } from '../../../protocols/redis.js';

/** Keys that no other test has, on a server that others may use. */
export function keys(count: number): string[] {
  const test = randomUUID();
  return Array.from({ length: count }, (_, index) => `contract:${test}:${index}`);
}

/** What tests look at of an error. */
interface Rejection {
  readonly code?: unknown;
  readonly maybeApplied?: unknown;
  readonly retryable?: unknown;
  readonly message: string;
}

/** An error that tests have others throw. */
export function aReason(message: string): Error {
  return new assert.AssertionError({ message });
}

/** What a call rejects with. */
export async function errorOf(call: PromiseLike<unknown>): Promise<Rejection> {
  return call.then(
    (value) => assert.fail(`The call did not reject, it resolved to ${String(value)}.`),
    (error: unknown) => error as Rejection,
  );
}

/** Holds what a call rejects with: its code without what they all begin with, and whether it may have been applied. */
export async function rejects(
  call: PromiseLike<unknown>,
  code: string,
  maybeApplied: boolean,
): Promise<Rejection> {
  const error = await errorOf(call);
  assert.deepEqual([error.code, error.maybeApplied], [`SLIPWAY_REDIS_${code}`, maybeApplied], error.message);
  return error;
}

/** The texts of the next messages of a loop. */
export async function take(
  subscription: AsyncIterable<{ readonly data: string }>,
  count: number,
): Promise<string[]> {
  const taken: string[] = [];
  for await (const { data } of subscription) if (taken.push(data) === count) return taken;
  return assert.fail(`The subscription ended after ${taken.length} of ${count} messages.`);
}

/** Gaps and texts in their order, up to and with one text. Gaps are shown as `gap: <reason>`. */
export async function listenUntil(
  subscription: { listen(): AsyncIterable<PubSubEvent> },
  last: string,
): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of subscription.listen()) {
    if (event.type === 'subscribe') continue;
    seen.push(event.type === 'gap' ? `gap: ${event.reason}` : event.data);
    if (event.type === 'message' && event.data === last) return seen;
  }
  return assert.fail(`The subscription ended after ${seen.join(', ')}.`);
}

const patienceMs = 60_000;

/** Resolves when it holds, which may take some time on a busy machine. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > deadline) assert.fail(`It did not come to that within ${patienceMs} ms: ${what}`);
    await sleep(5);
  }
}

const tooLate: readonly unknown[] = [
  'SLIPWAY_REDIS_TIMEOUT',
  'SLIPWAY_REDIS_UNREACHABLE',
  'SLIPWAY_REDIS_CONNECTION_LOST',
];

/** What a call that may be repeated resolves to, where its deadline may be too brief for a busy machine. */
export async function persistently<T>(call: () => Promise<T>): Promise<T> {
  const results: T[] = [];
  await until('the call succeeds', () =>
    call().then(
      (result) => results.push(result) > 0,
      (error: Rejection) => {
        if (tooLate.includes(error.code)) return false;
        throw error;
      },
    ),
  );
  return results[0] as T;
}

/** Resolves when the call rejects for this reason; whatever it is till then, nothing was applied. */
export async function rejectsInTheEnd(call: () => Promise<unknown>, code: string): Promise<Rejection> {
  const errors: Rejection[] = [];
  await until(`the call rejects with ${code}`, async () => {
    const error = await errorOf(call());
    assert.equal(error.maybeApplied, false, error.message);
    errors.push(error);
    return error.code === `SLIPWAY_REDIS_${code}`;
  });
  return errors.at(-1) ?? assert.fail();
}

/** Resolves when the client is served again. */
export function servedAgain(client: Pick<RedisClientProtocol, 'ping'>): Promise<void> {
  return until('the client is served again', () => client.ping().catch(() => false));
}
