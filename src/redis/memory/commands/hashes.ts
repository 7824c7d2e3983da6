import { bigIntegerOf, bytesAt, type Call, type CommandTable, isInteger64, keyAt } from '../command.js';
import { bytes, ErrorReply, MapReply, overflow, type Reply } from '../replies.js';
import { valueAt, valueOrNew } from './collections.js';

const fieldsAt = (call: Call): ReadonlyMap<string, Buffer> | undefined =>
  valueAt(call, keyAt(call, 0), 'hash')?.fields;

function set(call: Call): Reply {
  if (call.args.length % 2 === 0) return new ErrorReply("ERR wrong number of arguments for 'hset' command");
  const key = keyAt(call, 0);
  const { fields } = valueOrNew(call, key, 'hash', () => ({ type: 'hash', fields: new Map() }));
  const before = fields.size;
  for (let index = 1; index < call.args.length; index += 2)
    fields.set(keyAt(call, index), bytesAt(call, index + 1));
  call.db.touch(key, false);
  return fields.size - before;
}

function remove(call: Call): Reply {
  const key = keyAt(call, 0);
  const fields = valueAt(call, key, 'hash')?.fields;
  if (fields === undefined) return 0;
  const removed = call.args.slice(1).filter((field) => fields.delete(field.toString('latin1'))).length;
  if (removed > 0) call.db.touch(key, fields.size === 0);
  return removed;
}

function add(call: Call): Reply {
  const key = keyAt(call, 0);
  const amount = bigIntegerOf(bytesAt(call, 2));
  const present = valueAt(call, key, 'hash')?.fields.get(keyAt(call, 1)) ?? bytes('0');
  const sum = bigIntegerOf(present, 'ERR hash value is not an integer') + amount;
  if (!isInteger64(sum)) return overflow;
  const { fields } = valueOrNew(call, key, 'hash', () => ({ type: 'hash', fields: new Map() }));
  fields.set(keyAt(call, 1), bytes(String(sum)));
  call.db.touch(key, false);
  return sum;
}

export const hashCommands: CommandTable = {
  hset: { arity: -4, run: set, write: true },
  hdel: { arity: -3, run: remove, write: true, frees: true },
  hincrby: { arity: 4, run: add, write: true },
  hget: { arity: 3, run: (call) => fieldsAt(call)?.get(keyAt(call, 1)) ?? null },
  hmget: {
    arity: -3,
    run: (call) => {
      const fields = fieldsAt(call);
      return call.args.slice(1).map((field) => fields?.get(field.toString('latin1')) ?? null);
    },
  },
  hgetall: {
    arity: 2,
    run: (call) => new MapReply([...(fieldsAt(call) ?? [])].map(([field, value]) => [bytes(field), value])),
  },
  hkeys: { arity: 2, run: (call) => [...(fieldsAt(call)?.keys() ?? [])].map(bytes) },
  hvals: { arity: 2, run: (call) => [...(fieldsAt(call)?.values() ?? [])] },
  hlen: { arity: 2, run: (call) => fieldsAt(call)?.size ?? 0 },
  hexists: { arity: 3, run: (call) => Number(fieldsAt(call)?.has(keyAt(call, 1)) ?? false) },
};
