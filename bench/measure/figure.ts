import type { Summary } from './statistics.js';

/** One measured number, as `npm run bench` prints it. */
export interface Figure {
  /** Stable: `container.scope.sync/hand`. What a ratio is against stands after the slash. */
  readonly id: string;
  /** The median of the rounds. */
  readonly value: number;
  /** `ratio`: slipway's cost over the other's. `times faster`: the other's cost over slipway's. Else a plain unit. */
  readonly unit: 'ratio' | 'times faster' | 'ns' | 'ms' | 'bytes' | 'MB';
  /** `<=4`, `<1000000`, `>=30`, or {@link asWithout}; absent if the number only informs. */
  readonly goal?: string;
  /** The lower and the upper quartile of the rounds; absent if there was one. */
  readonly spread?: readonly [number, number];
  /** Who it turned out to be against, where the id leaves that open. */
  readonly against?: string;
}

/** The goal of a ratio that should be 1: it may be above by what the rounds differ, or by a twentieth. */
export const asWithout = '1 within noise';

/** A figure from the rounds of a measurement. */
export function figure(
  id: string,
  { median, spread }: Summary,
  unit: Figure['unit'],
  goal?: string,
  against?: string,
): Figure {
  return {
    id,
    value: rounded(median),
    unit,
    ...(goal === undefined ? {} : { goal }),
    spread: [rounded(spread[0]), rounded(spread[1])],
    ...(against === undefined ? {} : { against }),
  };
}

const comparison = /^(<=|<|>=)(\d+(?:\.\d+)?)$/;

/**
 * Does a figure meet its goal? Undefined if it has none.
 * @throws SyntaxError if the goal cannot be read.
 */
export function meetsGoal({ id, value, goal, spread }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  if (goal === asWithout) return (spread?.[0] ?? value) <= 1.05;
  const [, operator, limit] = comparison.exec(goal) ?? [];
  if (operator === '<=') return value <= Number(limit);
  if (operator === '<') return value < Number(limit);
  if (operator === '>=') return value >= Number(limit);
  throw new SyntaxError(`The goal '${goal}' of ${id} is none of <=n, <n, >=n and '${asWithout}'.`);
}

/** Four digits count; more would be noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
