const hexDigits = /^[0-9a-fA-F]{4}$/;
const characters: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** What the escape that begins at `at` stands for, as in `\n` or `\u00e5`; undefined if it is none. */
export function escapedCharacter(text: string, at: number): string | undefined {
  const code = text[at + 1] ?? '';
  if (code !== 'u') return characters[code];
  const digits = text.slice(at + 2, at + 6);
  // An escape that ends the text is wrong to Python, which does not look for the missing quote then.
  const isWhole = hexDigits.test(digits) && at + 6 < text.length;
  return isWhole ? String.fromCharCode(Number.parseInt(digits, 16)) : undefined;
}
