import { setTimeout as sleep } from 'node:timers/promises';

/** Collects what is not as documented. */
export class Findings {
  readonly #wrong = new Map<string, number>();

  expect(isSo: boolean, otherwise: string): void {
    if (!isSo) this.add(otherwise);
  }

  add(...wrong: readonly string[]): void {
    for (const each of wrong) this.#wrong.set(each, (this.#wrong.get(each) ?? 0) + 1);
  }

  /** Some of them, where there are many. */
  expectNone(of: readonly string[], what: string): void {
    this.expect(of.length === 0, `${of.length} ${what}: ${of.slice(0, 3).join(', ')}`);
  }

  /** For a result's `wrong`. */
  get told(): string | undefined {
    const told = [...this.#wrong].map(([what, times]) => (times === 1 ? what : `${what} (${times} times)`));
    return told.join('; ') || undefined;
  }

  get areNone(): boolean {
    return this.#wrong.size === 0;
  }
}

/** What `work` gives. @throws Error `otherwise`, if that takes longer than `limitMs`. */
export async function within<T>(limitMs: number, work: Promise<T>, otherwise: string): Promise<T> {
  const limit = new AbortController();
  const late = sleep(limitMs, undefined, { signal: limit.signal }).then(() => {
    throw new Error(`${otherwise} for more than ${limitMs} ms`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    limit.abort();
  }
}

/** Milliseconds until `isSo` gives true. @throws Error `otherwise`, if that takes longer than `limitMs`. */
export async function until(
  limitMs: number,
  isSo: () => Promise<boolean>,
  otherwise: () => string | Promise<string>,
): Promise<number> {
  const begunAt = performance.now();
  while (!(await isSo())) {
    if (performance.now() - begunAt > limitMs) throw new Error(`${await otherwise()} after ${limitMs} ms`);
    await sleep(50);
  }
  return Math.round(performance.now() - begunAt);
}
