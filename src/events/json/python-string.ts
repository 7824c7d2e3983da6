const printable = /^[ !#-[\]-~]*$/;
const others = /[^ !#-[\]-~]+/g;
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const short = new Map([
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0c, '\\f'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

/** `text` in quotes as Python's json.dumps writes it: all but printable ASCII escaped, hex digits in lower case. */
export function pythonString(text: string): string {
  return printable.test(text) ? `"${text}"` : `"${text.replace(others, escape)}"`;
}

/** A key with its colon, as the first member of an object and as a later one. */
export interface PythonKey {
  readonly first: string;
  readonly later: string;
}

/** Keys come back with every event; those of a service fit in here. */
const keys = new Map<string, PythonKey>();
const maxKeys = 1000;

/** `key` as json.dumps writes it in front of a value. */
export function pythonKey(key: string): PythonKey {
  const known = keys.get(key);
  if (known !== undefined) return known;
  const first = `${pythonString(key)}: `;
  const made = { first, later: `, ${first}` };
  if (keys.size < maxKeys) keys.set(key, made);
  return made;
}

function escape(run: string): string {
  let escaped = '';
  for (let at = 0; at < run.length; at += 1) {
    const unit = run.charCodeAt(at);
    escaped += short.get(unit) ?? `\\u${hex[unit >> 8]}${hex[unit & 0xff]}`;
  }
  return escaped;
}
