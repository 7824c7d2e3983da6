import { clip, endsOf, firstOf, tally } from './bounds.js';
import { type Entry, kindOf, sentence } from './entries.js';

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
    return this.#told(this.#lines(this.#entries));
  }

  /** The same for a message, which nobody reads if it has thousands of lines: how it began, and what came last. */
  tellInShort(): string {
    const { first, left, last } = endsOf(this.#entries);
    const lines = [...this.#lines(first), ...this.#lines(last, first.length + left.length)].map((line) =>
      clip(line),
    );
    if (left.length > 0) {
      const what = firstOf(tally(left.map((entry) => kindOf(entry))), 10).join(', ');
      lines.splice(first.length, 0, `  ... ${left.length} more, which history() lists (${what})`);
    }
    return this.#told(lines);
  }

  #told(lines: readonly string[]): string {
    if (lines.length === 0) return 'Nothing happened: no event was published, handled or dead-lettered.';
    return `What happened, in order:\n${lines.join('\n')}`;
  }

  #lines(entries: readonly Entry[], before = 0): readonly string[] {
    const groups = new Set(this.#entries.flatMap((entry) => ('group' in entry ? [entry.group] : [])));
    return entries.map((entry, index) => `  ${before + index + 1}. ${sentence(entry, groups.size > 1)}`);
  }

  clear(): void {
    this.#entries.length = 0;
    this.changed();
  }
}
