import {
  bytesAt,
  type Call,
  CommandError,
  type CommandTable,
  integerOf,
  isTime,
  keyAt,
  optionOf,
} from '../command.js';
import { matchesGlob } from '../glob.js';
import { bulk, ErrorReply, type Reply, syntaxError } from '../replies.js';

const defaultScanCount = 10;

function countKeys(call: Call, take: (key: string) => boolean): number {
  return call.args.filter((key) => take(key.toString('latin1'))).length;
}

function remove(call: Call): Reply {
  return countKeys(call, (key) => call.db.get(key) !== undefined && call.db.delete(key));
}

/** -2: no such key, -1: it does not expire. */
function timeToLive(call: Call, unitMs: number): Reply {
  const entry = call.db.get(keyAt(call, 0));
  if (entry === undefined) return -2;
  if (entry.expiresAt === undefined) return -1;
  return Math.floor((entry.expiresAt - call.server.clock.now() + unitMs / 2) / unitMs);
}

function expire(call: Call, command: string, unitMs: number): Reply {
  const key = keyAt(call, 0);
  const options = call.args.slice(2).map(optionOf);
  const unknown = call.args[2 + options.findIndex((option) => !['NX', 'XX', 'GT', 'LT'].includes(option))];
  if (options.some((option) => !['NX', 'XX', 'GT', 'LT'].includes(option))) {
    return new ErrorReply(`ERR Unsupported option ${unknown?.toString() ?? ''}`);
  }
  const has = (option: string): boolean => options.includes(option);
  if (has('NX') && options.some((option) => option !== 'NX')) {
    return new ErrorReply('ERR NX and XX, GT or LT options at the same time are not compatible');
  }
  if (has('GT') && has('LT'))
    return new ErrorReply('ERR GT and LT options at the same time are not compatible');
  const expiresAt = call.server.clock.now() + integerOf(bytesAt(call, 1)) * unitMs;
  if (!isTime(expiresAt)) return new ErrorReply(`ERR invalid expire time in '${command}' command`);
  const entry = call.db.get(key);
  if (entry === undefined) return 0;
  const present = entry.expiresAt;
  // No expiry counts as an infinite one.
  if (has('NX') && present !== undefined) return 0;
  if (has('XX') && present === undefined) return 0;
  if (has('GT') && (present === undefined || expiresAt <= present)) return 0;
  if (has('LT') && present !== undefined && expiresAt >= present) return 0;
  if (expiresAt <= call.server.clock.now()) call.db.delete(key);
  else call.db.expireAt(key, entry, expiresAt);
  return 1;
}

function persist(call: Call): Reply {
  const entry = call.db.get(keyAt(call, 0));
  if (entry?.expiresAt === undefined) return 0;
  call.db.expireAt(keyAt(call, 0), entry, undefined);
  return 1;
}

function scan(call: Call): Reply {
  const cursor = keyAt(call, 0);
  if (!/^\d+$/.test(cursor)) return new ErrorReply('ERR invalid cursor');
  let pattern = '*';
  let count = defaultScanCount;
  let type: string | undefined;
  for (let index = 1; index < call.args.length; index += 2) {
    const value = call.args[index + 1];
    if (value === undefined) return syntaxError;
    const option = optionOf(bytesAt(call, index));
    if (option === 'MATCH') pattern = value.toString('latin1');
    else if (option === 'COUNT') count = integerOf(value);
    else if (option === 'TYPE') type = value.toString('latin1').toLowerCase();
    else return syntaxError;
  }
  if (count < 1) throw new CommandError(syntaxError);
  const found: Buffer[] = [];
  let looked = 0;
  let last = 0;
  for (const [key, { value, order }] of call.db.after(Number(cursor))) {
    if (looked === count) return [bulk(String(last)), found];
    looked += 1;
    last = order;
    if ((type ?? value.type) === value.type && matchesGlob(pattern, key))
      found.push(Buffer.from(key, 'latin1'));
  }
  return [bulk('0'), found];
}

function allKeys(call: Call): Reply {
  const pattern = keyAt(call, 0);
  const found: Buffer[] = [];
  for (const [key] of call.db.after(0)) if (matchesGlob(pattern, key)) found.push(Buffer.from(key, 'latin1'));
  return found;
}

export const keyCommands: CommandTable = {
  del: { arity: -2, run: remove, write: true, frees: true },
  unlink: { arity: -2, run: remove, write: true, frees: true },
  exists: { arity: -2, run: (call) => countKeys(call, (key) => call.db.get(key) !== undefined) },
  type: { arity: 2, run: (call) => call.db.get(keyAt(call, 0))?.value.type ?? 'none' },
  ttl: { arity: 2, run: (call) => timeToLive(call, 1000) },
  pttl: { arity: 2, run: (call) => timeToLive(call, 1) },
  expire: { arity: -3, run: (call) => expire(call, 'expire', 1000), write: true, frees: true },
  pexpire: { arity: -3, run: (call) => expire(call, 'pexpire', 1), write: true, frees: true },
  persist: { arity: 2, run: persist, write: true, frees: true },
  scan: { arity: -2, run: scan },
  keys: { arity: 2, run: allKeys },
  dbsize: { arity: 1, run: (call) => call.db.size },
  flushdb: {
    arity: -1,
    write: true,
    frees: true,
    run: (call) => {
      call.db.clear();
      return 'OK';
    },
  },
  flushall: {
    arity: -1,
    write: true,
    frees: true,
    run: (call) => {
      call.server.flushAll();
      return 'OK';
    },
  },
};
