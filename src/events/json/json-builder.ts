/** Makes a `T` of each value of a JSON text, from the inside out. */
export interface JsonBuilder<T> {
  literal(value: boolean | null): T;
  string(text: string): T;
  /** A string of printable ASCII without quotes and backslashes, which stands in JSON as it is: from `begin` to `end`. */
  plainString(source: string, begin: number, end: number): T;
  /** @param literal digits, perhaps with a sign in front; any length the rules allow. */
  integer(literal: string): T;
  /** @param literal as written, or `NaN`, `Infinity`, `-Infinity`. */
  float(literal: string): T;
  array(items: T[]): T;
  /**
   * @param keys in their order, those given twice included: the last value of a key counts.
   * @param plain every key is plain, see {@link plainString}.
   */
  object(keys: string[], values: T[], plain: boolean): T;
}

/** Where the original's two parsers differ. */
export interface JsonRules {
  /** How deep arrays and objects may be nested. */
  readonly maxDepth: number;
  /** Does an empty array or object count for the depth? */
  readonly emptyHasDepth: boolean;
  /** Are escapes of half a surrogate pair allowed? */
  readonly loneSurrogates: boolean;
  /** How long an integer may be, as Python limits it. */
  readonly maxIntegerDigits: number;
  readonly signCountsAsDigit: boolean;
}
