import type { Keyspace, KeyWatcher } from './keyspace.js';
import type { Reply } from './replies.js';

/** A connection's WATCH and MULTI. */
export class Transaction implements KeyWatcher {
  /** What EXEC runs; undefined outside of MULTI. */
  queue: (() => Reply)[] | undefined;
  /** Was a command refused while it was queued? */
  refused = false;
  readonly #watched: { readonly db: Keyspace; readonly key: string }[] = [];
  #changed = false;

  watch(db: Keyspace, key: string): void {
    db.watch(key, this);
    this.#watched.push({ db, key });
  }

  unwatch(): void {
    for (const { db, key } of this.#watched) db.unwatch(key, this);
    this.#watched.length = 0;
    this.#changed = false;
  }

  keyChanged(): void {
    this.#changed = true;
  }

  /** Has a watched key changed, or expired? */
  conflicted(): boolean {
    for (const { db, key } of this.#watched) db.get(key); // its expiry is a change that nobody may have met yet
    return this.#changed;
  }

  reset(): void {
    this.queue = undefined;
    this.refused = false;
    this.unwatch();
  }
}
