import { type Call, CommandError, integerOf } from '../command.js';
import type { Value } from '../keyspace.js';
import { outOfRange, wrongType } from '../replies.js';

/** The value of a key where it has the type, undefined where there is no such key. */
export function valueAt<T extends Value['type']>(
  call: Call,
  key: string,
  type: T,
): Extract<Value, { readonly type: T }> | undefined {
  const value = call.db.get(key)?.value;
  if (value === undefined) return undefined;
  if (value.type !== type) throw new CommandError(wrongType);
  return value as Extract<Value, { readonly type: T }>;
}

/** The value of a key, made and stored where there is none. Changes to it are told with `call.db.touch`. */
export function valueOrNew<T extends Value['type']>(
  call: Call,
  key: string,
  type: T,
  create: () => Extract<Value, { readonly type: T }>,
): Extract<Value, { readonly type: T }> {
  const present = valueAt(call, key, type);
  if (present !== undefined) return present;
  const created = create();
  call.db.set(key, created);
  return created;
}

/** The part of `items` from `start` to `stop`, both included, negative ones counted from the end. */
export function sliceOf<T>(items: readonly T[], start: number, stop: number): T[] {
  // An end before the first item leaves nothing; slice would count it from the back again.
  const end = stop < 0 ? items.length + stop + 1 : stop + 1;
  return items.slice(start < 0 ? Math.max(0, items.length + start) : start, Math.max(0, end));
}

/** An optional count that may not be negative. */
export function countOf(bytes: Buffer | undefined): number | undefined {
  if (bytes === undefined) return undefined;
  const count = integerOf(bytes, outOfRange);
  if (count < 0) throw new CommandError(outOfRange);
  return count;
}
