/** The grammar of JSON's numbers, on the code units of a text with a 0 behind it. */

/** Where the integer that begins at `begin` ends; `begin` if none does. What follows is left to the reader to refuse. */
export function integerEnd(units: Uint16Array, begin: number): number {
  const first = units[begin] === 0x2d ? begin + 1 : begin;
  const digit = units[first] as number;
  if (!isDigit(digit)) return begin;
  return digit === 0x30 ? first + 1 : digitsEnd(units, first);
}

/** Where the fraction and the exponent end that may stand at `at`. */
export function fractionEnd(units: Uint16Array, at: number): number {
  const hasFraction = units[at] === 0x2e && isDigit(units[at + 1] as number);
  const exponent = hasFraction ? digitsEnd(units, at + 1) : at;
  const letter = units[exponent];
  if (letter !== 0x65 && letter !== 0x45) return exponent;
  const sign = units[exponent + 1];
  const digits = sign === 0x2b || sign === 0x2d ? exponent + 2 : exponent + 1;
  return isDigit(units[digits] as number) ? digitsEnd(units, digits) : exponent;
}

export function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function digitsEnd(units: Uint16Array, at: number): number {
  let end = at + 1;
  while (isDigit(units[end] as number)) end += 1;
  return end;
}
