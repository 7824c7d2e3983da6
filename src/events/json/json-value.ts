import type { JsonBuilder } from './json-builder.js';
import { JsonFloat } from './json-float.js';

/** Makes what JSON.parse makes. */
export const plainValue: JsonBuilder<unknown> = {
  literal: (value) => value,
  string: (text) => text,
  plainString: (source, begin, end) => source.slice(begin, end),
  integer: Number,
  float: Number,
  array: (items) => items,
  object: makeObject,
};

/** The same, but a bigint of an integer that no number can hold, and a JsonFloat of a float that looks like an integer. */
export const losslessValue: JsonBuilder<unknown> = {
  ...plainValue,
  integer(literal) {
    const value = Number(literal);
    if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
    return BigInt(literal);
  },
  float(literal) {
    const value = Number(literal);
    return Number.isSafeInteger(value) ? new JsonFloat(value) : value;
  },
};

function makeObject(keys: readonly string[], values: readonly unknown[]): unknown {
  const object: Record<string, unknown> = {};
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index] as string;
    if (key === '__proto__') {
      // An assignment would set the prototype.
      const member = { value: values[index], enumerable: true, configurable: true, writable: true };
      Object.defineProperty(object, key, member);
    } else object[key] = values[index];
  }
  return object;
}
