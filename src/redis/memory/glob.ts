/**
 * Does `text` match a Redis glob pattern (`*`, `?`, `[a-z]`, `[^a]`, `\` before a character taken literally)? Both are
 * byte strings (latin1), so `?` is one byte, as on a server.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  return match(pattern, 0, text, 0);
}

function match(pattern: string, patternFrom: number, text: string, textFrom: number): boolean {
  let p = patternFrom;
  let t = textFrom;
  // Where to go on after the last star if what follows it does not fit: the star then takes one character more.
  let starAt = -1;
  let starText = 0;
  for (;;) {
    if (p < pattern.length && pattern[p] === '*') {
      starAt = p;
      starText = t;
      p += 1;
      continue;
    }
    if (t === text.length) {
      if (p === pattern.length) return true;
    } else if (p < pattern.length) {
      const next = matchOne(pattern, p, text.charCodeAt(t));
      if (next !== -1) {
        p = next;
        t += 1;
        continue;
      }
    }
    if (starAt === -1 || starText >= text.length) return false;
    starText += 1;
    p = starAt + 1;
    t = starText;
  }
}

/** Where the pattern goes on after its element at `at` took `unit`, or -1. */
function matchOne(pattern: string, at: number, unit: number): number {
  switch (pattern.charAt(at)) {
    case '?':
      return at + 1;
    case '[':
      return matchClass(pattern, at, unit);
    case '\\': {
      const literal = at + 1 < pattern.length ? at + 1 : at;
      return pattern.charCodeAt(literal) === unit ? literal + 1 : -1;
    }
    default:
      return pattern.charCodeAt(at) === unit ? at + 1 : -1;
  }
}

/** As the server's own reading: a class that is not closed ends with the pattern, and ranges may be given backwards. */
function matchClass(pattern: string, from: number, unit: number): number {
  let at = from + 1;
  const negated = pattern[at] === '^';
  if (negated) at += 1;
  let found = false;
  for (;;) {
    if (at >= pattern.length) {
      at -= 1;
      break;
    }
    if (pattern[at] === '\\' && at + 1 < pattern.length) {
      at += 1;
      found ||= pattern.charCodeAt(at) === unit;
    } else if (pattern[at] === ']') {
      break;
    } else if (pattern[at + 1] === '-' && at + 2 < pattern.length) {
      const ends = [pattern.charCodeAt(at), pattern.charCodeAt(at + 2)];
      found ||= unit >= Math.min(...ends) && unit <= Math.max(...ends);
      at += 2;
    } else {
      found ||= pattern.charCodeAt(at) === unit;
    }
    at += 1;
  }
  return found === negated ? -1 : at + 1;
}
