/** What a handler noted of one call. The notes of a key stand in the order in which one server took them, from all members. */
export interface Note {
  /** One member from one assignment of its partitions to the next. */
  readonly tenure: string;
  /** The place of the event among those of its key, from 0. */
  readonly step: number;
  readonly what: 'begin' | 'done' | 'failed';
}

/** What the notes of one key tell. */
export interface KeyAccount {
  /** What must not be, in words. */
  readonly faults: readonly string[];
  /** Events that were brought to their end again. */
  readonly repeats: number;
  /** Calls that were begun by a member after another had its partition. */
  readonly late: number;
}

/**
 * Was the order of a key kept? It holds within each tenure: the next event begins when the one before has ended, and none
 * is left out. A new tenure may go back, to what was committed, but not forward: it begins no event while there is an
 * earlier one that nobody has finished. Both hold whatever dies, and together they mean that each event's first handling
 * came after that of the one before it.
 * @param buried what no handler ever finishes: it counts as finished once it has failed.
 */
export function accountOfKey(notes: readonly Note[], buried: ReadonlySet<number>): KeyAccount {
  const faults: string[] = [];
  const finished = new Set<number>();
  /** Of each tenure, what it began last, and whether that has ended. */
  const tenures = new Map<string, { step: number; hasEnded: boolean }>();
  let newest: string | undefined;
  let repeats = 0;
  let late = 0;
  for (const { tenure, step, what } of notes) {
    const last = tenures.get(tenure);
    if (what !== 'begin') {
      if (last?.step !== step) faults.push(`${tenure} ended ${step}, which it had not begun`);
      const isEnd = what === 'done' || buried.has(step);
      tenures.set(tenure, { step, hasEnded: isEnd });
      if (what === 'done' && finished.has(step)) repeats += 1;
      if (isEnd) finished.add(step);
      continue;
    }
    if (last === undefined) {
      newest = tenure;
      const missing = firstMissing(finished);
      if (step > missing) faults.push(`${tenure} began with ${step} while ${missing} was not finished`);
    } else {
      if (newest !== tenure) late += 1;
      if (step !== last.step && step !== last.step + 1)
        faults.push(`${tenure} began ${step} after ${last.step}`);
      if (step === last.step + 1 && !last.hasEnded)
        faults.push(`${tenure} began ${step} before the end of ${last.step}`);
    }
    tenures.set(tenure, { step, hasEnded: false });
  }
  return { faults, repeats, late };
}

function firstMissing(finished: ReadonlySet<number>): number {
  let step = 0;
  while (finished.has(step)) step += 1;
  return step;
}
