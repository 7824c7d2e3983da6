/** What came of one try, as `npm run faults -- --json` prints it. */
export interface Result {
  /** Stable: `fuzz.envelopes`. */
  readonly id: string;
  readonly ok: boolean;
  /** Why it was not tried: what it needs is not there. Then `ok` is true. */
  readonly skipped?: string;
  /** What else there is to tell: counts, the first failure. */
  readonly [detail: string]: string | number | boolean | undefined;
}

interface FaultOptions {
  /** A short run, for every day. */
  readonly short: boolean;
}

/**
 * What a file in suites/ exports as `suite`. Its name is the file's up to the first hyphen: `redis.ts` and
 * `redis-pubsub.ts` are the suite `redis`.
 */
export interface FaultSuite {
  run(options: FaultOptions): AsyncIterable<Result>;
  /** What else is printed at the end, for people: a table of the results. */
  summary?(results: readonly Result[]): string;
}
