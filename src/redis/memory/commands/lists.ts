import { bytesAt, type Call, CommandError, type CommandTable, integerOf, keyAt } from '../command.js';
import { type Reply, wrongType } from '../replies.js';

function listAt(call: Call, key: string): Buffer[] | undefined {
  const value = call.db.get(key)?.value;
  if (value === undefined) return undefined;
  if (value.type !== 'list') throw new CommandError(wrongType);
  return value.items;
}

function push(call: Call, combine: (items: Buffer[], added: readonly Buffer[]) => Buffer[]): Reply {
  const key = keyAt(call, 0);
  const items = combine(listAt(call, key) ?? [], call.args.slice(1));
  call.db.set(key, { type: 'list', items }, call.db.get(key)?.expiresAt);
  return items.length;
}

function range(call: Call): Reply {
  const from = integerOf(bytesAt(call, 1));
  const to = integerOf(bytesAt(call, 2));
  const items = listAt(call, keyAt(call, 0)) ?? [];
  // An end before the first item leaves nothing; slice would count it from the back again.
  const end = to < 0 ? items.length + to + 1 : to + 1;
  return items.slice(from < 0 ? Math.max(0, items.length + from) : from, Math.max(0, end));
}

export const listCommands: CommandTable = {
  rpush: { arity: -3, run: (call) => push(call, (items, added) => [...items, ...added]) },
  lpush: { arity: -3, run: (call) => push(call, (items, added) => [...added.toReversed(), ...items]) },
  llen: { arity: 2, run: (call) => listAt(call, keyAt(call, 0))?.length ?? 0 },
  lrange: { arity: 4, run: range },
};
