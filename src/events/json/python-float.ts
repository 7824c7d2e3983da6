/**
 * A double as Python's `repr` and `json.dumps` write it: `1.0`, `0.1`, `1e+16`, `1e-07`, `-0.0`, `NaN`, `Infinity`.
 * The digits are JavaScript's (both languages write the fewest that read back as the same double); the exponent
 * begins at 1e16 and below 1e-4, and has two digits at least.
 */
export function pythonFloat(value: number): string {
  const size = Math.abs(value);
  if ((size >= 1e-4 && size < 1e16) || size === 0) {
    if (size === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
    return Number.isInteger(value) ? `${value}.0` : `${value}`;
  }
  if (!Number.isFinite(value)) return `${value}`;
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}
