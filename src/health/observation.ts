import { describeError } from '../errors/describe.js';

/** How long an answer that is a little old is held back for a newer one, in milliseconds. */
const patienceMs = 20;
/** What is older than this is not told any more while a newer answer may come, in milliseconds. */
const staleMs = 5_000;
/** Node's longest timer, in milliseconds; of a longer one it makes a single millisecond. */
const longestMs = 2 ** 31 - 1;

/** What a check said when it ran last. */
export interface Outcome {
  readonly passed: boolean;
  readonly details: Readonly<Record<string, unknown>>;
  /** Why it failed, without secrets. */
  readonly error: string | undefined;
  readonly durationMs: number;
  /** Since when each look has passed, or failed, as this one did. */
  readonly since: Date;
}

type Work = (signal: AbortSignal) => unknown;

interface Run {
  readonly outcome: Promise<Outcome>;
  /** Resolves when who has an older answer waits no longer. */
  readonly patience: Promise<undefined>;
}

/**
 * Something that is looked at from time to time: concurrent callers share one look, its outcome is kept for a while,
 * and a look that hangs neither holds up callers nor is followed by a second one.
 */
export class Observation {
  readonly #work: Work;
  readonly #timeoutMs: number;
  readonly #cacheMs: number;
  #last: { readonly outcome: Outcome; readonly at: number } | undefined;
  #run: Run | undefined;
  /** A look that was given up and goes on. */
  #hanging = false;

  constructor(work: Work, limits: { readonly timeoutMs: number; readonly cacheMs: number }) {
    this.#work = work;
    this.#timeoutMs = Math.min(limits.timeoutMs, longestMs);
    this.#cacheMs = limits.cacheMs;
  }

  /** Never rejects; at the latest after the timeout. */
  async outcome(): Promise<Outcome> {
    const last = this.#last;
    const ageMs = last === undefined ? Infinity : performance.now() - last.at;
    if (last !== undefined && ageMs < this.#cacheMs) return last.outcome;
    this.#run ??= this.#begin();
    const { outcome, patience } = this.#run;
    if (last === undefined || ageMs > staleMs + this.#cacheMs) return outcome;
    return (await Promise.race([outcome, patience])) ?? last.outcome;
  }

  #begin(): Run {
    let timer: NodeJS.Timeout | undefined;
    const outcome = this.#look().then((found) => {
      clearTimeout(timer);
      const before = this.#last?.outcome;
      const seen = before?.passed === found.passed ? { ...found, since: before.since } : found;
      this.#last = { outcome: seen, at: performance.now() };
      this.#run = undefined;
      return seen;
    });
    const patience = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), patienceMs);
    });
    return { outcome, patience };
  }

  async #look(): Promise<Outcome> {
    const startedAt = performance.now();
    const ended = (passed: boolean, more: Partial<Outcome>): Outcome => ({
      passed,
      details: {},
      error: undefined,
      durationMs: performance.now() - startedAt,
      since: new Date(),
      ...more,
    });
    if (this.#hanging) return ended(false, { error: 'its last run has not ended' });
    const controller = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => {
        const error = `no answer within ${this.#timeoutMs} ms`;
        resolve(ended(false, { error }));
        this.#hanging = true;
        controller.abort(new DOMException(error, 'TimeoutError'));
      }, this.#timeoutMs);
    });
    const work = this.#called(controller.signal).then(
      (details) => ended(true, { details }),
      (error: unknown) => ended(false, { error: describeError(error) }),
    );
    void work.then(() => {
      clearTimeout(timer);
      this.#hanging = false;
    });
    return Promise.race([work, late]);
  }

  async #called(signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
    const told: unknown = await this.#work(signal);
    return typeof told === 'object' && told !== null ? { ...told } : {};
  }
}
