export type Scored = readonly [member: string, score: number];

/** Members by score, and by their bytes (latin1) where the score is the same. */
export class SortedSet {
  readonly #scores = new Map<string, number>();
  /** In order; undefined after a change. */
  #sorted: readonly Scored[] | undefined;

  get size(): number {
    return this.#scores.size;
  }

  /** All in order. */
  get sorted(): readonly Scored[] {
    this.#sorted ??= [...this.#scores].toSorted(compare);
    return this.#sorted;
  }

  score(member: string): number | undefined {
    return this.#scores.get(member);
  }

  set(member: string, score: number): void {
    this.#scores.set(member, score + 0); // -0 is kept as 0
    this.#sorted = undefined;
  }

  delete(member: string): boolean {
    this.#sorted = undefined;
    return this.#scores.delete(member);
  }
}

function compare([member, score]: Scored, [otherMember, otherScore]: Scored): number {
  if (score !== otherScore) return score < otherScore ? -1 : 1;
  return member < otherMember ? -1 : 1;
}
