// What every contender makes: two things of the application, and one of the request that is given both.

export class Clock {
  readonly startedAt = 1;
}

export class Repository {
  readonly name = 'orders';
}

/** How many services have been disposed of: held against the number of scopes after every turn. */
export const tally = { disposed: 0 };

export class Service {
  readonly clock: Clock;
  readonly repository: Repository;
  disposed = false;

  constructor(clock: Clock, repository: Repository) {
    this.clock = clock;
    this.repository = repository;
  }

  dispose(): void {
    if (this.disposed) throw new Error('A service was disposed of twice.');
    this.disposed = true;
    tally.disposed += 1;
  }
}

/** Where results go, so that no compiler may leave out the work. */
export const sink: { value: unknown } = { value: undefined };

/** For the containers in peers/, which are plain JavaScript: their types cannot be had before they are installed. */
export const subjects = { Clock, Repository, Service, sink };
