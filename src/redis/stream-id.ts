/** Before every entry. */
export const zeroId = '0-0';

/** `5` stands for `5-0`, as on the server. Undefined if it is no id. */
export function parseStreamId(text: string): string | undefined {
  const [, ms, sequence = '0'] = /^(\d{1,20})(?:-(\d{1,20}))?$/.exec(text) ?? [];
  return ms === undefined ? undefined : `${BigInt(ms)}-${BigInt(sequence)}`;
}

/** Negative if `a` stands before `b`. */
export function compareStreamIds(a: string, b: string): number {
  const [aMs = '', aSequence = ''] = a.split('-');
  const [bMs = '', bSequence = ''] = b.split('-');
  return compareDigits(aMs, bMs) || compareDigits(aSequence, bSequence);
}

/** 64 bits are more than a number holds; without leading zeros the longer one is the larger. */
function compareDigits(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
