import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { PubSubEvent, RedisClientProtocol } from '../../../protocols/redis.js';
import { errorOf, until, type Rejection } from '../outcomes.js';

/** Keys that no other test has, on a server that others may use. */
export function keys(count: number): string[] {
  const test = randomUUID();
  return Array.from({ length: count }, (_, index) => `contract:${test}:${index}`);
}

/** An error that tests have others throw. */
export function aReason(message: string): Error {
  return new assert.AssertionError({ message });
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

const tooLate: readonly unknown[] = [
  'SLIPWAY_REDIS_TIMEOUT',
  'SLIPWAY_REDIS_UNREACHABLE',
  'SLIPWAY_REDIS_CONNECTION_LOST',
];

/** What a call that may be repeated resolves to, where its deadline may be too brief for a busy machine. */
export async function persistently<T>(call: () => Promise<T>): Promise<T> {
  const results: T[] = [];
  await until(
    () =>
      call().then(
        (result) => results.push(result) > 0,
        (error: Rejection) => {
          if (tooLate.includes(error.code)) return false;
          throw error;
        },
      ),
    'the call succeeds',
  );
  return results[0] as T;
}

/** Resolves when the call rejects for this reason; whatever it is till then, nothing was applied. */
export async function rejectsInTheEnd(call: () => Promise<unknown>, code: string): Promise<Rejection> {
  const errors: Rejection[] = [];
  await until(async () => {
    const error = await errorOf(call());
    assert.equal(error.maybeApplied, false, error.message);
    errors.push(error);
    return error.code === `SLIPWAY_REDIS_${code}`;
  }, `the call rejects with ${code}`);
  return errors.at(-1) ?? assert.fail();
}

/** Resolves when the client is served again. */
export function servedAgain(client: Pick<RedisClientProtocol, 'ping'>): Promise<void> {
  return until(() => client.ping().catch(() => false), 'the client is served again');
}
