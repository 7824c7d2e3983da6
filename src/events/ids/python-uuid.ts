import { hyphenate } from '../read-fields.js';

const hexNumber = /^[ \t-\r]*\+?(?:0[xX]_?)?([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)[ \t-\r]*$/;
const space = /\p{White_Space}/u;
const decimalDigit = /\p{Nd}/u;

/**
 * `text` as Python's `UUID(text)` reads it, which is more than the usual forms: `urn:` and `uuid:` are cut wherever they
 * stand, braces at both ends, hyphens everywhere, and what is left must be 32 characters that `int(..., 16)` takes:
 * digits of any script, underscores between digits, a sign or `0x` in front. Undefined for what it refuses.
 */
export function pythonUuid(text: string): string | undefined {
  const bare = text
    .replaceAll('urn:', '')
    .replaceAll('uuid:', '')
    .replaceAll(/^[{}]+|[{}]+$/g, '')
    .replaceAll('-', '');
  const characters = Array.from(bare);
  if (characters.length !== 32) return undefined;
  const ascii = characters.map((character) => inAscii(character)).join('');
  const digits = hexNumber.exec(ascii)?.[1]?.replaceAll('_', '');
  return digits === undefined ? undefined : hyphenate(digits.toLowerCase().padStart(32, '0'));
}

/** A digit of any script as 0 to 9, any space as one of ASCII, else as it is. Each script has its ten in a row. */
function inAscii(character: string): string {
  if (character <= '\u007f') return character;
  if (space.test(character)) return ' ';
  if (!decimalDigit.test(character)) return character;
  let zero = character.codePointAt(0) ?? 0;
  const value = zero;
  while (decimalDigit.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((value - zero) % 10);
}
