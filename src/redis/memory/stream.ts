import { compareStreamIds, zeroId } from '../stream-id.js';

export interface StreamEntry {
  readonly id: string;
  /** Names and values in turns. */
  readonly fields: readonly Buffer[];
}

interface Pending {
  consumer: string;
  deliveredAt: number;
  deliveries: number;
}

/** Readers that share a stream. */
export interface StreamGroup {
  lastId: string;
  /** How many of all entries it was given; undefined where that is not known. */
  read: number | undefined;
  /** Given and not acknowledged, in the order of the stream. */
  readonly pending: Map<string, Pending>;
  readonly consumers: Set<string>;
}

/** Entries that one node of a server's tree holds: what `~` trims at one go. */
const nodeEntries = 100;

/** An append-only log. Ids only grow, whatever is deleted. */
export class Stream {
  readonly groups = new Map<string, StreamGroup>();
  #entries: StreamEntry[] = [];
  #lastId = zeroId;
  #maxDeletedId = zeroId;
  #added = 0;

  get length(): number {
    return this.#entries.length;
  }

  get lastId(): string {
    return this.#lastId;
  }

  get maxDeletedId(): string {
    return this.#maxDeletedId;
  }

  /** Entries ever added. */
  get added(): number {
    return this.#added;
  }

  get first(): StreamEntry | undefined {
    return this.#entries[0];
  }

  get last(): StreamEntry | undefined {
    return this.#entries.at(-1);
  }

  append(id: string, fields: readonly Buffer[]): void {
    this.#entries.push({ id, fields });
    this.#lastId = id;
    this.#added += 1;
  }

  get(id: string): StreamEntry | undefined {
    const entry = this.#entries[this.#indexOf(id)];
    return entry?.id === id ? entry : undefined;
  }

  /** From the first id to the last, both included. */
  range(from: string, to: string): StreamEntry[] {
    const end = this.#indexOf(to);
    return this.#entries.slice(this.#indexOf(from), this.#entries[end]?.id === to ? end + 1 : end);
  }

  after(id: string, count = Infinity): StreamEntry[] {
    const at = this.#indexOf(id);
    const from = this.#entries[at]?.id === id ? at + 1 : at;
    return this.#entries.slice(from, from + count);
  }

  delete(id: string): boolean {
    const at = this.#indexOf(id);
    if (this.#entries[at]?.id !== id) return false;
    this.#entries.splice(at, 1);
    if (compareStreamIds(id, this.#maxDeletedId) > 0) this.#maxDeletedId = id;
    return true;
  }

  /** Drops the oldest. @param about it may leave as many as a node holds. @returns how many are gone. */
  trimToLength(length: number, about: boolean): number {
    return this.#trim(this.#entries.length - length, about);
  }

  trimToId(id: string, about: boolean): number {
    return this.#trim(this.#indexOf(id), about);
  }

  /** Which of all entries ever added, counted from 1, the one with this id is; undefined where nobody can tell. */
  ordinalOf(id: string): number | undefined {
    if (this.#added === 0) return 0;
    const toLast = compareStreamIds(id, this.#lastId);
    if (toLast === 0 || (this.length === 0 && toLast < 0)) return this.#added;
    const { first } = this;
    if (toLast > 0 || first === undefined) return undefined;
    if (this.#maxDeletedId !== zeroId && compareStreamIds(this.#maxDeletedId, first.id) >= 0)
      return undefined;
    const toFirst = compareStreamIds(id, first.id);
    if (toFirst > 0) return undefined;
    return this.#added - this.length + (toFirst === 0 ? 1 : 0);
  }

  hasDeletedFrom(id: string): boolean {
    return this.length > 0 && this.#maxDeletedId !== zeroId && compareStreamIds(id, this.#maxDeletedId) <= 0;
  }

  #trim(excess: number, about: boolean): number {
    const count = about ? Math.floor(excess / nodeEntries) * nodeEntries : excess;
    if (count <= 0) return 0;
    this.#entries = this.#entries.slice(count);
    return count;
  }

  /** Of the first entry that does not stand before `id`. */
  #indexOf(id: string): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareStreamIds(this.#entries[middle]?.id ?? zeroId, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
