const printable = /^[ !#-[\]-~]*$/;
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
  return printable.test(text) ? `"${text}"` : `"${escape(text)}"`;
}

function escape(text: string): string {
  let escaped = '';
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x20 && unit < 0x7f && unit !== 0x22 && unit !== 0x5c) continue;
    escaped += text.slice(from, at) + (short.get(unit) ?? `\\u${hex[unit >> 8]}${hex[unit & 0xff]}`);
    from = at + 1;
  }
  return escaped + text.slice(from);
}
