import type { DescribedToken, GraphDescription } from './description.js';
import { type Edge, edgesOf } from './edges.js';
import { columns, duration, printable, wrap } from './text.js';

/** Sizes of a card in pixels. Its text has a fixed width, so that what fits here fits in every browser. */
export const metrics = {
  padding: 10,
  name: { line: 17, column: 7.5, size: 12.5 },
  note: { line: 14, column: 6.4, size: 10.5 },
  chip: { line: 20, height: 16, padding: 6, gap: 5 },
} as const;

/** A hint in a card that stands for a line to a token which half the graph needs. */
export interface Chip {
  readonly edge: Edge;
  readonly text: string;
  /** From the card's left edge. */
  readonly x: number;
  /** From the card's top edge. */
  readonly y: number;
  readonly width: number;
}

/** A token as the picture shows it. */
export interface Card {
  readonly token: DescribedToken;
  readonly nameLines: readonly string[];
  readonly note: string;
  readonly chips: readonly Chip[];
  readonly width: number;
  readonly height: number;
  /** How many need it, where their lines are not drawn but told by chips; else 0. */
  readonly hubOf: number;
}

/** What is drawn: cards, and the lines between them. */
export interface Deck {
  readonly cards: readonly Card[];
  readonly lines: readonly Edge[];
}

/** So many lines to one card cannot be followed any more. */
const hubSize = 8;
const nameColumns = 30;
const nameLines = 3;
const leastWidth = 120;
/** Chips stand beside one another up to here. */
const chipWidth = 236;

/** Makes the cards. A token that many need gets a chip in each of them instead of a line to each. */
export function deckOf(description: GraphDescription): Deck {
  const edges = edgesOf(description);
  const counts = new Map<DescribedToken, number>();
  for (const { to } of edges) counts.set(to, (counts.get(to) ?? 0) + 1);
  const isChip = ({ to, faulty, critical }: Edge): boolean =>
    !faulty && !critical && (counts.get(to) ?? 0) >= hubSize;
  const chips = new Map<DescribedToken, Edge[]>();
  for (const edge of edges.filter(isChip)) chips.set(edge.from, [...(chips.get(edge.from) ?? []), edge]);
  const cards = description.tokens.map((token) => {
    const count = counts.get(token) ?? 0;
    return cardOf(token, chips.get(token) ?? [], count >= hubSize ? count : 0);
  });
  return { cards, lines: edges.filter((edge) => !isChip(edge)) };
}

function cardOf(token: DescribedToken, hubs: readonly Edge[], hubOf: number): Card {
  const { padding, name, note, chip } = metrics;
  const lines = wrap(printable(token.name), nameColumns, nameLines);
  const text = noteOf(token, hubOf);
  const sizes = hubs.map((edge) => {
    const label = wrap(printable(edge.to.name), nameColumns, 1)[0] ?? '';
    return { edge, text: label, width: columns(label) * note.column + 2 * chip.padding };
  });
  const inner = Math.max(
    leastWidth - 2 * padding,
    columns(text) * note.column,
    ...lines.map((line) => columns(line) * name.column),
    ...sizes.map(({ width }) => width),
  );
  const top = 8 + lines.length * name.line + note.line + 6;
  const chips: Chip[] = [];
  let x = 0;
  let row = 0;
  const widest = Math.max(inner, chipWidth);
  for (const size of sizes) {
    if (x > 0 && x + size.width > widest) {
      x = 0;
      row += 1;
    }
    chips.push({ ...size, x: padding + x, y: top + row * chip.line });
    x += size.width + chip.gap;
  }
  const used = Math.max(inner, ...chips.map((each) => each.x - padding + each.width));
  const height = top + (chips.length === 0 ? 0 : (row + 1) * chip.line) + 4;
  return { token, nameLines: lines, note: text, chips, width: Math.ceil(used + 2 * padding), height, hubOf };
}

const kinds: Readonly<Record<DescribedToken['kind'], string>> = {
  value: 'value',
  create: 'function',
  class: 'class',
  context: 'handed in',
  alias: 'alias',
  decorate: 'decorator',
  opaque: 'inversify',
  all: 'list',
  absent: 'optional, absent',
  missing: 'missing',
};

/** What the kind of a token is called. */
export function kindName(kind: DescribedToken['kind']): string {
  return kinds[kind];
}

/** What tells tokens of one name apart, and what is special about this one. */
function noteOf({ kind, provider, durationMs = 0, problems }: DescribedToken, hubOf: number): string {
  const parts = provider === '' ? [] : [wrap(printable(provider), nameColumns, 1)[0] ?? ''];
  if (kind !== 'create' && kind !== 'class' && kind !== 'value') parts.push(kinds[kind]);
  if (durationMs >= 0.1) parts.push(duration(durationMs));
  if (hubOf > 0) parts.push(`for ${hubOf}`);
  if (problems.length > 0 && kind !== 'missing') parts.push('problem');
  return parts.join(' · ');
}
