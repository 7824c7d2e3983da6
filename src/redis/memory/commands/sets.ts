import { type Call, type CommandTable, keyAt } from '../command.js';
import { bytes, type Reply, SetReply } from '../replies.js';
import { countOf, valueAt, valueOrNew } from './collections.js';

const membersOf = (call: Call): string[] => call.args.slice(1).map((member) => member.toString('latin1'));

function add(call: Call): Reply {
  const key = keyAt(call, 0);
  const { members } = valueOrNew(call, key, 'set', () => ({ type: 'set', members: new Set() }));
  const before = members.size;
  for (const member of membersOf(call)) members.add(member);
  if (members.size > before) call.db.touch(key, false);
  return members.size - before;
}

function remove(call: Call): Reply {
  const key = keyAt(call, 0);
  const members = valueAt(call, key, 'set')?.members;
  if (members === undefined) return 0;
  const removed = membersOf(call).filter((member) => members.delete(member)).length;
  if (removed > 0) call.db.touch(key, members.size === 0);
  return removed;
}

function pop(call: Call): Reply {
  const key = keyAt(call, 0);
  const count = countOf(call.args[1]);
  const members = valueAt(call, key, 'set')?.members;
  if (members === undefined) return count === undefined ? null : new SetReply([]);
  const left = [...members];
  const taken: string[] = [];
  while (left.length > 0 && taken.length < (count ?? 1))
    taken.push(...left.splice(Math.floor(Math.random() * left.length), 1));
  for (const member of taken) members.delete(member);
  if (taken.length > 0) call.db.touch(key, members.size === 0);
  return count === undefined ? (taken.map(bytes)[0] ?? null) : new SetReply(taken.map(bytes));
}

export const setCommands: CommandTable = {
  sadd: { arity: -3, run: add, write: true },
  srem: { arity: -3, run: remove, write: true, frees: true },
  spop: { arity: -2, run: pop, write: true, frees: true },
  scard: { arity: 2, run: (call) => valueAt(call, keyAt(call, 0), 'set')?.members.size ?? 0 },
  smembers: {
    arity: 2,
    run: (call) => new SetReply([...(valueAt(call, keyAt(call, 0), 'set')?.members ?? [])].map(bytes)),
  },
  sismember: {
    arity: 3,
    run: (call) => Number(valueAt(call, keyAt(call, 0), 'set')?.members.has(keyAt(call, 1)) ?? false),
  },
};
