import type { Arc, Box } from './layers.js';

/** What stands in a column: a box, or the place where lines pass between boxes. */
export interface Item {
  readonly box: number | undefined;
  readonly height: number;
  readonly lefts: Item[];
  readonly rights: Item[];
}

/** The columns with all that stands in them, and the way of each arc through them. */
export interface Rows {
  readonly columns: Item[][];
  /** The items from an arc's left end to its right end. */
  readonly ways: ReadonlyMap<Arc, readonly Item[]>;
}

/** How high the place for passing lines is. */
const passage = 10;

/**
 * Puts the boxes of a group in their columns and leads each arc through the columns between. Arcs from one box share their way as
 * far as it is the same, so that many lines become one trunk with branches; `trunk` tells which may.
 */
export function rowsOf(
  boxes: readonly Box[],
  members: readonly number[],
  column: readonly number[],
  arcs: readonly Arc[],
  trunk: (arc: Arc) => string,
): Rows {
  const columns: Item[][] = Array.from({ length: Math.max(0, ...column) + 1 }, () => []);
  const items = new Map(
    members.map((box) => [box, added(columns, column[box] ?? 0, box, boxes[box]?.height ?? 0)]),
  );
  const trunks = new Map<string, Item>();
  const joined = new Set<string>();
  const numbers = new Map<Item, number>();
  const numberOf = (item: Item): number => {
    const known = numbers.get(item) ?? numbers.size;
    numbers.set(item, known);
    return known;
  };
  const ways = new Map<Arc, readonly Item[]>();
  for (const arc of arcs) {
    const start = items.get(arc.left);
    const end = items.get(arc.right);
    if (start === undefined || end === undefined) continue;
    const way = [start];
    for (let at = (column[arc.left] ?? 0) + 1; at < (column[arc.right] ?? 0); at += 1) {
      const key = `${trunk(arc)}|${at}`;
      const passing = trunks.get(key) ?? added(columns, at, undefined, passage);
      trunks.set(key, passing);
      way.push(passing);
    }
    way.push(end);
    for (const [index, left] of way.entries()) {
      const right = way[index + 1];
      if (right === undefined || joined.size === joined.add(`${numberOf(left)}-${numberOf(right)}`).size)
        continue;
      left.rights.push(right);
      right.lefts.push(left);
    }
    ways.set(arc, way);
  }
  for (let pass = 0; pass < 3; pass += 1) reduceCrossings(columns);
  return { columns, ways };
}

function added(columns: Item[][], column: number, box: number | undefined, height: number): Item {
  const item: Item = { box, height, lefts: [], rights: [] };
  columns[column]?.push(item);
  return item;
}

/** Sweeps to and fro: each column in the order of the middle of its neighbours, then swaps that help. */
function reduceCrossings(columns: Item[][]): void {
  let best = columns.map((column) => [...column]);
  let fewest = totalCrossings(columns);
  for (let sweep = 0; sweep < 12 && fewest > 0; sweep += 1) {
    const leftwards = sweep % 2 === 1;
    const order = leftwards ? [...columns.keys()].toReversed() : [...columns.keys()];
    for (const at of order) sortByMiddle(columns, at, leftwards ? 'rights' : 'lefts');
    for (const at of order) swapNeighbours(columns, at);
    const crossings = totalCrossings(columns);
    if (crossings >= fewest) continue;
    fewest = crossings;
    best = columns.map((column) => [...column]);
  }
  for (const [at, column] of best.entries()) columns[at] = column;
}

function sortByMiddle(columns: Item[][], at: number, side: 'lefts' | 'rights'): void {
  const column = columns[at] ?? [];
  const beside = positions(columns[side === 'lefts' ? at - 1 : at + 1]);
  const middles = new Map<Item, number>();
  for (const [index, item] of column.entries()) {
    const known = item[side].map((each) => beside.get(each) ?? 0);
    const middle = known.length === 0 ? undefined : known.reduce((sum, each) => sum + each, 0) / known.length;
    // Without a neighbour it keeps its place among the others.
    middles.set(item, middle ?? (index * beside.size) / Math.max(1, column.length));
  }
  columns[at] = column.toSorted((a, b) => (middles.get(a) ?? 0) - (middles.get(b) ?? 0));
}

function swapNeighbours(columns: Item[][], at: number): void {
  const column = columns[at] ?? [];
  const left = positions(columns[at - 1]);
  const right = positions(columns[at + 1]);
  for (let changed = true, rounds = 0; changed && rounds < 10; rounds += 1) {
    changed = false;
    for (let index = 0; index + 1 < column.length; index += 1) {
      const upper = column[index];
      const lower = column[index + 1];
      if (upper === undefined || lower === undefined) continue;
      const now = inversions(upper.lefts, lower.lefts, left) + inversions(upper.rights, lower.rights, right);
      const then = inversions(lower.lefts, upper.lefts, left) + inversions(lower.rights, upper.rights, right);
      if (then >= now) continue;
      column[index] = lower;
      column[index + 1] = upper;
      changed = true;
    }
  }
}

function positions(column: readonly Item[] = []): ReadonlyMap<Item, number> {
  return new Map(column.map((item, index) => [item, index]));
}

/** How often lines of the upper item cross lines of the lower one. */
function inversions(
  upper: readonly Item[],
  lower: readonly Item[],
  place: ReadonlyMap<Item, number>,
): number {
  let count = 0;
  for (const a of upper) for (const b of lower) if ((place.get(a) ?? 0) > (place.get(b) ?? 0)) count += 1;
  return count;
}

function totalCrossings(columns: readonly (readonly Item[])[]): number {
  let count = 0;
  for (const [at, column] of columns.entries()) {
    const place = positions(columns[at + 1]);
    for (const [index, lower] of column.entries()) {
      for (const upper of column.slice(0, index)) count += inversions(upper.rights, lower.rights, place);
    }
  }
  return count;
}
