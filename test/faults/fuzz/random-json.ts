import type { Random } from './random.js';

const numbers = [
  '0',
  '-0',
  '0.0',
  '-0.0',
  '1',
  '1.0',
  '1e16',
  '1E+2',
  '1e-7',
  '9007199254740993',
  '1e400',
  '-1e-400',
];
const words = ['true', 'false', 'null', 'NaN', 'Infinity', '-Infinity'];
const pieces = [
  'a',
  'B',
  '_',
  '1',
  '10',
  'id',
  'data',
  '__proto__',
  ' ',
  'å',
  'ß',
  '漢',
  '😀',
  '\u007f',
  '\u0080',
  '\u2028',
  '\ue000',
  '\uffff',
  '\\"',
  '\\\\',
  '\\/',
  '\\b',
  '\\f',
  '\\n',
  '\\r',
  '\\t',
  '\\u00e5',
  '\\u0041',
  '\\uE000',
  '\\ud83d\\ude00',
] as const;
const halves = ['\\ud83d', '\\udc00'];
const spaces = ['', '', '', '', ' ', '\n', '\t', '\r\n'];

/** A JSON text that Python's json.loads takes: all kinds of values, nested up to `depth`. */
export function randomJson(random: Random, depth = 5): string {
  const space = (): string => random.pick(spaces);
  const kind = random.below(depth > 0 ? 10 : 7);
  if (kind < 3) return randomNumber(random);
  if (kind < 6) return randomString(random);
  if (kind === 6) return random.pick(words);
  if (kind === 7) {
    return `[${random.some(5, () => `${space()}${randomJson(random, depth - 1)}${space()}`).join(',') || space()}]`;
  }
  return randomObject(random, depth);
}

export function randomObject(random: Random, depth = 5): string {
  const space = (): string => random.pick(spaces);
  const member = (): string =>
    `${space()}${randomString(random)}${space()}:${space()}${randomJson(random, depth - 1)}${space()}`;
  return `{${random.some(7, member).join(',') || space()}}`;
}

export function randomString(random: Random): string {
  return `"${random.some(6, () => random.pick(random.once(100) ? halves : pieces)).join('')}"`;
}

function randomNumber(random: Random): string {
  const sign = random.pick(['', '-']);
  switch (random.below(6)) {
    case 0:
      return random.pick(numbers);
    case 1:
      return `${sign}${random.below(1000)}`;
    case 2:
      return `${sign}${1 + random.below(9)}${digits(random, random.below(40))}`;
    case 3:
      return `${sign}${random.below(100_000)}.${digits(random, 1 + random.below(20))}`;
    case 4:
      return `${sign}${random.below(10)}.${digits(random, 1 + random.below(17))}e${random.pick(['', '+', '-'])}${random.below(330)}`;
    default:
      return `${sign}0.${'0'.repeat(random.below(8))}${digits(random, 1 + random.below(8))}`;
  }
}

function digits(random: Random, count: number): string {
  return Array.from({ length: count }, () => random.below(10)).join('');
}
