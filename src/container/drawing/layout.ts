import { heightsOf, space } from './heights.js';
import { type Arc, type Box, type Line, columnsOf, groupsOf, orient } from './layers.js';
import { type Item, rowsOf } from './rows.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Place extends Point {
  readonly width: number;
  readonly height: number;
}

/** Where everything stands, in pixels from the top left corner. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** By box. */
  readonly places: readonly Place[];
  /** By line: corners in pairs, from its `from` to its `to`; straight from the first of a pair to the second. Undefined for a line of a box to itself. */
  readonly routes: readonly (readonly Point[] | undefined)[];
  /** The columns of each band that has boxes. */
  readonly bands: ReadonlyMap<number, { readonly x: number; readonly width: number }>;
}

/** Space between columns without lines; every trunk that passes needs a little more. */
const columnGap = 64;
const bandPadding = 18;
const bandGap = 34;

/** Lays out boxes in columns, left to right in the order they are built, with few crossings. The same for the same input. */
export function layout(boxes: readonly Box[], lines: readonly Line[], maxHeight = 900): Layout {
  const arcs = orient(boxes, lines);
  const column = columnsOf(boxes, arcs, maxHeight);
  const { columns, ways, middle } = stacked(boxes, lines, arcs, column);
  const spans = spansOf(boxes, columns);
  const places = boxes.map(({ height }, index): Place => {
    const span = spans.columns[column[index] ?? 0] ?? { x: 0, width: 0 };
    const item = columns[column[index] ?? 0]?.find(({ box }) => box === index);
    return { ...span, y: (item === undefined ? 0 : (middle.get(item) ?? 0)) - height / 2, height };
  });
  const routes = lines.map((): readonly Point[] | undefined => undefined);
  const ports = portsOf(arcs, ways, places, middle);
  for (const arc of arcs) {
    const inner = (ways.get(arc) ?? []).slice(1, -1).flatMap((item, at): Point[] => {
      const { x, width } = spans.columns[(column[arc.left] ?? 0) + 1 + at] ?? { x: 0, width: 0 };
      const y = middle.get(item) ?? 0;
      return [
        { x, y },
        { x: x + width, y },
      ];
    });
    const leftmost = places[arc.left] as Place;
    const rightmost = places[arc.right] as Place;
    const route = [
      { x: leftmost.x + leftmost.width, y: leftmost.y + leftmost.height / 2 },
      ...inner,
      { x: rightmost.x, y: ports.get(arc) ?? 0 },
    ];
    routes[arc.line] = lines[arc.line]?.from === arc.right ? route.toReversed() : route;
  }
  const bottom = Math.max(0, ...Array.from(middle, ([item, y]) => y + item.height / 2));
  return { width: spans.width, height: bottom, places, routes, bands: spans.bands };
}

interface Stack {
  readonly columns: readonly (readonly Item[])[];
  readonly ways: ReadonlyMap<Arc, readonly Item[]>;
  readonly middle: ReadonlyMap<Item, number>;
}

/** Arranges each group by itself and puts it below those before it, as high as its columns have room. */
function stacked(
  boxes: readonly Box[],
  lines: readonly Line[],
  arcs: readonly Arc[],
  column: readonly number[],
): Stack {
  const columns: Item[][] = Array.from({ length: Math.max(0, ...column) + 1 }, () => []);
  const bottoms = columns.map(() => 0);
  const ways = new Map<Arc, readonly Item[]>();
  const middle = new Map<Item, number>();
  for (const group of groupsOf(boxes, arcs)) {
    const members = new Set(group);
    const rows = rowsOf(
      boxes,
      group,
      column,
      arcs.filter(({ left }) => members.has(left)),
      ({ line, left }) => `${left}|${lines[line]?.to === left}|${lines[line]?.weak}`,
    );
    const heights = heightsOf(rows.columns);
    const top = Math.max(
      ...rows.columns.map((items, at) => {
        const first = items[0];
        return first === undefined ? 0 : (bottoms[at] ?? 0) - (heights.get(first) ?? 0) + first.height / 2;
      }),
    );
    for (const [at, items] of rows.columns.entries()) {
      for (const item of items) {
        const y = top + (heights.get(item) ?? 0);
        middle.set(item, y);
        columns[at]?.push(item);
        bottoms[at] = y + item.height / 2 + 2 * space;
      }
    }
    for (const [arc, way] of rows.ways) ways.set(arc, way);
  }
  return { columns, ways, middle };
}

interface Spans {
  readonly columns: readonly { readonly x: number; readonly width: number }[];
  readonly bands: ReadonlyMap<number, { readonly x: number; readonly width: number }>;
  readonly width: number;
}

function spansOf(boxes: readonly Box[], columns: readonly (readonly Item[])[]): Spans {
  const spans: { x: number; width: number }[] = [];
  const bands = new Map<number, { x: number; width: number }>();
  let x = 0;
  let previous: number | undefined;
  for (const column of columns) {
    const members = column.flatMap(({ box }) => (box === undefined ? [] : (boxes[box] ?? [])));
    const band = members[0]?.band ?? 0;
    const width = Math.max(0, ...members.map((box) => box.width));
    const trunks = column.filter(({ lefts }) => lefts.length > 0).length;
    if (previous !== undefined) x += columnGap + Math.min(60, 2 * trunks);
    if (band !== previous) x += previous === undefined ? bandPadding : bandGap;
    spans.push({ x, width });
    const start = bands.get(band)?.x ?? x - bandPadding;
    x += width;
    bands.set(band, { x: start, width: x + bandPadding - start });
    previous = band;
  }
  return { columns: spans, bands, width: x + bandPadding };
}

/** Where each arc meets its right end: beside one another, in the order they come from. */
function portsOf(
  arcs: readonly Arc[],
  ways: ReadonlyMap<Arc, readonly Item[]>,
  places: readonly Place[],
  middle: ReadonlyMap<Item, number>,
): ReadonlyMap<Arc, number> {
  const byRight = new Map<number, { arc: Arc; from: number }[]>();
  for (const arc of arcs) {
    const before = ways.get(arc)?.at(-2);
    const from = before === undefined ? 0 : (middle.get(before) ?? 0);
    byRight.set(arc.right, [...(byRight.get(arc.right) ?? []), { arc, from }]);
  }
  const ports = new Map<Arc, number>();
  for (const [right, arrivals] of byRight) {
    const { y, height } = places[right] as Place;
    for (const [index, { arc }] of arrivals.toSorted((a, b) => a.from - b.from).entries()) {
      ports.set(arc, y + (height * (index + 1)) / (arrivals.length + 1));
    }
  }
  return ports;
}
