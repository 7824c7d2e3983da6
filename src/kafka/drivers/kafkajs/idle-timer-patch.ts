import { createRequire } from 'node:module';
import { isPatchedVersion } from './patched-version.js';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

const done = Symbol.for('slipway.kafkajs.idleTimerPatch');

/**
 * kafkajs re-arms a timer of a negative delay, so 1 ms, for as long as a connection is open, to look at an empty queue
 * (tulios/kafkajs #1556, #1751): an idle producer never sleeps. This arms it only while requests wait, which is what it
 * is for: whatever adds a waiting request asks for the timer itself.
 * @returns whether the patch is in place; false, and nothing touched, for any version but the one of patched-version.ts.
 */
export function patchIdleTimer(version?: string): boolean {
  if (!isPatchedVersion(version)) return false;
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
    prototype: RequestQueue & { [done]?: true };
  };
  if (prototype[done]) return true;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleWhilePending(this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
  prototype[done] = true;
  return true;
}
