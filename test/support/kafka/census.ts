import type { EventEnvelope } from '../../../src/index.js';
import { createEnvelope } from '../../../src/index.js';

export interface Stored {
  readonly partition: number;
  readonly key: string | Buffer | null;
  readonly value: string | Buffer;
}

export interface Census {
  readonly acknowledged: number;
  readonly stored: number;
  /** Acknowledged and not stored. */
  readonly lost: number;
  /** Stored more than once. */
  readonly duplicated: number;
  /** Stored after a later one of its key. */
  readonly inversions: number;
}

interface Numbered {
  readonly number: number;
}

/** An event that a census can count. Numbers of one key rise with the calls. */
export function numbered(number: number): EventEnvelope<Numbered> {
  return createEnvelope('test.numbered', { number }, { sourceService: 'census' });
}

function numberOf(value: string | Buffer): number {
  return (JSON.parse(value.toString()) as { data: Numbered }).data.number;
}

/** Compares what was acknowledged with what is stored, given in the order of the offsets of each partition. */
export function takeCensus(acknowledged: Iterable<number>, records: Iterable<Stored>): Census {
  const counts = new Map<number, number>();
  const newest = new Map<string, number>();
  let stored = 0;
  let inversions = 0;
  for (const { key, value } of records) {
    const number = numberOf(value);
    stored += 1;
    counts.set(number, (counts.get(number) ?? 0) + 1);
    const name = key === null ? '' : key.toString();
    if (key !== null && number < (newest.get(name) ?? -1)) inversions += 1;
    newest.set(name, Math.max(number, newest.get(name) ?? -1));
  }
  const acked = [...acknowledged];
  return {
    acknowledged: acked.length,
    stored,
    lost: acked.filter((number) => !counts.has(number)).length,
    duplicated: [...counts.values()].filter((count) => count > 1).length,
    inversions,
  };
}
