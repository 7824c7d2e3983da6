import type { Stored } from '../../support/kafka/census.js';
import type { End } from './load.js';

/** What is stored, held against what was said of it. */
export interface Audit {
  readonly stored: number;
  /** Acknowledged, and not stored. */
  readonly lost: number;
  /** Stored more than once. */
  readonly duplicated: number;
  /** Acknowledged, and stored after a later one of its key that was acknowledged too. */
  readonly inversions: number;
  /** Told to be not written, and stored. */
  readonly written_all_the_same: number;
}

/** @param records in the order of the offsets of each partition. */
export function audit(ends: ReadonlyMap<number, End>, records: Iterable<Stored>): Audit {
  const counts = new Map<number, number>();
  const newest = new Map<string, number>();
  let stored = 0;
  let inversions = 0;
  for (const { key, value } of records) {
    const { data } = JSON.parse(value.toString()) as { data: { number: number } };
    stored += 1;
    counts.set(data.number, (counts.get(data.number) ?? 0) + 1);
    if (key === null || ends.get(data.number) !== 'acknowledged') continue;
    const before = newest.get(key.toString()) ?? -1;
    if (data.number < before) inversions += 1;
    else newest.set(key.toString(), data.number);
  }
  let lost = 0;
  let writtenAllTheSame = 0;
  for (const [number, end] of ends) {
    if (end === 'acknowledged' && !counts.has(number)) lost += 1;
    if (end === 'not-written' && counts.has(number)) writtenAllTheSame += 1;
  }
  return {
    stored,
    lost,
    duplicated: [...counts.values()].filter((count) => count > 1).length,
    inversions,
    written_all_the_same: writtenAllTheSame,
  };
}
