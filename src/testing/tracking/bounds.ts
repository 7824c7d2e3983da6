/** What a failure says of all that happened: how it began, and what came last. Entries. */
const firstEntries = 20;
const lastEntries = 80;
/** A line of it, in characters: a handler's error may have a page of its own. */
const lineLength = 400;

/** The text, or its beginning where it is longer than a failure message can bear. */
export function clip(text: string, most = lineLength): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} more characters)`;
}

/** The first of them, each {@link clip clipped}, and how many there are besides. */
export function firstOf(texts: readonly string[], most: number): readonly string[] {
  const shown = texts.slice(0, most).map((text) => clip(text));
  return texts.length <= most ? shown : [...shown, `and ${texts.length - most} more`];
}

/** Its first and last ones where there are more than a failure message can bear, and those that are left out. */
export function endsOf<T>(items: readonly T[]): {
  first: readonly T[];
  left: readonly T[];
  last: readonly T[];
} {
  if (items.length <= firstEntries + lastEntries) return { first: items, left: [], last: [] };
  return {
    first: items.slice(0, firstEntries),
    left: items.slice(firstEntries, -lastEntries),
    last: items.slice(-lastEntries),
  };
}

/** Each different text with how often it is there, the most frequent first. */
export function tally(texts: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([text, count]) => `${text}: ${count}`);
}
