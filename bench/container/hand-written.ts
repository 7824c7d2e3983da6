// What a careful engineer writes without a container, for one service in one scope.
import type { Contestant } from './contestant.js';
import { Clock, Repository, Service, sink } from './subjects.js';

/** What lives as long as the application. */
export class Root {
  readonly clock = new Clock();
  readonly repository = new Repository();
}

/** Builds its service when first asked, and releases what it built, the last first. */
export class HandWrittenScope implements Disposable {
  readonly #root: Root;
  readonly #releases: (() => void)[] = [];
  #service: Service | undefined;
  #closed = false;

  constructor(root: Root) {
    this.#root = root;
  }

  get service(): Service {
    if (this.#closed) throw new Error('The scope is closed.');
    if (this.#service === undefined) {
      const service = new Service(this.#root.clock, this.#root.repository);
      this.#service = service;
      this.#releases.push(() => service.dispose());
    }
    return this.#service;
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    const errors: unknown[] = [];
    for (let index = this.#releases.length - 1; index >= 0; index -= 1) {
      try {
        this.#releases[index]?.();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'The scope did not close cleanly.');
  }
}

/** The same for a service that is made and released asynchronously: those who ask share one promise. */
class HandWrittenAsyncScope implements AsyncDisposable {
  readonly #root: Root;
  readonly #releases: (() => Promise<void>)[] = [];
  #service: Promise<Service> | undefined;
  #closed = false;

  constructor(root: Root) {
    this.#root = root;
  }

  get service(): Promise<Service> {
    if (this.#closed) return Promise.reject(new Error('The scope is closed.'));
    return (this.#service ??= this.#open());
  }

  async #open(): Promise<Service> {
    try {
      const service = await openService(this.#root.clock, this.#root.repository);
      this.#releases.push(() => closeService(service));
      return service;
    } catch (error) {
      this.#service = undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const errors: unknown[] = [];
    for (let index = this.#releases.length - 1; index >= 0; index -= 1) {
      try {
        await this.#releases[index]?.();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'The scope did not close cleanly.');
  }
}

// These wait for nothing: any waiting would count for all alike and hide what they differ in.

export async function openService(clock: Clock, repository: Repository): Promise<Service> {
  return new Service(clock, repository);
}

export async function closeService(service: Service): Promise<void> {
  service.dispose();
}

/** The lazy scope class, with `using`. */
export function handWritten(): Contestant {
  const root = new Root();
  return {
    name: 'hand',
    run(times) {
      for (let left = times; left > 0; left -= 1) {
        using scope = new HandWrittenScope(root);
        sink.value = scope.service;
      }
    },
    askTwice() {
      using scope = new HandWrittenScope(root);
      return [scope.service, scope.service];
    },
  };
}

/** The asynchronous scope class, with `await using`. */
export function handWrittenAsync(): Contestant {
  const root = new Root();
  return {
    name: 'hand',
    async run(times) {
      for (let left = times; left > 0; left -= 1) {
        await using scope = new HandWrittenAsyncScope(root);
        sink.value = await scope.service;
      }
    },
    async askTwice() {
      await using scope = new HandWrittenAsyncScope(root);
      return [await scope.service, await scope.service];
    },
  };
}

/** No scope at all: `new`, and `finally`. */
export function plainNew(): Contestant {
  const root = new Root();
  return {
    name: 'new',
    run(times) {
      for (let left = times; left > 0; left -= 1) {
        const service = new Service(root.clock, root.repository);
        try {
          sink.value = service;
        } finally {
          service.dispose();
        }
      }
    },
    askTwice() {
      const service = new Service(root.clock, root.repository);
      service.dispose();
      return [service, service];
    },
  };
}
