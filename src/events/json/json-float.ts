import { pythonFloat } from './python-float.js';

/**
 * A JSON number that was or will be written as a float although its value is whole: `1.0`, `-0.0`, `1e+16`. The
 * original tells `1.0` from `1`, in its bytes and in its hashes; a JavaScript number cannot. An integer that a number
 * cannot hold is a bigint.
 *
 * It counts as its value in arithmetic and comparisons (`jsonFloat(1) < 2`), and JSON.stringify writes the value.
 */
export class JsonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
    Object.freeze(this);
  }

  valueOf(): number {
    return this.value;
  }

  /** As the original writes it: `1.0`. */
  toString(): string {
    return pythonFloat(this.value);
  }

  toJSON(): number {
    return this.value;
  }
}

/** `value` as a float, whatever its digits: `{ score: jsonFloat(1) }` is encoded as `{"score": 1.0}`. */
export function jsonFloat(value: number): JsonFloat {
  return new JsonFloat(value);
}
