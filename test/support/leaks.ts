import { createHook } from 'node:async_hooks';

type Counts = ReadonlyMap<string, number>;

interface Snapshot {
  readonly test: string;
  readonly counts: Counts;
}

/** What keeps the event loop alive: one more `kind` than before, first seen after `test`. */
interface Leak {
  readonly kind: string;
  readonly test: string | undefined;
}

// Kept from before any test can put fake timers in their place.
const { setTimeout: realSetTimeout, setImmediate: realSetImmediate } = globalThis;
const now = performance.now.bind(performance);

// Their handles are made on first use, which would look like a leak of the test that first writes.
const standardStreams = [process.stdout, process.stderr];

/** How long a handle that is being closed may take to go. */
const settleMs = 1_000;

/**
 * Counted after a pause, and so with the timer that mocha sets for an asynchronous hook: always one, and never
 * part of a difference. A timer counts until its callback has returned, hence setImmediate after setTimeout.
 */
async function openNow(pauseMs = 0): Promise<Counts> {
  if (pauseMs > 0) await new Promise((resolve) => realSetTimeout(resolve, pauseMs));
  await new Promise<void>((resolve) => realSetImmediate(resolve));
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
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

/** Watches what tests leave open. One watch accompanies a whole run. */
export class LeakWatch {
  #baseline: Counts = new Map();
  #snapshots: Snapshot[] = [];

  /** What is open now is no leak. */
  async begin(): Promise<void> {
    this.#baseline = await openNow();
    this.#snapshots = [];
  }

  /** Call after each test, so that a leak found later can be put down to its test. */
  async afterTest(test: string): Promise<void> {
    this.#snapshots.push({ test, counts: await openNow() });
  }

  /** Waits for what is being closed, then rejects with a list of what is still open. */
  async check(owner: string): Promise<void> {
    const deadline = now() + settleMs;
    let more = excess(this.#baseline, await openNow());
    while (more.size > 0 && now() < deadline) more = excess(this.#baseline, await openNow(5));
    const leaks = this.#attribute(more);
    // The next suite is not blamed for it again.
    await this.begin();
    if (leaks.length > 0) throw new Error(describe(owner, leaks));
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

function describe(owner: string, leaks: readonly Leak[]): string {
  const lines = leaks.map(({ kind, test }) =>
    test === undefined ? `  ${kind}, opened by a hook` : `  ${kind}, left by the test "${test}"`,
  );
  const places = traces.size === 0 ? '' : `\nMade at:\n${[...traces.values()].map(madeAt).join('\n')}`;
  const hint = tracing ? '' : '\nSLIPWAY_TEST_TRACE_LEAKS=1 shows where each was made.';
  return `"${owner}" left open:\n${lines.join('\n')}${places}${hint}`;
}

interface Trace {
  readonly kind: string;
  readonly stack: string;
}

const tracing = process.env['SLIPWAY_TEST_TRACE_LEAKS'] === '1';
const traces = new Map<number, Trace>();

function madeAt({ kind, stack }: Trace): string {
  return `  ${kind}\n${stack}`;
}

/** Recording a stack for every timer and handle is slow: on demand only. */
if (tracing) {
  Error.stackTraceLimit = 30;
  const kinds = /^(Timeout|TCP|TLS|Pipe|Process|FSEvent|UDP|Worker|MessagePort)/;
  const notOfTests = /node_modules\/(mocha|c8)\/|support\/leaks\.js/;
  createHook({
    init(id, kind) {
      if (!kinds.test(kind)) return;
      const frames = (new Error().stack ?? '').split('\n').slice(2);
      const own = frames.filter((frame) => !/\(?node:/.test(frame));
      if (own[0] === undefined ? frames.length === 0 : notOfTests.test(own[0])) return;
      traces.set(id, { kind, stack: (own.length > 0 ? own : frames).join('\n') });
    },
    destroy(id) {
      traces.delete(id);
    },
  }).enable();
}

/**
 * Ends a process that something keeps alive after its tests, as a failure: a run that hangs says less than one that
 * tells what it hangs on.
 */
export function endEvenIfHeld(graceMs = 500): void {
  realSetTimeout(() => {
    const holders = process.getActiveResourcesInfo().filter((kind) => kind !== 'TTYWrap');
    standardStreams[1]?.write(`\nThe test process was held by ${holders.join(', ')}; ended by force.\n`);
    process.on('exit', () => {
      if (process.exitCode === 0 || process.exitCode === undefined) process.exitCode = 1;
    });
    process.exit();
  }, graceMs).unref();
}
