const unprintable = /[\p{Cc}\p{Cs}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;
const wide =
  /[\u1100-\u115F\u2E80-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Extended_Pictographic}|[\u{20000}-\u{3FFFD}]/u;
/** Combining signs, joiners and variation selectors. */
const narrow = /\p{M}|\p{Cf}|\p{Variation_Selector}/u;

/** A name may hold anything: control characters and those that turn the direction of text are replaced. */
export function printable(text: string): string {
  return text.replace(/\s/g, ' ').replace(unprintable, '\uFFFD');
}

/** How many columns of a fixed-width font `text` takes. */
export function columns(text: string): number {
  let count = 0;
  for (const character of text) count += narrow.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return count;
}

/** Where a name may be broken: `KafkaBus(main)` into `Kafka`, `Bus(`, `main)`. */
export function words(text: string): readonly string[] {
  return text.split(/(?<=[^\p{L}\p{N}])(?=[\p{L}\p{N}])|(?<=[\p{Ll}\p{N}])(?=\p{Lu})/u);
}

/** `text` in lines of at most `limit` columns, broken where a word of a camelCase name begins if there is one. */
export function wrap(text: string, limit: number, maxLines: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words(text)) {
    if (line !== '' && columns(line + word) > limit) {
      lines.push(line);
      line = '';
    }
    line += word;
    while (columns(line) > limit) {
      const head = take(line, limit);
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  if (lines.length <= maxLines) return lines;
  return [...lines.slice(0, maxLines - 1), `${take(lines[maxLines - 1] ?? '', limit - 1)}…`];
}

/** As much of `text` as takes at most `limit` columns, and one character at least. */
function take(text: string, limit: number): string {
  let taken = '';
  for (const character of text) {
    if (taken !== '' && columns(taken + character) > limit) break;
    taken += character;
  }
  return taken;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** `text` for HTML and SVG, between tags and in attributes. */
export function escapeMarkup(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** `0.4 ms`, `12 ms`, `3.2 s`. */
export function duration(ms: number): string {
  if (ms >= 9_950) return `${Math.round(ms / 1000)} s`;
  if (ms >= 995) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 9.95 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}
