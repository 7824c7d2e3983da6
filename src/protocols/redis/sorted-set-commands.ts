export type ScoredMember = readonly [member: string, score: number];

/** A score that a range begins or ends with; `'(5'` leaves 5 itself out. `-Infinity` and `Infinity` are the ends of all. */
export type ScoreBound = number | `(${number}`;

export interface RangeOptions {
  /** Gives `[member, score]` instead of the member alone. */
  readonly withScores?: boolean;
}

export interface ScoreRangeOptions extends RangeOptions {
  /** The part of the range to give: `count` members after the first `offset`. */
  readonly limit?: { readonly offset: number; readonly count: number };
}

/** Sets whose members have a score and stand in its order, those of one score in the order of their bytes. */
export interface RedisSortedSetCommands {
  /** Adds members, or gives those that are there another score. @returns how many are new. */
  zadd(key: string, scores: Readonly<Record<string, number>> | ReadonlyMap<string, number>): Promise<number>;
  /** @returns how many of the members were there. */
  zrem(key: string, ...members: string[]): Promise<number>;
  /** Members by rank from `start` to `stop`, both included; negative ranks count from the end, -1 being the last. */
  zrange(key: string, start: number, stop: number): Promise<string[]>;
  zrange(key: string, start: number, stop: number, options: { withScores: true }): Promise<ScoredMember[]>;
  zrange(
    key: string,
    start: number,
    stop: number,
    options?: RangeOptions,
  ): Promise<string[] | ScoredMember[]>;
  /** Members by score from `min` to `max`, both included unless written as `'(5'`. */
  zrangebyscore(key: string, min: ScoreBound, max: ScoreBound): Promise<string[]>;
  zrangebyscore(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options: ScoreRangeOptions & { withScores: true },
  ): Promise<ScoredMember[]>;
  zrangebyscore(
    key: string,
    min: ScoreBound,
    max: ScoreBound,
    options?: ScoreRangeOptions,
  ): Promise<string[] | ScoredMember[]>;
  /** Removes members by score. @returns how many. */
  zremrangebyscore(key: string, min: ScoreBound, max: ScoreBound): Promise<number>;
  /** How many members there are. */
  zcard(key: string): Promise<number>;
  /** `null` for what is no member. */
  zscore(key: string, member: string): Promise<number | null>;
  /** Adds to a member's score, 0 where it is none. @returns the new score. */
  zincrby(key: string, amount: number, member: string): Promise<number>;
}

export const redisSortedSetCommands = [
  'zadd',
  'zrem',
  'zrange',
  'zrangebyscore',
  'zremrangebyscore',
  'zcard',
  'zscore',
  'zincrby',
] as const satisfies readonly (keyof RedisSortedSetCommands)[];
