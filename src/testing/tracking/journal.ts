import { type Entry, sentence } from './entries.js';

type OfKind<Kind extends Entry['kind']> = Extract<Entry, { kind: Kind }>;

/** All that happened, in order. */
export class Journal {
  readonly #entries: Entry[] = [];
  readonly #listeners = new Set<() => void>();

  get length(): number {
    return this.#entries.length;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    this.changed();
  }

  /** Something is otherwise than before; who waits looks again. */
  changed(): void {
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** Calls `listener` at the next change, once. @returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  of<Kind extends Entry['kind']>(kind: Kind): readonly OfKind<Kind>[] {
    return this.#entries.filter((entry): entry is OfKind<Kind> => entry.kind === kind);
  }

  /** A numbered line for each entry. */
  tell(): string {
    if (this.#entries.length === 0)
      return 'Nothing happened: no event was published, handled or dead-lettered.';
    const groups = new Set(this.#entries.flatMap((entry) => ('group' in entry ? [entry.group] : [])));
    const lines = this.#entries.map((entry, index) => `  ${index + 1}. ${sentence(entry, groups.size > 1)}`);
    return `What happened, in order:\n${lines.join('\n')}`;
  }

  clear(): void {
    this.#entries.length = 0;
    this.changed();
  }
}
