import {
  bytesAt,
  type Call,
  CommandError,
  type CommandTable,
  doubleOf,
  integerOf,
  keyAt,
  optionOf,
} from '../command.js';
import { bytes, DoubleReply, type Reply, syntaxError } from '../replies.js';
import { type Scored, SortedSet } from '../sorted-set.js';
import { sliceOf, valueAt, valueOrNew } from './collections.js';

const membersAt = (call: Call): SortedSet | undefined => valueAt(call, keyAt(call, 0), 'zset')?.members;

function membersOrNew(call: Call): SortedSet {
  return valueOrNew(call, keyAt(call, 0), 'zset', () => ({ type: 'zset', members: new SortedSet() })).members;
}

const addOptions = new Set(['NX', 'XX', 'GT', 'LT', 'CH', 'INCR']);

function add(call: Call): Reply {
  let first = 1;
  while (first < call.args.length && addOptions.has(optionOf(bytesAt(call, first)))) first += 1;
  const options = new Set(call.args.slice(1, first).map(optionOf));
  const words = call.args.slice(first);
  assertAddOptions(options, words.length);
  const scored: Scored[] = [];
  for (let index = 0; index < words.length; index += 2)
    scored.push([(words[index + 1] ?? bytes('')).toString('latin1'), doubleOf(words[index] ?? bytes(''))]);
  // XX makes no new key.
  const members = options.has('XX') ? membersAt(call) : membersOrNew(call);
  const outcomes = scored.map((one) => (members === undefined ? undefined : addOne(members, options, one)));
  const changed = outcomes.filter((outcome) => outcome === 'added' || outcome === 'updated').length;
  if (members !== undefined && (changed > 0 || members.size === 0))
    call.db.touch(keyAt(call, 0), members.size === 0);
  if (options.has('INCR')) {
    const [member = ''] = scored[0] ?? [];
    return outcomes[0] === undefined ? null : new DoubleReply(members?.score(member) ?? 0);
  }
  return options.has('CH') ? changed : outcomes.filter((outcome) => outcome === 'added').length;
}

function assertAddOptions(options: ReadonlySet<string>, words: number): void {
  if (words === 0 || words % 2 !== 0) throw new CommandError(syntaxError);
  if (options.has('NX') && options.has('XX'))
    throw new CommandError('ERR XX and NX options at the same time are not compatible');
  if (['GT', 'LT', 'NX'].filter((option) => options.has(option)).length > 1)
    throw new CommandError('ERR GT, LT, and/or NX options at the same time are not compatible');
  if (options.has('INCR') && words > 2)
    throw new CommandError('ERR INCR option supports a single increment-element pair');
}

/** Undefined: an option kept it from being done. */
function addOne(
  members: SortedSet,
  options: ReadonlySet<string>,
  [member, given]: Scored,
): 'added' | 'updated' | 'same' | undefined {
  const present = members.score(member);
  if (present === undefined ? options.has('XX') : options.has('NX')) return undefined;
  const score = options.has('INCR') ? (present ?? 0) + given : given;
  if (Number.isNaN(score)) throw new CommandError('ERR resulting score is not a number (NaN)');
  if (present !== undefined) {
    if ((options.has('GT') && score <= present) || (options.has('LT') && score >= present)) return undefined;
    if (score === present) return 'same';
  }
  members.set(member, score);
  return present === undefined ? 'added' : 'updated';
}

function increment(call: Call): Reply {
  const amount = doubleOf(bytesAt(call, 1));
  const members = membersOrNew(call);
  addOne(members, new Set(['INCR']), [keyAt(call, 2), amount]);
  call.db.touch(keyAt(call, 0), false);
  return new DoubleReply(members.score(keyAt(call, 2)) ?? 0);
}

function remove(call: Call, chosen: (members: SortedSet) => readonly string[]): Reply {
  const members = membersAt(call);
  if (members === undefined) return 0;
  const removed = chosen(members).filter((member) => members.delete(member)).length;
  if (removed > 0) call.db.touch(keyAt(call, 0), members.size === 0);
  return removed;
}

