import { collectYoung } from './memory.js';

/** One way to do a piece of work, to be timed against others. */
export interface Contender {
  readonly name: string;
  /** Does the work `times` times, in a loop of its own, so that none runs in code compiled for another. */
  run(times: number): void | Promise<void>;
  /** Runs before each turn and is not timed. */
  prepare?(): void | Promise<void>;
  /** Times a turn itself, in milliseconds, where the work is done in another thread. */
  timed?(times: number): Promise<number>;
}

export interface RaceOptions {
  /** How often each has its turn. */
  readonly rounds: number;
  /** How long a turn takes, in milliseconds. */
  readonly sliceMs: number;
  /** How long each runs before anything counts, in milliseconds. */
  readonly warmUpMs: number;
}

/** For each contender the nanoseconds that the work took, round by round. */
export type Laps = ReadonlyMap<string, readonly number[]>;

/**
 * Times contenders in many short turns, one after the other in every round, so that what else the machine does meets
 * all alike.
 */
export async function race(contenders: readonly Contender[], options: RaceOptions): Promise<Laps> {
  const racers: Racer[] = [];
  for (const contender of contenders) racers.push(await Racer.warmedUp(contender, options));
  for (let round = 0; round < options.rounds; round += 1) {
    // Another one begins each round, and every second round goes backwards: nobody always runs in the wake of the same
    // neighbour.
    const first = round % racers.length;
    const order = [...racers.slice(first), ...racers.slice(0, first)];
    for (const racer of round % 2 === 0 ? order : order.toReversed()) await racer.lap();
  }
  return new Map(racers.map(({ name, laps }) => [name, laps]));
}

/** The laps of one that took part. */
export function lapsOf(laps: Laps, name: string): readonly number[] {
  const found = laps.get(name);
  if (found === undefined) throw new Error(`${name} did not take part in the race.`);
  return found;
}

class Racer {
  readonly laps: number[] = [];
  readonly #contender: Contender;
  readonly #times: number;

  private constructor(contender: Contender, times: number) {
    this.#contender = contender;
    this.#times = times;
  }

  /** Runs `contender` until it is compiled, and finds how much of its work fills a turn. */
  static async warmedUp(contender: Contender, { sliceMs, warmUpMs }: RaceOptions): Promise<Racer> {
    let times = 1;
    for (let left = warmUpMs; ;) {
      const elapsedMs = await timed(contender, times);
      left -= elapsedMs;
      const fitting = Math.max(1, Math.round((times * sliceMs) / Math.max(elapsedMs, 0.001)));
      if (left <= 0 && elapsedMs > sliceMs / 4) return new Racer(contender, fitting);
      times = Math.min(fitting, times * 4);
    }
  }

  get name(): string {
    return this.#contender.name;
  }

  async lap(): Promise<void> {
    const elapsedMs = await timed(this.#contender, this.#times);
    this.laps.push((elapsedMs * 1e6) / this.#times);
  }
}

/** The milliseconds that `contender` takes for its work `times` times. */
export async function timed(contender: Contender, times: number): Promise<number> {
  if (contender.timed !== undefined) return contender.timed(times);
  await contender.prepare?.();
  // A turn of the event loop lets go of what the turn before left behind.
  await new Promise(setImmediate);
  collectYoung();
  const startedAt = performance.now();
  const running = contender.run(times);
  if (running !== undefined) await running;
  return performance.now() - startedAt;
}
