import type { Contender } from '../measure/race.js';
import { Clock, Repository, Service, tally } from './subjects.js';

/** A contender in opening a scope, getting its service, and closing the scope. */
export interface Contestant extends Contender {
  /** What asking twice in one scope gives, once that scope is closed. */
  askTwice(): readonly [Service, Service] | Promise<readonly [Service, Service]>;
  /** Ends what the contestant keeps running. */
  stop?(): Promise<void>;
}

/**
 * A contestant whose work is checked: that a scope gives the right objects before the race, and after every turn that
 * each service was disposed of.
 * @throws Error if it does something else than what is measured.
 */
export async function checked(contestant: Contestant): Promise<Contestant> {
  const { name } = contestant;
  const demand = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(`${name} ${what}.`);
  };
  const [first, again] = await contestant.askTwice();
  const [second] = await contestant.askTwice();
  demand(first instanceof Service, 'gives no service');
  demand(first === again, 'makes a second service in one scope');
  demand(first !== second, 'gives one scope the service of another');
  demand(first.clock instanceof Clock && first.repository instanceof Repository, 'injects something else');
  demand(first.clock === second.clock, 'makes a clock for each scope');
  demand(first.repository === second.repository, 'makes a repository for each scope');
  demand(first.disposed && second.disposed, 'does not dispose of a service');
  return {
    name,
    askTwice: () => contestant.askTwice(),
    prepare: () => contestant.prepare?.(),
    stop: async () => contestant.stop?.(),
    async run(times) {
      const before = tally.disposed;
      await contestant.run(times);
      demand(
        tally.disposed - before === times,
        `disposed of ${tally.disposed - before} of ${times} services`,
      );
    },
  };
}
