import { compareStreamIds, zeroId } from '../../stream-id.js';
import {
  bytesAt,
  type Call,
  CommandError,
  type CommandTable,
  integerOf,
  keyAt,
  optionOf,
} from '../command.js';
import { bulk, bytes, ErrorReply, MapReply, nilArray, type Reply, syntaxError } from '../replies.js';
import { Stream } from '../stream.js';
import { valueOrNew } from './collections.js';
import {
  entryReply,
  idOf,
  largestId,
  neighbour,
  rangeEnd,
  streamAt,
  trim,
  type Trimming,
  trimmingAt,
} from './stream-arguments.js';
import { streamGroupCommands } from './stream-groups.js';

function add(call: Call): Reply {
  let at = 1;
  let create = true;
  let trimming: Trimming | undefined;
  for (;;) {
    const option = optionOf(bytesAt(call, at));
    if (option === 'NOMKSTREAM') {
      create = false;
      at += 1;
    } else if (option === 'MAXLEN' || option === 'MINID') {
      trimming = trimmingAt(call, at);
      at += trimming.words;
    } else break;
  }
  const fields = call.args.slice(at + 1);
  if (fields.length === 0 || fields.length % 2 === 1)
    throw new CommandError("ERR wrong number of arguments for 'xadd' command");
  const key = keyAt(call, 0);
  const present = streamAt(call, key);
  if (present === undefined && !create) return null;
  const id = newId(bytesAt(call, at), present?.lastId ?? zeroId, call.server.clock.now());
  const { stream } = valueOrNew(call, key, 'stream', () => ({ type: 'stream', stream: new Stream() }));
  stream.append(id, fields);
  if (trimming !== undefined) trim(stream, trimming);
  call.db.touch(key, false);
  return bulk(id);
}

/** `*`, `<ms>-*` or an id in full. */
function newId(given: Buffer, last: string, now: number): string {
  const text = given.toString('latin1');
  if (last === largestId && text.endsWith('*')) {
    throw new CommandError('ERR The stream has exhausted the last possible ID, unable to add more items');
  }
  if (text === '*') {
    const id = `${now}-0`;
    return compareStreamIds(id, last) > 0 ? id : neighbour(last, 1n);
  }
  const ms = /^(\d+)-\*$/.exec(text)?.[1];
  const id =
    ms === undefined ? idOf(given) : ms === last.split('-')[0] ? neighbour(last, 1n) : idOf(Buffer.from(ms));
  if (id === zeroId && ms === undefined)
    throw new CommandError('ERR The ID specified in XADD must be greater than 0-0');
  if (compareStreamIds(id, last) > 0) return id;
  if (ms !== undefined && last === zeroId) return '0-1';
  throw new CommandError('ERR The ID specified in XADD is equal or smaller than the target stream top item');
}

function range(call: Call, reversed: boolean): Reply {
  const [first, second] = [bytesAt(call, 1), bytesAt(call, 2)];
  const from = rangeEnd(reversed ? second : first, 'from');
  const to = rangeEnd(reversed ? first : second, 'to');
  let count = Infinity;
  if (call.args.length > 3) {
    if (optionOf(bytesAt(call, 3)) !== 'COUNT' || call.args.length !== 5) return syntaxError;
    count = integerOf(bytesAt(call, 4));
  }
  const found = streamAt(call, keyAt(call, 0))?.range(from, to) ?? [];
  const ordered = reversed ? found.toReversed() : found;
  return count === 0 ? nilArray : ordered.slice(0, Math.max(0, count)).map(entryReply);
}

function read(call: Call): Reply | undefined {
  let count: number | undefined;
  let blockMs: number | undefined;
  let at = 0;
  for (; optionOf(bytesAt(call, at)) !== 'STREAMS'; at += 2) {
    const option = optionOf(bytesAt(call, at));
    if (option === 'COUNT') count = integerOf(bytesAt(call, at + 1));
    else if (option === 'BLOCK') blockMs = integerOf(bytesAt(call, at + 1));
    else return syntaxError;
  }
  const words = call.args.slice(at + 1);
  if (words.length === 0 || words.length % 2 === 1) {
    return new ErrorReply(
      "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
    );
  }
  const half = words.length / 2;
  const wanted = words.slice(0, half).map((word, index) => {
    const key = word.toString('latin1');
    const from = words[half + index] ?? bytes('');
    return { key, after: from.toString() === '$' ? (streamAt(call, key)?.lastId ?? zeroId) : idOf(from) };
  });
  const attempt = (): Reply | undefined => {
    const found = wanted.flatMap(({ key, after }): [Reply, Reply][] => {
      const entries = streamAt(call, key)?.after(after, count) ?? [];
      return entries.length === 0 ? [] : [[bytes(key), entries.map(entryReply)]];
    });
    if (found.length === 0) return undefined;
    return call.connection.protocol === 3 ? new MapReply(found) : found;
  };
  const reply = attempt();
  if (reply !== undefined) return reply;
  if (blockMs === undefined) return nilArray;
  return call.connection.block({ attempt, timeoutMs: blockMs, otherwise: nilArray });
}

export const streamCommands: CommandTable = {
  xadd: { arity: -5, run: add, write: true },
  xlen: { arity: 2, run: (call) => streamAt(call, keyAt(call, 0))?.length ?? 0 },
  xrange: { arity: -4, run: (call) => range(call, false) },
  xrevrange: { arity: -4, run: (call) => range(call, true) },
  xread: { arity: -4, run: read },
  xdel: {
    arity: -3,
    run: (call) => {
      const ids = call.args.slice(1).map((id) => idOf(id));
      const stream = streamAt(call, keyAt(call, 0));
      const count = ids.filter((id) => stream?.delete(id)).length;
      if (count > 0) call.db.touch(keyAt(call, 0), false);
      return count;
    },
    write: true,
    frees: true,
  },
  xtrim: {
    arity: -4,
    run: (call) => {
      const option = optionOf(bytesAt(call, 1));
      if (option !== 'MAXLEN' && option !== 'MINID') return syntaxError;
      const trimming = trimmingAt(call, 1);
      if (trimming.words !== call.args.length - 1) return syntaxError;
      const stream = streamAt(call, keyAt(call, 0));
      const count = stream === undefined ? 0 : trim(stream, trimming);
      if (count > 0) call.db.touch(keyAt(call, 0), false);
      return count;
    },
    write: true,
    frees: true,
  },
  ...streamGroupCommands,
};
