import { compareCodePoints } from './compare-code-points.js';
import type { JsonBuilder } from './json-builder.js';
import { pythonFloat } from './python-float.js';
import { pythonString } from './python-string.js';

const scalars = {
  literal: String,
  string: pythonString,
  plainString: (source: string, begin: number, end: number): string => source.slice(begin - 1, end + 1),
  integer: (literal: string): string => (literal === '-0' ? '0' : literal),
  float: (literal: string): string => (isShortest(literal) ? literal : pythonFloat(Number(literal))),
  array: (items: string[]): string => `[${items.join(', ')}]`,
};

const shortDecimal = /^-?(?!0\.0000)\d+\.(?:0|\d*[1-9])$/;

/**
 * Is `literal` surely what Python writes of it? No two decimals of up to 15 digits are the same double, so none is shorter
 * but one without trailing zeros; below 1e-4 an exponent would be written.
 */
function isShortest(literal: string): boolean {
  return literal.length <= 16 && shortDecimal.test(literal);
}

/** Writes what it reads as `json.dumps(json.loads(text), sort_keys=True)` does. */
export const sortedText: JsonBuilder<string> = {
  ...scalars,
  object(keys, values, plain) {
    sortMembers(keys, values, plain ? isBehind : isBehindByCodePoints);
    let text = '';
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index] as string;
      // Of a key given twice the last stands behind the others.
      if (key === keys[index + 1]) continue;
      const name = plain ? `"${key}": ` : `${pythonString(key)}: `;
      text += text === '' ? name + values[index] : `, ${name}${values[index]}`;
    }
    return `{${text}}`;
  },
};

/** Writes what it reads as the original writes an envelope it has read: keys in their order, no NaN. */
export const orderedText: JsonBuilder<string> = {
  ...scalars,
  float: (literal) => {
    if (isShortest(literal)) return literal;
    const value = Number(literal);
    return Number.isFinite(value) ? pythonFloat(value) : 'null';
  },
  object(keys, values) {
    const members = new Map(keys.map((key, index) => [key, values[index] as string]));
    return `{${Array.from(members, ([key, value]) => `${pythonString(key)}: ${value}`).join(', ')}}`;
  },
};

type IsBehind = (a: string, b: string) => boolean;

const isBehind: IsBehind = (a, b) => a > b;
const isBehindByCodePoints: IsBehind = (a, b) => compareCodePoints(a, b) > 0;

/** Sorts both lists by the keys; equal keys stay in their order. */
function sortMembers(keys: string[], values: string[], behind: IsBehind): void {
  if (keys.length > 32) {
    sortMany(keys, values, behind);
    return;
  }
  // Most objects have few keys, often in order already: inserting is the fastest way to sort those.
  for (let place = 1; place < keys.length; place += 1) {
    const key = keys[place] as string;
    let to = place;
    while (to > 0 && behind(keys[to - 1] as string, key)) to -= 1;
    if (to === place) continue;
    const value = values[place] as string;
    for (let from = place; from > to; from -= 1) {
      keys[from] = keys[from - 1] as string;
      values[from] = values[from - 1] as string;
    }
    keys[to] = key;
    values[to] = value;
  }
}

function sortMany(keys: string[], values: string[], behind: IsBehind): void {
  const members = keys.map((key, index) => ({ key, value: values[index] as string }));
  members.sort((a, b) => (behind(a.key, b.key) ? 1 : behind(b.key, a.key) ? -1 : 0));
  for (const [index, { key, value }] of members.entries()) {
    keys[index] = key;
    values[index] = value;
  }
}
