import { openSync, readFileSync, writeSync } from 'node:fs';

/** What the service of the cells was doing, in the order in which it did so. */
export type Deed =
  /** A handler of the consumer has an event, and is done with it, however it ended. */
  | 'handling'
  | 'handled'
  /** The same of a request. */
  | 'answering'
  | 'answered'
  /** What of these ends next has failed. */
  | 'failed'
  /** `stop()` of a client was called, and has ended. */
  | 'closing'
  | 'closed'
  /** The consumer's was called, and whatever had been under way in that very turn has run. */
  | 'intake-closed'
  /** An error that nobody caught, and a warning of Node. */
  | 'uncaught'
  | 'warning';

export interface Note {
  readonly deed: Deed;
  /** An id, the name of a client, a text. */
  readonly of: string;
}

/** Written at once and without a buffer: the order is true, and nothing is lost however the process ends. */
export class Journal {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  note(deed: Deed, of: string): void {
    writeSync(this.#file, `${JSON.stringify({ deed, of } satisfies Note)}\n`);
  }

  async during<T>(deeds: readonly [Deed, Deed], of: string, work: () => Promise<T>): Promise<T> {
    this.note(deeds[0], of);
    try {
      return await work();
    } catch (error) {
      this.note('failed', of);
      throw error;
    } finally {
      this.note(deeds[1], of);
    }
  }
}

export function readJournal(path: string): readonly Note[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Note);
}
