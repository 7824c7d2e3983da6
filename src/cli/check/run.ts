import { describeError } from '../../errors/describe.js';
import { redactText } from '../../errors/redact.js';
import { SlipwayError } from '../../errors/slipway-error.js';

/** `warning`: it works, but somebody should look at it. `skipped`: what it stands on does not work, or it was not asked for. */
export type CheckStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** One line of the report. Without secrets. */
export interface CheckResult {
  /** `redis.tcp`, always the same for the same check. */
  readonly id: string;
  /** What it was tried on, where there may be several: `host:port`. */
  readonly target?: string;
  readonly status: CheckStatus;
  /** What was found. */
  readonly detail: string;
  /** Milliseconds it took; absent where nothing was tried. */
  readonly ms?: number;
  /** The code of slipway's error, where one came. */
  readonly code?: string;
  /** What to do; with every `failed` and `warning`. */
  readonly fix?: string;
  /** With a `failed` of a server that the service starts without. */
  readonly optional?: true;
}

export interface Passed<T> {
  readonly detail: string;
  readonly value: T;
  /** It works, and this should still be looked at. */
  readonly warning?: string;
}

export interface Failed {
  readonly failed: string;
  readonly fix: string;
  readonly code?: string;
}

export type Outcome<T> = Passed<T> | Failed;

export interface CheckStep<T> {
  readonly id: string;
  readonly target?: string;
  /** Must end soon after its signal aborts. */
  readonly work: (signal: AbortSignal) => Promise<Outcome<T>>;
  /** Why it threw, and what to do. */
  readonly explain?: (error: unknown) => Failed;
  /** What to do where no answer comes. */
  readonly onTimeout: string;
  /** What else would do in its place, so that its failure is a warning only. */
  readonly hasAlternative?: boolean;
}

/** The checks of one call, one after the other, each within its time. */
export class CheckRun {
  readonly results: CheckResult[] = [];
  readonly timeoutMs: number;
  /** Does the service start without the server that is tried now? */
  isOptional = false;
  readonly #onResult: (result: CheckResult) => void;

  constructor(timeoutMs: number, onResult: (result: CheckResult) => void) {
    this.timeoutMs = timeoutMs;
    this.#onResult = onResult;
  }

  get isOk(): boolean {
    return this.results.every(({ status }) => status !== 'failed');
  }

  add(result: CheckResult): void {
    const { detail, fix, status } = result;
    const clean = {
      ...result,
      detail: redactText(detail.replaceAll(/\s*\n\s*/g, ' ')),
      ...(fix === undefined ? {} : { fix: redactText(fix) }),
      ...(status === 'failed' && this.isOptional ? { optional: true as const } : {}),
    };
    this.results.push(clean);
    this.#onResult(clean);
  }

  skip(ids: readonly string[], why: string): void {
    for (const id of ids) this.add({ id, status: 'skipped', detail: why });
  }

  /** What was found, or nothing where it failed. */
  async step<T>(step: CheckStep<T>): Promise<Passed<T> | undefined> {
    const { id, target, hasAlternative = false } = step;
    const beganAt = performance.now();
    const outcome = await this.#within(step);
    const ms = Math.round((performance.now() - beganAt) * 10) / 10;
    const about = { id, ...(target === undefined ? {} : { target }), ms };
    if ('failed' in outcome) {
      const { failed: detail, fix, code } = outcome;
      const status = hasAlternative ? 'warning' : 'failed';
      this.add({ ...about, status, detail, fix, ...(code === undefined ? {} : { code }) });
      return undefined;
    }
    const { detail, warning } = outcome;
    this.add(
      warning === undefined
        ? { ...about, status: 'ok', detail }
        : { ...about, status: 'warning', detail, fix: warning },
    );
    return outcome;
  }

  async #within<T>({ work, explain = unforeseen, onTimeout }: CheckStep<T>): Promise<Outcome<T>> {
    const limit = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Failed>((resolve) => {
      timer = setTimeout(() => {
        resolve({ failed: `no answer within ${this.timeoutMs} ms`, fix: onTimeout });
        limit.abort();
      }, this.timeoutMs);
    });
    try {
      return await Promise.race([work(limit.signal).catch(explain), late]);
    } finally {
      clearTimeout(timer);
      limit.abort();
    }
  }
}

/** What nobody thought of is told as it is. */
export function unforeseen(error: unknown): Failed {
  const isOurs = SlipwayError.is(error);
  return {
    failed: isOurs ? error.rawMessage : describeError(error),
    fix: isOurs ? `See docs/errors.md, ${error.code}.` : 'See the message.',
    ...(isOurs ? { code: error.code } : {}),
  };
}
