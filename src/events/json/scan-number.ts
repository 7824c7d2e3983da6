/**
 * Where the number that begins at `begin` ends, and whether it has a fraction or an exponent. It ends where it begins
 * if none is there. What follows a number's grammar, as in `01` or `1.`, is left to the reader to stumble over.
 */
export function numberAt(text: string, begin: number): { readonly end: number; readonly isFloat: boolean } {
  const negative = text.charCodeAt(begin) === 0x2d;
  const first = negative ? begin + 1 : begin;
  const digit = text.charCodeAt(first);
  if (digit === 0x49 && text.startsWith('Infinity', first)) {
    return { end: first + 'Infinity'.length, isFloat: true };
  }
  if (!isDigit(digit)) return { end: begin, isFloat: false };
  const whole = digit === 0x30 ? first + 1 : digitsEnd(text, first);
  const fraction = fractionEnd(text, whole);
  const end = exponentEnd(text, fraction);
  return { end, isFloat: end > whole };
}

function fractionEnd(text: string, at: number): number {
  const hasFraction = text.charCodeAt(at) === 0x2e && isDigit(text.charCodeAt(at + 1));
  return hasFraction ? digitsEnd(text, at + 1) : at;
}

function exponentEnd(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit !== 0x65 && unit !== 0x45) return at;
  const sign = text.charCodeAt(at + 1);
  const digits = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1;
  return isDigit(text.charCodeAt(digits)) ? digitsEnd(text, digits) : at;
}

function digitsEnd(text: string, at: number): number {
  let end = at;
  do end += 1;
  while (isDigit(text.charCodeAt(end)));
  return end;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}
