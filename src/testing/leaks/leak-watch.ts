import { SlipwayError } from '../../errors/slipway-error.js';
import { now, setImmediate, setTimeout } from '../real-timers.js';
import { placesOfResources, traceResources } from './resource-traces.js';
import { firstOf } from '../tracking/bounds.js';
import { openNames, watchRunning } from './running.js';

/** What is open, counted by what it is: `Timeout`, `TCPSocketWrap`, `REQUEST scope`. */
type Counts = ReadonlyMap<string, number>;

interface Snapshot {
  readonly test: string;
  readonly counts: Counts;
}

/** One more `kind` than before, first seen after `test`. */
interface Leak {
  readonly kind: string;
  readonly test: string | undefined;
}

// Their handles are made on first use, which would look like a leak of the test that first writes.
void [process.stdout, process.stderr];

const tracing = process.env['SLIPWAY_TEST_TRACE_LEAKS'] === '1';

/**
 * Counted after a pause, and so with the timer that mocha sets for an asynchronous hook: always one, and never
 * part of a difference. A timer counts until its callback has returned, hence setImmediate after setTimeout.
 */
async function openNow(pauseMs = 0): Promise<Counts> {
  if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  await new Promise<void>((resolve) => setImmediate(resolve));
  const counts = new Map<string, number>();
  const kinds = [...process.getActiveResourcesInfo(), ...openNames()];
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function excess(before: Counts, after: Counts): Map<string, number> {
  const more = new Map<string, number>();
  for (const [kind, count] of after) {
    const by = count - (before.get(kind) ?? 0);
    if (by > 0) more.set(kind, by);
  }
  return more;
}

const lookMs = 5;
/** What one look may count for. */
const longestLookMs = 50;

/** Watches what tests leave open. One watch accompanies a whole run. */
export class LeakWatch {
  readonly #settleMs: number;
  #baseline: Counts = new Map();
  #snapshots: Snapshot[] = [];

  /** @param settleMs how long what is being closed may take to go. */
  constructor(settleMs: number) {
    this.#settleMs = settleMs;
    if (tracing) traceResources();
    watchRunning();
  }

  /** What is open now is no leak. */
  async begin(): Promise<void> {
    this.#baseline = await openNow();
    this.#snapshots = [];
  }

  /** Call after each test, so that a leak found later can be put down to its test. */
  async afterTest(test: string): Promise<void> {
    this.#snapshots.push({ test, counts: await openNow() });
  }

  /**
   * Waits for what is being closed. From then on what is left counts as known, so that nobody else is blamed for it.
   * @returns an error that lists what is still open, if anything is.
   */
  async check(owner: string): Promise<SlipwayError | undefined> {
    let leftMs = this.#settleMs;
    let lookedAt = now();
    let more = excess(this.#baseline, await openNow());
    while (more.size > 0 && leftMs > 0) {
      more = excess(this.#baseline, await openNow(lookMs));
      // A process that stood still meanwhile could close nothing.
      leftMs -= Math.min(now() - lookedAt, longestLookMs);
      lookedAt = now();
    }
    const leaks = this.#attribute(more);
    await this.begin();
    return leaks.length === 0 ? undefined : leakError(owner, leaks);
  }

  #attribute(more: Counts): Leak[] {
    return [...more].flatMap(([kind, count]) =>
      Array.from({ length: count }, (_, index): Leak => ({ kind, test: this.#since(kind, index + 1) })),
    );
  }

  /** The test after which `kind` was over its baseline by `by`, and never under that again. */
  #since(kind: string, by: number): string | undefined {
    const limit = (this.#baseline.get(kind) ?? 0) + by;
    const last = this.#snapshots.findLastIndex(({ counts }) => (counts.get(kind) ?? 0) < limit);
    return this.#snapshots[last + 1]?.test;
  }
}

function leakError(owner: string, leaks: readonly Leak[]): SlipwayError {
  const counts = new Map<string, number>();
  for (const { kind, test } of leaks) {
    const line = test === undefined || test === owner ? `  ${kind}` : `  ${kind}, left by the test "${test}"`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  const lines = [...counts].map(([line, count]) => (count === 1 ? line : `${line} (${count} times)`));
  const hint = tracing ? '' : '\nSLIPWAY_TEST_TRACE_LEAKS=1 shows where each was made.';
  return new SlipwayError('SLIPWAY_TESTING_LEAK', {
    message: `"${owner}" left open:\n${firstOf(lines, 50).join('\n')}${placesOfResources()}${hint}`,
    context: { leaks },
  });
}
