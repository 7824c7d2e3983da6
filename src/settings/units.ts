// Libraries that read such texts (ms, bytes, pretty-bytes) guess: they take bare numbers, signs, spaces and "1.5 mins",
// round by parseFloat, and disagree on whether kB is 1000 or 1024.

/** Milliseconds of each unit, the largest first. Lower case alone: `M` could be a month. */
const durations = new Map(Object.entries({ d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }));

/** Bytes of each unit, the largest first. `kB` is 1000, `KiB` is 1024; `KB` is what many write for `kB`. */
const sizes = new Map([
  ...['TiB', 'GiB', 'MiB', 'KiB'].map((unit, index): [string, number] => [unit, 1024 ** (4 - index)]),
  ...['TB', 'GB', 'MB', 'kB'].map((unit, index): [string, number] => [unit, 1000 ** (4 - index)]),
  ['KB', 1000],
  ['B', 1],
]);

const amount = /^(0|[1-9]\d{0,15})(?:\.(\d{1,9}))?([A-Za-z]*)$/;

/** `5s` -> 5000; `undefined` where it is no duration, has no unit, or is no whole number of milliseconds. */
export function readDuration(text: string): number | undefined {
  return readAmount(text, durations);
}

/** `64KiB` -> 65536, `512` -> 512; `undefined` where it is no size or no whole number of bytes. */
export function readSize(text: string): number | undefined {
  return readAmount(/^\d+$/.test(text) ? `${text}B` : text, sizes);
}

/** In the largest unit of which it is a whole number: 90000 -> `90s`. */
export function formatDuration(milliseconds: number): string {
  return formatAmount(milliseconds, durations) ?? `${milliseconds}ms`;
}

/** In the unit that makes the shortest text, in bytes where it is a whole number of none: 65536 -> `64KiB`, 1000000 -> `1MB`, 512 -> `512`. */
export function formatSize(bytes: number): string {
  const [first = String(bytes), ...others] = [...sizes]
    .filter(([unit, factor]) => unit !== 'B' && unit !== 'KB' && bytes >= factor && bytes % factor === 0)
    .map(([unit, factor]) => `${bytes / factor}${unit}`);
  return others.reduce((best, text) => (text.length < best.length ? text : best), first);
}

/** In integers: 0.1 and its like are no sums of binary fractions. */
function readAmount(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const [, whole, fraction = '', unit = ''] = amount.exec(text) ?? [];
  const factor = units.get(unit);
  if (whole === undefined || factor === undefined) return undefined;
  const parts = BigInt(whole + fraction) * BigInt(factor);
  const scale = 10n ** BigInt(fraction.length);
  const value = Number(parts / scale);
  return parts % scale === 0n && Number.isSafeInteger(value) ? value : undefined;
}

function formatAmount(value: number, units: ReadonlyMap<string, number>): string | undefined {
  if (value === 0) return undefined;
  const found = [...units].find(([, factor]) => value % factor === 0);
  return found === undefined ? undefined : `${value / found[1]}${found[0]}`;
}
