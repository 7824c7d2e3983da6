import {
  bytesAt,
  type Call,
  CommandError,
  type CommandTable,
  doubleOf,
  integerOf,
  keyAt,
} from '../command.js';
import { bytes, nilArray, type Reply } from '../replies.js';
import { countOf, sliceOf, valueAt, valueOrNew } from './collections.js';

function push(call: Call, add: (items: Buffer[], added: readonly Buffer[]) => void): Reply {
  const key = keyAt(call, 0);
  const { items } = valueOrNew(call, key, 'list', () => ({ type: 'list', items: [] }));
  add(items, call.args.slice(1));
  call.db.touch(key, false);
  return items.length;
}

function pop(call: Call, end: 'first' | 'last'): Reply {
  const key = keyAt(call, 0);
  const count = countOf(call.args[1]);
  const items = valueAt(call, key, 'list')?.items;
  if (items === undefined) return count === undefined ? null : nilArray;
  const taken =
    end === 'first'
      ? items.splice(0, count ?? 1)
      : items.splice(Math.max(0, items.length - (count ?? 1))).toReversed();
  if (taken.length > 0) call.db.touch(key, items.length === 0);
  return count === undefined ? (taken[0] ?? null) : taken;
}

/** Waits on its connection, but within a transaction or a script not at all. */
function blockingPop(call: Call): Reply | undefined {
  const keys = call.args.slice(0, -1).map((key) => key.toString('latin1'));
  const seconds = doubleOf(call.args.at(-1) ?? bytes(''), 'ERR timeout is not a float or out of range');
  if (seconds < 0) throw new CommandError('ERR timeout is negative');
  const attempt = (): Reply | undefined => {
    for (const key of keys) {
      const items = valueAt(call, key, 'list')?.items;
      const item = items?.shift();
      if (items === undefined || item === undefined) continue;
      call.db.touch(key, items.length === 0);
      return [bytes(key), item];
    }
    return undefined;
  };
  const waiting = (): Reply | undefined => {
    // A key that has become something else is none of a waiting command's.
    const lists = keys.filter((key) => call.db.get(key)?.value.type === 'list');
    return lists.length === 0 ? undefined : attempt();
  };
  return (
    attempt() ?? call.connection.block({ attempt: waiting, timeoutMs: seconds * 1000, otherwise: nilArray })
  );
}

export const listCommands: CommandTable = {
  rpush: { arity: -3, run: (call) => push(call, (items, added) => void items.push(...added)), write: true },
  lpush: {
    arity: -3,
    run: (call) => push(call, (items, added) => void items.unshift(...added.toReversed())),
    write: true,
  },
  lpop: { arity: -2, run: (call) => pop(call, 'first'), write: true, frees: true },
  rpop: { arity: -2, run: (call) => pop(call, 'last'), write: true, frees: true },
  blpop: { arity: -3, run: blockingPop, write: true, frees: true },
  llen: { arity: 2, run: (call) => valueAt(call, keyAt(call, 0), 'list')?.items.length ?? 0 },
  lrange: {
    arity: 4,
    run: (call) => {
      const [start, stop] = [integerOf(bytesAt(call, 1)), integerOf(bytesAt(call, 2))];
      return sliceOf(valueAt(call, keyAt(call, 0), 'list')?.items ?? [], start, stop);
    },
  },
};
