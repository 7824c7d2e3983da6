import type { SortedSet } from './sorted-set.js';
import type { Stream } from './stream.js';

/** A value and its type, as TYPE names it. Byte strings that are looked up are kept as latin1 text. */
export type Value =
  | { readonly type: 'string'; readonly bytes: Buffer }
  | { readonly type: 'list'; readonly items: Buffer[] }
  | { readonly type: 'set'; readonly members: Set<string> }
  | { readonly type: 'zset'; readonly members: SortedSet }
  | { readonly type: 'hash'; readonly fields: Map<string, Buffer> }
  | { readonly type: 'stream'; readonly stream: Stream };

export interface Entry {
  readonly value: Value;
  /** Milliseconds since the epoch; undefined: it stays. */
  readonly expiresAt: number | undefined;
  /** Higher than that of every key set before: what SCAN's cursor counts by. */
  readonly order: number;
}

/** Who wants to know that a key changed. */
export interface KeyWatcher {
  keyChanged(): void;
}

/**
 * One database. Keys are byte strings (latin1). Whatever changes a key goes through {@link set}, {@link touch},
 * {@link expireAt} and {@link delete}, which tell those who WATCH it. Keys expire when they are looked at, so no timer runs.
 */
export class Keyspace {
  readonly #entries = new Map<string, Entry>();
  readonly #watchers = new Map<string, Set<KeyWatcher>>();
  readonly #now: () => number;
  #order = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    for (const key of this.#entries.keys()) this.get(key);
    return this.#entries.size;
  }

  /** The entry, unless it has expired. */
  get(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry?.expiresAt === undefined || entry.expiresAt > this.#now()) return entry;
    this.delete(key);
    return undefined;
  }

  set(key: string, value: Value, expiresAt?: number): void {
    const order = this.get(key)?.order ?? (this.#order += 1);
    this.#entries.set(key, { value, expiresAt, order });
    this.#changed(key);
  }

  /** Tells that the value of a key was changed in place; an empty collection is no key any more. */
  touch(key: string, isEmpty: boolean): void {
    if (isEmpty) this.delete(key);
    else this.#changed(key);
  }

  /** Gives a key that is there another end, or none. */
  expireAt(key: string, entry: Entry, expiresAt: number | undefined): void {
    this.#entries.set(key, { ...entry, expiresAt });
    this.#changed(key);
  }

  /** @returns whether it was there, expired or not. */
  delete(key: string): boolean {
    if (!this.#entries.delete(key)) return false;
    this.#changed(key);
    return true;
  }

  clear(): void {
    for (const key of this.#entries.keys()) this.delete(key);
  }

  /** Keys set after the cursor, in the order they were set: one that stays is met, whatever is deleted meanwhile. */
  *after(cursor: number): Generator<readonly [key: string, entry: Entry]> {
    for (const [key, { order }] of this.#entries) {
      if (order <= cursor) continue;
      const entry = this.get(key);
      if (entry !== undefined) yield [key, entry];
    }
  }

  watch(key: string, watcher: KeyWatcher): void {
    this.get(key); // what has expired by now is gone by now, and its going is no change
    const watchers = this.#watchers.get(key) ?? new Set();
    watchers.add(watcher);
    this.#watchers.set(key, watchers);
  }

  unwatch(key: string, watcher: KeyWatcher): void {
    const watchers = this.#watchers.get(key);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#watchers.delete(key);
  }

  #changed(key: string): void {
    for (const watcher of this.#watchers.get(key) ?? []) watcher.keyChanged();
  }
}
