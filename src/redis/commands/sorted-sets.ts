import type {
  RangeOptions,
  ScoreBound,
  ScoredMember,
  ScoreRangeOptions,
} from '../../protocols/redis/sorted-set-commands.js';
import type { RedisCommand } from '../pending-command.js';
import { count, pairs, score, scoreBound, text, texts, whole } from './arguments.js';
import { double, doubleOrNil, integer, scoredMembers, strings } from './replies.js';

export function zadd(
  key: string,
  scores: Readonly<Record<string, number>> | ReadonlyMap<string, number>,
): RedisCommand<number> {
  const args = [text('zadd', 'key', key)];
  for (const [member, value] of pairs('zadd', 'scores', scores))
    args.push(score('zadd', 'score', value), text('zadd', 'member', member));
  return { name: 'zadd', args, decode: integer, queued: 0 };
}

export function zrem(key: string, ...members: string[]): RedisCommand<number> {
  const args = [text('zrem', 'key', key), ...texts('zrem', 'member', members)];
  return { name: 'zrem', args, decode: integer, queued: 0 };
}

export function zrange(
  key: string,
  start: number,
  stop: number,
  { withScores }: RangeOptions = {},
): RedisCommand<string[] | ScoredMember[]> {
  const args = [text('zrange', 'key', key), whole('zrange', 'start', start), whole('zrange', 'stop', stop)];
  return range('zrange', args, withScores);
}

export function zrangebyscore(
  key: string,
  min: ScoreBound,
  max: ScoreBound,
  { withScores, limit }: ScoreRangeOptions = {},
): RedisCommand<string[] | ScoredMember[]> {
  const name = 'zrangebyscore';
  const args = [text(name, 'key', key), scoreBound(name, 'min', min), scoreBound(name, 'max', max)];
  if (limit !== undefined)
    args.push(
      'LIMIT',
      count(name, 'limit.offset', limit.offset, 0),
      count(name, 'limit.count', limit.count, 0),
    );
  return range(name, args, withScores);
}

function range(
  name: string,
  args: string[],
  withScores: boolean | undefined,
): RedisCommand<string[] | ScoredMember[]> {
  if (withScores !== true) return { name, args, decode: strings };
  args.push('WITHSCORES');
  return { name, args, decode: scoredMembers };
}

export function zremrangebyscore(key: string, min: ScoreBound, max: ScoreBound): RedisCommand<number> {
  const name = 'zremrangebyscore';
  const args = [text(name, 'key', key), scoreBound(name, 'min', min), scoreBound(name, 'max', max)];
  return { name, args, decode: integer, queued: 0 };
}

export function zcard(key: string): RedisCommand<number> {
  return { name: 'zcard', args: [text('zcard', 'key', key)], decode: integer };
}

export function zscore(key: string, member: string): RedisCommand<number | null> {
  const args = [text('zscore', 'key', key), text('zscore', 'member', member)];
  return { name: 'zscore', args, decode: doubleOrNil };
}

export function zincrby(key: string, amount: number, member: string): RedisCommand<number> {
  const args = [
    text('zincrby', 'key', key),
    score('zincrby', 'amount', amount),
    text('zincrby', 'member', member),
  ];
  return { name: 'zincrby', args, decode: double, queued: 0 };
}
