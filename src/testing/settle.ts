import { SlipwayError } from '../errors/slipway-error.js';
import { clearTimeout, now, setImmediate, setTimeout } from './real-timers.js';
import { firstOf } from './tracking/bounds.js';
import type { EventKey } from './tracking/tracked.js';
import type { Tracker } from './tracking/tracker.js';

export interface SettleOptions {
  /** Milliseconds; default 5000, on real servers 30000. */
  readonly timeoutMs?: number;
}

/** What ends without a word, as an ignored message, is seen after so long. */
const lookEveryMs = 5;

/** The next change, or some milliseconds. */
function changed(tracker: Tracker): Promise<void> {
  return new Promise((resolve) => {
    const forget = tracker.journal.onChange(() => {
      clearTimeout(timer);
      resolve();
    });
    const timer = setTimeout(() => {
      forget();
      resolve();
    }, lookEveryMs);
  });
}

/** What is pending after everything that waits for its turn has had it. */
async function stillPending(tracker: Tracker): Promise<readonly string[]> {
  const pending = tracker.pending();
  if (pending.length > 0) return pending;
  const { length } = tracker.journal;
  await new Promise<void>((resolve) => setImmediate(resolve));
  const after = tracker.pending();
  return after.length === 0 && tracker.journal.length !== length ? stillPending(tracker) : after;
}

/** @see TestApplication.settled */
export async function settle(
  tracker: Tracker,
  unhandled: 'fail' | 'allow' | readonly EventKey[],
  { timeoutMs }: Required<SettleOptions>,
): Promise<void> {
  const deadline = now() + timeoutMs;
  let pending = await stillPending(tracker);
  while (pending.length > 0) {
    if (now() >= deadline) throw unsettled(tracker, pending, timeoutMs);
    await changed(tracker);
    pending = await stillPending(tracker);
  }
  const passedOver = tracker.unhandled();
  if (unhandled === 'allow') return;
  const allowed =
    unhandled === 'fail' ? [] : unhandled.map((key) => (typeof key === 'string' ? key : key.type));
  const wrong = passedOver.filter(({ event }) => event === undefined || !allowed.includes(event.eventType));
  if (wrong.length === 0) return;
  const types = [
    ...new Set(wrong.map(({ event, topic }) => `${event?.eventType ?? 'no envelope'} in ${topic}`)),
  ];
  throw new SlipwayError('SLIPWAY_TESTING_UNHANDLED', {
    message: `Events arrived that nothing subscribes to: ${firstOf(types, 20).join(', ')}. Subscribe to them, or allow them: testApplication(providers, { unhandled: [...] }).\n${tracker.journal.tellInShort()}`,
  });
}

/** Resolves when every consumer has its partitions. */
export async function joined(tracker: Tracker): Promise<void> {
  const deadline = now() + 30_000;
  for (let joining = tracker.joining(); joining.length > 0; joining = tracker.joining()) {
    if (now() >= deadline) throw unsettled(tracker, joining, 30_000);
    await changed(tracker);
  }
}

function unsettled(tracker: Tracker, pending: readonly string[], timeoutMs: number): SlipwayError {
  const isFake = globalThis.setTimeout !== setTimeout;
  const hint = isFake
    ? '\nThe timers are fake: what waits for one waits until the test moves its clock on.'
    : '';
  return new SlipwayError('SLIPWAY_TESTING_UNSETTLED', {
    message: `Still going on after ${timeoutMs} ms:\n${firstOf(pending, 20)
      .map((each) => `  - ${each}`)
      .join('\n')}${hint}\n${tracker.journal.tellInShort()}`,
    context: { pending },
  });
}
