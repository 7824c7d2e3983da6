import { parseStreamId } from '../../stream-id.js';
import { bytesAt, type Call, CommandError, integerOf, optionOf } from '../command.js';
import { bulk, type Reply, syntaxError } from '../replies.js';
import type { Stream, StreamEntry } from '../stream.js';
import { valueAt } from './collections.js';

const invalidId = 'ERR Invalid stream ID specified as stream command argument';
const largest = (1n << 64n) - 1n;
export const largestId = `${largest}-${largest}`;

export function streamAt(call: Call, key: string): Stream | undefined {
  return valueAt(call, key, 'stream')?.stream;
}

/** @throws CommandError unless it is an id; without its second half it gets `sequence`. */
export function idOf(bytes: Buffer, sequence: bigint = 0n): string {
  const text = bytes.toString('latin1');
  const id = parseStreamId(text.includes('-') ? text : `${text}-${sequence}`);
  if (id === undefined || id.split('-').some((half) => BigInt(half) > largest))
    throw new CommandError(invalidId);
  return id;
}

/** The end of a range: `-`, `+`, an id, or one with `(` before it, which is not part of it. */
export function rangeEnd(bytes: Buffer, which: 'from' | 'to'): string {
  const text = bytes.toString('latin1');
  if (text === '-') return '0-0';
  if (text === '+') return largestId;
  const sequence = which === 'from' ? 0n : largest;
  if (!text.startsWith('(')) return idOf(bytes, sequence);
  return neighbour(idOf(bytes.subarray(1), sequence), which === 'from' ? 1n : -1n);
}

/** The id next to another, as 128 bits count. */
export function neighbour(id: string, step: bigint): string {
  const [ms = '0', sequence = '0'] = id.split('-');
  const number = (BigInt(ms) << 64n) + BigInt(sequence) + step;
  if (number < 0n || number >= 1n << 128n) throw new CommandError('ERR invalid start ID for the interval');
  return `${number >> 64n}-${number & largest}`;
}

export interface Trimming {
  readonly by: 'length' | 'id';
  readonly limit: string;
  readonly about: boolean;
  /** How many words it took. */
  readonly words: number;
}

/** Reads `MAXLEN|MINID [=|~] limit [LIMIT count]` at `index`. */
export function trimmingAt(call: Call, index: number): Trimming {
  const by = optionOf(bytesAt(call, index)) === 'MAXLEN' ? 'length' : 'id';
  let at = index + 1;
  const mark = call.args[at]?.toString('latin1');
  if (mark === '~' || mark === '=') at += 1;
  const limit = call.args[at];
  if (limit === undefined) throw new CommandError(syntaxError);
  if (by === 'length' && integerOf(limit) < 0)
    throw new CommandError('ERR The MAXLEN argument must be >= 0.');
  at += 1;
  if (call.args[at] !== undefined && optionOf(bytesAt(call, at)) === 'LIMIT') {
    if (mark !== '~')
      throw new CommandError('ERR syntax error, LIMIT cannot be used without the special ~ option');
    integerOf(bytesAt(call, at + 1));
    at += 2;
  }
  const text = by === 'length' ? limit.toString('latin1') : idOf(limit);
  return { by, limit: text, about: mark === '~', words: at - index };
}

export function trim(stream: Stream, { by, limit, about }: Trimming): number {
  return by === 'length' ? stream.trimToLength(Number(limit), about) : stream.trimToId(limit, about);
}

export function entryReply({ id, fields }: StreamEntry): Reply {
  return [bulk(id), [...fields]];
}
