/** Most texts fit in here. Nothing is read while something is read. */
const scratch = new Uint16Array(32_768);
const scratchBytes = Buffer.from(scratch.buffer);

/** The code units of `text` with a 0 behind them, good until the next call: many times faster to read than charCodeAt. */
export function codeUnits(text: string): Uint16Array {
  if (text.length < scratch.length) {
    scratchBytes.write(text, 'utf16le');
    scratch[text.length] = 0;
    return scratch;
  }
  const units = new Uint16Array(text.length + 1);
  Buffer.from(units.buffer).write(text, 'utf16le');
  return units;
}