function byScore(call: Call): (scored: Scored) => boolean {
  const bound = (index: number): readonly [number, boolean] => {
    const text = keyAt(call, index);
    const excluded = text.startsWith('(');
    const number = excluded ? text.slice(1) : text;
    // Nothing at all reads as 0 here, and nowhere else.
    return [number === '' ? 0 : doubleOf(bytes(number), 'ERR min or max is not a float'), excluded];
  };
  const [min, withoutMin] = bound(1);
  const [max, withoutMax] = bound(2);
  return ([, score]) =>
    (withoutMin ? score > min : score >= min) && (withoutMax ? score < max : score <= max);
}

interface RangeOptions {
  withScores: boolean;
  offset: number;
  /** Negative: all. */
  count: number;
}

function rangeOptions(words: readonly Buffer[], limitAllowed: boolean): RangeOptions {
  const options: RangeOptions = { withScores: false, offset: 0, count: -1 };
  let limited = false;
  for (let index = 0; index < words.length; index += 1) {
    const option = optionOf(words[index] ?? bytes(''));
    const [offset, count] = [words[index + 1], words[index + 2]];
    if (option === 'WITHSCORES') options.withScores = true;
    else if (option === 'LIMIT' && offset !== undefined && count !== undefined) {
      [options.offset, options.count, limited] = [integerOf(offset), integerOf(count), true];
      index += 2;
    } else throw new CommandError(syntaxError);
  }
  if (!limited || limitAllowed) return options;
  throw new CommandError(
    'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
  );
}

function answer(call: Call, found: readonly Scored[], withScores: boolean): Reply {
  if (!withScores) return found.map(([member]) => bytes(member));
  // RESP3 has a pair for each, RESP2 one flat list.
  if (call.connection.protocol === 3)
    return found.map(([member, score]) => [bytes(member), new DoubleReply(score)]);
  return found.flatMap(([member, score]): Reply[] => [bytes(member), new DoubleReply(score)]);
}

function rangeByRank(call: Call): Reply {
  const { withScores } = rangeOptions(call.args.slice(3), false);
  const [start, stop] = [integerOf(bytesAt(call, 1)), integerOf(bytesAt(call, 2))];
  return answer(call, sliceOf(membersAt(call)?.sorted ?? [], start, stop), withScores);
}

function rangeByScore(call: Call): Reply {
  const matches = byScore(call);
  const { withScores, offset, count } = rangeOptions(call.args.slice(3), true);
  const within = (membersAt(call)?.sorted ?? []).filter(matches);
  if (offset < 0) return answer(call, [], withScores);
  return answer(call, within.slice(offset, count < 0 ? undefined : offset + count), withScores);
}

export const sortedSetCommands: CommandTable = {
  zadd: { arity: -4, run: add, write: true },
  zincrby: { arity: 4, run: increment, write: true },
  zrem: {
    arity: -3,
    run: (call) => remove(call, () => call.args.slice(1).map((member) => member.toString('latin1'))),
    write: true,
    frees: true,
  },
  zremrangebyscore: {
    arity: 4,
    run: (call) => {
      const within = byScore(call);
      return remove(call, ({ sorted }) => sorted.filter(within).map(([member]) => member));
    },
    write: true,
    frees: true,
  },
  zrange: { arity: -4, run: rangeByRank },
  zrangebyscore: { arity: -4, run: rangeByScore },
  zcount: {
    arity: 4,
    run: (call) => {
      const within = byScore(call);
      return (membersAt(call)?.sorted ?? []).filter(within).length;
    },
  },
  zcard: { arity: 2, run: (call) => membersAt(call)?.size ?? 0 },
  zscore: {
    arity: 3,
    run: (call) => {
      const score = membersAt(call)?.score(keyAt(call, 1));
      return score === undefined ? null : new DoubleReply(score);
    },
  },
};
