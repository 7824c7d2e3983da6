import { compareCodePoints } from './compare-code-points.js';
import type { JsonBuilder } from './json-builder.js';
import { pythonFloat } from './python-float.js';
import { pythonString } from './python-string.js';

const scalars = {
  literal: String,
  string: (text: string, plain: boolean): string => (plain ? `"${text}"` : pythonString(text)),
  integer: (literal: string): string => (literal === '-0' ? '0' : literal),
  float: (literal: string): string => pythonFloat(Number(literal)),
  array: (items: string[]): string => `[${items.join(', ')}]`,
};

/** Writes what it reads as `json.dumps(json.loads(text), sort_keys=True)` does. */
export const sortedText: JsonBuilder<string> = {
  ...scalars,
  object(keys, values) {
    const order = sortedOrder(keys);
    let text = '';
    for (let place = 0; place < order.length; place += 1) {
      const index = order[place] as number;
      const key = keys[index] as string;
      // Of a key given twice the last stands behind the others.
      if (place + 1 < order.length && keys[order[place + 1] as number] === key) continue;
      text += `${text === '' ? '' : ', '}${pythonString(key)}: ${values[index]}`;
    }
    return `{${text}}`;
  },
};

/** Writes what it reads as the original writes an envelope it has read: keys in their order, no NaN. */
export const orderedText: JsonBuilder<string> = {
  ...scalars,
  float: (literal) => {
    const value = Number(literal);
    return Number.isFinite(value) ? pythonFloat(value) : 'null';
  },
  object(keys, values) {
    const members = new Map(keys.map((key, index) => [key, values[index] as string]));
    return `{${Array.from(members, ([key, value]) => `${pythonString(key)}: ${value}`).join(', ')}}`;
  },
};

/** The places of `keys` in order of the keys; of equal ones the last stands last. */
function sortedOrder(keys: readonly string[]): readonly number[] {
  const order = Array.from(keys, (_, index) => index);
  // Most objects have few keys, and many are in order already: for those, inserting is faster than a sort.
  if (keys.length > 32) return order.sort((a, b) => compareCodePoints(keys[a] ?? '', keys[b] ?? ''));
  for (let place = 1; place < order.length; place += 1) {
    const key = keys[place] as string;
    let to = place;
    while (to > 0 && compareCodePoints(keys[order[to - 1] as number] as string, key) > 0) {
      order[to] = order[to - 1] as number;
      to -= 1;
    }
    order[to] = place;
  }
  return order;
}
