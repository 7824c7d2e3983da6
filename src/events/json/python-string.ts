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

/** Keys come back with every event; those of a service fit in here. */
const keys = new Map<string, string>();
const maxKeys = 1000;

/** `key` as {@link pythonString} writes it, and the colon behind it. */
export function pythonKey(key: string): string {
  const known = keys.get(key);
  if (known !== undefined) return known;
  const text = `${pythonString(key)}: `;
  if (keys.size < maxKeys) keys.set(key, text);
  return text;
}

function escape(run: string): string {
  let escaped = '';
  for (let at = 0; at < run.length; at += 1) {
    const unit = run.charCodeAt(at);
    escaped += short.get(unit) ?? `\\u${hex[unit >> 8]}${hex[unit & 0xff]}`;
  }
  return escaped;
}
