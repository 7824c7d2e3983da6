import type { Figure } from './measure/figure.js';
import type { RaceOptions } from './measure/race.js';

export interface SuiteOptions {
  /** How long to measure. */
  readonly race: RaceOptions;
  /** A short run, to see that everything works: its numbers say little. */
  readonly quick: boolean;
}

/** What a file in suites/ exports as `suite`; the file's name is the suite's. */
export interface Suite {
  /** Does it need the packages of bench/package.json? */
  readonly needsPeers: boolean;
  figures(options: SuiteOptions): AsyncIterable<Figure>;
}
