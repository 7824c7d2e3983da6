import type { Item } from './rows.js';

/** The free space between two items of a column. */
export const space = 12;

/**
 * The vertical middle of every item. Each is drawn towards its neighbours, lines that pass more strongly, so that they
 * run straight; the order in the columns stays and nothing overlaps.
 */
export function heightsOf(columns: readonly (readonly Item[])[]): ReadonlyMap<Item, number> {
  const middle = new Map<Item, number>();
  for (const column of columns) {
    let top = 0;
    for (const item of column) {
      middle.set(item, top + item.height / 2);
      top += item.height + space;
    }
  }
  for (let sweep = 0; sweep < 24; sweep += 1) {
    const leftwards = sweep % 2 === 1;
    for (const column of leftwards ? columns.toReversed() : columns) {
      settle(column, middle, sweep < 20 ? (leftwards ? ['rights'] : ['lefts']) : ['lefts', 'rights']);
    }
  }
  return withoutGaps(middle);
}

/** Moves everything up where a strip across all columns is empty. */
function withoutGaps(middle: ReadonlyMap<Item, number>): ReadonlyMap<Item, number> {
  const moved = new Map<Item, number>();
  const byTop = [...middle].toSorted(([a, left], [b, right]) => left - a.height / 2 - (right - b.height / 2));
  let bottom = -space;
  let shift = 0;
  for (const [item, y] of byTop) {
    const top = y - item.height / 2 - shift;
    if (top > bottom + space || bottom < 0) shift += top - bottom - space;
    moved.set(item, Math.round(y - shift));
    bottom = Math.max(bottom, y - shift + item.height / 2);
  }
  return moved;
}

/** Moves the items of a column to where their neighbours want them, as far as their order and size allow. */
function settle(
  column: readonly Item[],
  middle: Map<Item, number>,
  sides: readonly ('lefts' | 'rights')[],
): void {
  const blocks: { wish: number; weight: number; count: number }[] = [];
  const offsets: number[] = [];
  let offset = 0;
  for (const [index, item] of column.entries()) {
    const above = column[index - 1];
    offset += above === undefined ? 0 : (above.height + item.height) / 2 + space;
    offsets.push(offset);
    const { wish, weight } = wishOf(item, middle, sides);
    blocks.push({ wish: wish - offset, weight, count: 1 });
    // Two that want to change places share the middle of their wishes: the least squares under the given order.
    for (let last = blocks.length - 1; last > 0; last -= 1) {
      const lower = blocks[last];
      const upper = blocks[last - 1];
      if (lower === undefined || upper === undefined || upper.wish <= lower.wish) break;
      const sum = upper.weight + lower.weight;
      upper.wish = (upper.wish * upper.weight + lower.wish * lower.weight) / sum;
      upper.weight = sum;
      upper.count += lower.count;
      blocks.pop();
    }
  }
  let index = 0;
  for (const { wish, count } of blocks) {
    for (const end = index + count; index < end; index += 1) {
      const item = column[index];
      if (item !== undefined) middle.set(item, wish + (offsets[index] ?? 0));
    }
  }
}

function wishOf(
  item: Item,
  middle: ReadonlyMap<Item, number>,
  sides: readonly ('lefts' | 'rights')[],
): { readonly wish: number; readonly weight: number } {
  let sum = 0;
  let weight = 0;
  for (const side of sides) {
    for (const neighbour of item[side]) {
      const pull = item.box === undefined && neighbour.box === undefined ? 8 : item.box === undefined ? 4 : 1;
      sum += pull * (middle.get(neighbour) ?? 0);
      weight += pull;
    }
  }
  return weight === 0 ? { wish: middle.get(item) ?? 0, weight: 0.05 } : { wish: sum / weight, weight };
}
