import { RedisError } from '../../../src/index.js';

interface Settled {
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** What it failed with; undefined where it did not. */
  readonly code: string | undefined;
}

/** How one operation ended, for who keeps the books. */
export type End<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly maybeApplied: boolean };

/** Every operation of a workload: how long it took, how it ended, and whether what it said was true. */
export class Operations {
  readonly #settled: Settled[] = [];
  /** When those began that have not settled. */
  readonly #pending = new Set<{ readonly startedAt: number; readonly waitMs: number }>();
  /** When answers came that cannot be true. */
  readonly #wrongAt: number[] = [];
  /** The first of them. */
  firstWrong: string | undefined;

  /** @param waitMs how long the operation was told to wait on the server, which is no delay. */
  async track<T>(call: () => Promise<T>, waitMs = 0): Promise<End<T>> {
    const pending = { startedAt: performance.now(), waitMs };
    this.#pending.add(pending);
    const settle = (code?: string): void => {
      this.#pending.delete(pending);
      const endedAt = Math.max(pending.startedAt, performance.now() - waitMs);
      this.#settled.push({ startedAt: pending.startedAt, endedAt, code });
    };
    try {
      const value = await call();
      settle();
      return { ok: true, value };
    } catch (error) {
      settle(error instanceof RedisError ? error.code : String(error).slice(0, 60));
      return { ok: false, maybeApplied: !(error instanceof RedisError) || error.maybeApplied };
    }
  }

  expect(holds: boolean, otherwise: () => string): void {
    if (holds) return;
    this.#wrongAt.push(performance.now());
    this.firstWrong ??= otherwise();
  }

  /** Answers that cannot be true. */
  get wrong(): number {
    return this.#wrongAt.length;
  }

  /** Those of them that came after `moment`. */
  wrongSince(moment: number): number {
    return this.#wrongAt.filter((at) => at > moment).length;
  }

  get count(): number {
    return this.#settled.length + this.#pending.size;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** The longest that any took, or has taken so far. */
  get slowestMs(): number {
    const now = performance.now();
    let slowest = 0;
    for (const { startedAt, endedAt } of this.#settled) slowest = Math.max(slowest, endedAt - startedAt);
    for (const { startedAt, waitMs } of this.#pending) slowest = Math.max(slowest, now - startedAt - waitMs);
    return slowest;
  }

  /** How many took longer, or have so far. */
  slowerThan(limitMs: number): number {
    const now = performance.now();
    const slow = this.#settled.filter(({ startedAt, endedAt }) => endedAt - startedAt > limitMs).length;
    return (
      slow + [...this.#pending].filter(({ startedAt, waitMs }) => now - startedAt - waitMs > limitMs).length
    );
  }

  /** `SLIPWAY_REDIS_TIMEOUT: 120, SLIPWAY_REDIS_UNREACHABLE: 900` */
  get errors(): string {
    const counts = new Map<string, number>();
    for (const { code } of this.#settled)
      if (code !== undefined) counts.set(code, (counts.get(code) ?? 0) + 1);
    return [...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, count]) => `${code}: ${count}`)
      .join(', ');
  }

  /** When the last that failed, or has not ended, was started; 0 if there is none. */
  get lastFailedStart(): number {
    let last = 0;
    for (const { startedAt, code } of this.#settled) if (code !== undefined) last = Math.max(last, startedAt);
    for (const { startedAt } of this.#pending) last = Math.max(last, startedAt);
    return last;
  }

  /** The first success after `moment` of an operation that was started after it. */
  firstSuccessAfter(moment: number): number | undefined {
    return this.#settled.find(({ startedAt, code }) => startedAt >= moment && code === undefined)?.endedAt;
  }

  /** Did all that were started between the two end well? */
  allSucceeded(from: number, to: number): boolean {
    const inside = ({ startedAt }: { readonly startedAt: number }): boolean =>
      startedAt >= from && startedAt < to;
    const ended = this.#settled.filter(inside);
    return (
      ended.length > 0 && ended.every(({ code }) => code === undefined) && ![...this.#pending].some(inside)
    );
  }
}
