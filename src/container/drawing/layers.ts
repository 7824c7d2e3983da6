/** What is to be placed. A band is a run of columns of its own; bands stand beside one another by number. */
export interface Box {
  readonly band: number;
  readonly width: number;
  readonly height: number;
}

/** A line between two boxes, by their positions in the list. */
export interface Line {
  readonly from: number;
  readonly to: number;
  /** It gives way where lines would lead in a circle. */
  readonly weak: boolean;
}

/** A line with its ends as they stand: normally `to` is on the left, since it is built first. */
export interface Arc {
  readonly line: number;
  readonly left: number;
  readonly right: number;
}

/** Gives every line a direction so that none leads back, whatever cycles there are. Lines of a box to itself are left out. */
export function orient(boxes: readonly Box[], lines: readonly Line[]): readonly Arc[] {
  const after = boxes.map(() => new Set<number>());
  const arcs: Arc[] = [];
  const strongFirst = [...lines.keys()].toSorted((a, b) => Number(lines[a]?.weak) - Number(lines[b]?.weak));
  for (const index of strongFirst) {
    const line = lines[index];
    if (line === undefined || line.from === line.to) continue;
    const { from, to } = line;
    const gap = bandOf(boxes, to) - bandOf(boxes, from);
    const turned = gap > 0 || (gap === 0 && reaches(after, from, to));
    const [left, right] = turned ? [from, to] : [to, from];
    after[left]?.add(right);
    arcs.push({ line: index, left, right });
  }
  return arcs.toSorted((a, b) => a.line - b.line);
}

/**
 * The column of every box: to the right of all that its arcs lead from, and no further left than it has to be for what
 * follows it. Columns that would be taller than `maxHeight` are kept lower where a box has the choice.
 */
export function columnsOf(boxes: readonly Box[], arcs: readonly Arc[], maxHeight: number): readonly number[] {
  const inside = arcs.filter(({ left, right }) => bandOf(boxes, left) === bandOf(boxes, right));
  const before = neighbours(boxes, inside, 'right', 'left');
  const after = neighbours(boxes, inside, 'left', 'right');
  const order = sorted(before);
  const column = boxes.map(() => 0);
  for (const box of order)
    column[box] = 1 + Math.max(-1, ...(before[box] ?? []).map((each) => column[each] ?? 0));
  const last = new Map<number, number>();
  for (const [index, { band }] of boxes.entries())
    last.set(band, Math.max(last.get(band) ?? 0, column[index] ?? 0));
  // A box with more behind it than before it has shorter lines next to what follows.
  for (const box of order.toReversed()) {
    const following = after[box] ?? [];
    if (following.length === 0 || following.length < (before[box] ?? []).length) continue;
    column[box] = Math.min(...following.map((each) => column[each] ?? 0)) - 1;
  }
  spread(boxes, arcs, column, last, maxHeight);
  return inARow(boxes, column);
}

/** Boxes without any arc fill the first columns of their band that have room, or a new one. */
function spread(
  boxes: readonly Box[],
  arcs: readonly Arc[],
  column: number[],
  last: ReadonlyMap<number, number>,
  maxHeight: number,
): void {
  const bound = new Set(arcs.flatMap(({ left, right }) => [left, right]));
  for (const [band, lastColumn] of last) {
    const heights = Array.from({ length: lastColumn + 1 }, () => 0);
    const members = [...boxes.keys()].filter((box) => boxes[box]?.band === band);
    for (const box of members) {
      if (bound.has(box))
        heights[column[box] ?? 0] = (heights[column[box] ?? 0] ?? 0) + (boxes[box]?.height ?? 0);
    }
    const tallest = Math.max(maxHeight, ...heights);
    for (const box of members) {
      if (bound.has(box)) continue;
      const height = boxes[box]?.height ?? 0;
      let free = heights.findIndex((used) => used + height <= tallest);
      if (free < 0) free = heights.push(0) - 1;
      heights[free] = (heights[free] ?? 0) + height;
      column[box] = free;
    }
  }
}

/** Numbers the columns of all bands in one row, without empty ones. */
function inARow(boxes: readonly Box[], column: readonly number[]): readonly number[] {
  const keys = boxes.map(({ band }, index) => band * 1e6 + (column[index] ?? 0));
  const numbers = new Map([...new Set(keys)].toSorted((a, b) => a - b).map((key, index) => [key, index]));
  return keys.map((key) => numbers.get(key) ?? 0);
}

function neighbours(
  boxes: readonly Box[],
  arcs: readonly Arc[],
  of: 'left' | 'right',
  give: 'left' | 'right',
): readonly (readonly number[])[] {
  const lists: number[][] = boxes.map(() => []);
  for (const arc of arcs) lists[arc[of]]?.push(arc[give]);
  return lists;
}

/** Every box after those before it. */
function sorted(before: readonly (readonly number[])[]): readonly number[] {
  const done = new Set<number>();
  const visit = (box: number): void => {
    if (done.has(box)) return;
    for (const each of before[box] ?? []) visit(each);
    done.add(box);
  };
  for (const box of before.keys()) visit(box);
  return [...done];
}

function reaches(after: readonly ReadonlySet<number>[], from: number, to: number): boolean {
  const seen = new Set([from]);
  for (const box of seen) {
    if (box === to) return true;
    for (const each of after[box] ?? []) seen.add(each);
  }
  return false;
}

function bandOf(boxes: readonly Box[], index: number): number {
  return boxes[index]?.band ?? 0;
}

/** The boxes that hang together by arcs, the largest group first. Boxes without any arc are one group, the last. */
export function groupsOf(boxes: readonly Box[], arcs: readonly Arc[]): readonly (readonly number[])[] {
  const beside: Set<number>[] = boxes.map(() => new Set());
  for (const { left, right } of arcs) {
    beside[left]?.add(right);
    beside[right]?.add(left);
  }
  const groups: number[][] = [];
  const alone: number[] = [];
  const seen = new Set<number>();
  for (const box of boxes.keys()) {
    if (seen.has(box)) continue;
    const group = new Set([box]);
    for (const member of group) for (const each of beside[member] ?? []) group.add(each);
    for (const member of group) seen.add(member);
    if (group.size === 1) alone.push(box);
    else groups.push([...group].toSorted((a, b) => a - b));
  }
  groups.sort((a, b) => b.length - a.length);
  return alone.length === 0 ? groups : [...groups, alone];
}
