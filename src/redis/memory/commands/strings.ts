import {
  bigIntegerOf,
  bytesAt,
  type Call,
  CommandError,
  type CommandTable,
  integerOf,
  isInteger64,
  isTime,
  keyAt,
  optionOf,
} from '../command.js';
import { ErrorReply, overflow, type Reply, syntaxError, wrongType } from '../replies.js';

/** The bytes of a string key, undefined if there is none. */
function stringAt(call: Call, key: string): Buffer | undefined {
  const value = call.db.get(key)?.value;
  if (value === undefined) return undefined;
  if (value.type !== 'string') throw new CommandError(wrongType);
  return value.bytes;
}

function store(call: Call, key: string, bytes: Buffer, expiresAt?: number): void {
  call.db.set(key, { type: 'string', bytes }, expiresAt);
}

/** Replaces the value of a key and leaves its time to live as it is. */
function replace(call: Call, key: string, bytes: Buffer): void {
  store(call, key, bytes, call.db.get(key)?.expiresAt);
}

function expiry(command: string, now: number, unitMs: number, bytes: Buffer): number {
  const count = integerOf(bytes);
  const at = now + count * unitMs;
  if (count <= 0 || !isTime(at)) {
    throw new CommandError(`ERR invalid expire time in '${command}' command`);
  }
  return at;
}

interface SetOptions {
  onlyIf?: 'NX' | 'XX';
  get: boolean;
  keepTtl: boolean;
  expiresAt?: number;
}

function setOptions(words: readonly Buffer[], now: number): SetOptions {
  const options: SetOptions = { get: false, keepTtl: false };
  for (let index = 0; index < words.length; index += 1) {
    const option = optionOf(words[index] ?? Buffer.alloc(0));
    if ((option === 'NX' || option === 'XX') && (options.onlyIf ?? option) === option)
      options.onlyIf = option;
    else if (option === 'GET') options.get = true;
    else if (option === 'KEEPTTL' && options.expiresAt === undefined) options.keepTtl = true;
    else if (option in expiryUnits && options.expiresAt === undefined && !options.keepTtl) {
      const count = words[(index += 1)];
      if (count === undefined) throw new CommandError(syntaxError);
      const { relative, unitMs } = expiryUnits[option as keyof typeof expiryUnits];
      options.expiresAt = expiry('set', relative ? now : 0, unitMs, count);
    } else throw new CommandError(syntaxError);
  }
  return options;
}

const expiryUnits = {
  EX: { relative: true, unitMs: 1000 },
  PX: { relative: true, unitMs: 1 },
  EXAT: { relative: false, unitMs: 1000 },
  PXAT: { relative: false, unitMs: 1 },
} as const;

function set(call: Call): Reply {
  const key = keyAt(call, 0);
  const { onlyIf, get, keepTtl, expiresAt } = setOptions(call.args.slice(2), call.server.clock.now());
  const present = call.db.get(key);
  const old = get ? (stringAt(call, key) ?? null) : null;
  if (onlyIf !== undefined && (onlyIf === 'NX') === (present !== undefined)) return old;
  store(call, key, bytesAt(call, 1), keepTtl ? present?.expiresAt : expiresAt);
  return get ? old : 'OK';
}

function setWithTtl(command: string, unitMs: number): (call: Call) => Reply {
  return (call) => {
    const expiresAt = expiry(command, call.server.clock.now(), unitMs, bytesAt(call, 1));
    store(call, keyAt(call, 0), bytesAt(call, 2), expiresAt);
    return 'OK';
  };
}

function add(call: Call, amount: bigint): Reply {
  const key = keyAt(call, 0);
  const sum = bigIntegerOf(stringAt(call, key) ?? Buffer.from('0')) + amount;
  if (!isInteger64(sum)) return overflow;
  replace(call, key, Buffer.from(String(sum)));
  return sum;
}

function subtract(call: Call): Reply {
  const amount = bigIntegerOf(bytesAt(call, 1));
  return isInteger64(-amount) ? add(call, -amount) : new ErrorReply('ERR decrement would overflow');
}

export const stringCommands: CommandTable = {
  get: { arity: 2, run: (call) => stringAt(call, keyAt(call, 0)) ?? null },
  set: { arity: -3, run: set, write: true },
  setex: { arity: 4, run: setWithTtl('setex', 1000), write: true },
  psetex: { arity: 4, run: setWithTtl('psetex', 1), write: true },
  setnx: {
    arity: 3,
    write: true,
    run: (call) => {
      if (call.db.get(keyAt(call, 0)) !== undefined) return 0;
      store(call, keyAt(call, 0), bytesAt(call, 1));
      return 1;
    },
  },
  getdel: {
    arity: 2,
    write: true,
    frees: true,
    run: (call) => {
      const bytes = stringAt(call, keyAt(call, 0)) ?? null;
      call.db.delete(keyAt(call, 0));
      return bytes;
    },
  },
  mget: {
    arity: -2,
    run: (call) =>
      call.args.map((key) => {
        const value = call.db.get(key.toString('latin1'))?.value;
        return value?.type === 'string' ? value.bytes : null;
      }),
  },
  mset: {
    arity: -3,
    write: true,
    run: (call) => {
      if (call.args.length % 2 !== 0)
        return new ErrorReply("ERR wrong number of arguments for 'mset' command");
      for (let index = 0; index < call.args.length; index += 2)
        store(call, keyAt(call, index), bytesAt(call, index + 1));
      return 'OK';
    },
  },
  strlen: { arity: 2, run: (call) => stringAt(call, keyAt(call, 0))?.length ?? 0 },
  append: {
    arity: 3,
    write: true,
    run: (call) => {
      const key = keyAt(call, 0);
      const bytes = Buffer.concat([stringAt(call, key) ?? Buffer.alloc(0), bytesAt(call, 1)]);
      replace(call, key, bytes);
      return bytes.length;
    },
  },
  incr: { arity: 2, run: (call) => add(call, 1n), write: true },
  decr: { arity: 2, run: (call) => add(call, -1n), write: true },
  incrby: { arity: 3, run: (call) => add(call, bigIntegerOf(bytesAt(call, 1))), write: true },
  decrby: { arity: 3, run: subtract, write: true },
};
