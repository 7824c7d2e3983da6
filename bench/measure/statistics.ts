/** The middle of a sample, and where its middle half lies. */
export interface Summary {
  readonly median: number;
  /** The lower and the upper quartile. */
  readonly spread: readonly [number, number];
}

/** @throws RangeError if the sample is empty or holds something that is no number. */
export function summarize(sample: readonly number[]): Summary {
  if (sample.length === 0 || sample.some(Number.isNaN)) {
    throw new RangeError('A sample needs at least one value, and numbers only.');
  }
  const sorted = sample.toSorted((left, right) => left - right);
  return { median: quantile(sorted, 0.5), spread: [quantile(sorted, 0.25), quantile(sorted, 0.75)] };
}

/** The value below which `share` of an ordered sample lies, interpolated between neighbours. */
function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below === above ? below : below + (above - below) * (position - Math.floor(position));
}

/**
 * Each value divided by the one of the same round: what slowed the machine in a round slowed both, and cancels out.
 * @throws RangeError if the samples differ in length.
 */
export function ratios(above: readonly number[], below: readonly number[]): readonly number[] {
  if (above.length !== below.length) {
    throw new RangeError(`Ratios need as many values above (${above.length}) as below (${below.length}).`);
  }
  return above.map((value, round) => value / (below[round] ?? Number.NaN));
}
