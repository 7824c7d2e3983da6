import assert from 'node:assert/strict';
import type { RedisLinkFaults, Scene, StartableRedis } from '../faults.js';
import { errorOf } from '../../outcomes.js';

export type Tests = Readonly<Record<string, (scene: Scene<RedisLinkFaults>) => Promise<void>>>;

/** A deadline for what is to pass it. Milliseconds. */
export const brief = 500;
/** What a call may take beyond its own limits on a busy machine, and less than anybody calls hanging. */
const soonMs = 25_000;

/** Holds that it settles, and not by accident some time later. */
export async function soon<T>(call: Promise<T>): Promise<T> {
  const begin = performance.now();
  try {
    return await call;
  } finally {
    const ms = Math.round(performance.now() - begin);
    assert.ok(ms < soonMs, `It took ${ms} ms.`);
  }
}

/** The server goes away, and resolves when the client has noticed: by a call that was under way. */
export async function leave({ faults }: Scene<RedisLinkFaults>, redis: StartableRedis): Promise<void> {
  await faults.stall();
  const under = errorOf(redis.ping());
  await faults.refuse(true);
  await faults.cut();
  await under;
  await faults.resume();
}
