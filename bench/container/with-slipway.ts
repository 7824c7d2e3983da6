import { Application, type OpenScope, Provider, Scope } from '../../src/index.js';
import type { Contestant } from './contestant.js';
import { closeService, openService } from './hand-written.js';
import { Clock, Repository, Service, sink } from './subjects.js';

function root(): Provider {
  return new Provider('root')
    .provideClass(Clock, { scope: Scope.APP, inject: [] })
    .provideClass(Repository, { scope: Scope.APP, inject: [] });
}

/** A started application whose request scope has a service that is disposed of with it. */
export function application(): Promise<Application> {
  const request = new Provider('request').provideClass(Service, {
    scope: Scope.REQUEST,
    inject: [Clock, Repository],
    release: (service) => service.dispose(),
  });
  return Application.start([root(), request]);
}

/** The same, with a service that is made and released asynchronously. */
export function asyncApplication(): Promise<Application> {
  const request = new Provider('request').provide(Service, {
    scope: Scope.REQUEST,
    inject: [Clock, Repository],
    create: openService,
    release: closeService,
  });
  return Application.start([root(), request]);
}

export async function slipway(): Promise<Contestant> {
  return scopesOf(await application());
}

/** The same work on one application, with no other scope open and with `count` of them. */
export async function withOthersOpen(count: number): Promise<readonly [few: Contestant, many: Contestant]> {
  const app = await application();
  const others: OpenScope[] = [];
  const keepOpen = (wanted: number) => (): void => {
    while (others.length > wanted) others.pop()?.[Symbol.dispose]();
    while (others.length < wanted) {
      const scope = app.enter(Scope.REQUEST);
      scope.getSync(Service);
      others.push(scope);
    }
  };
  const contestant: Contestant = {
    ...scopesOf(app),
    async stop() {
      keepOpen(0)();
      await app.stop();
    },
  };
  return [
    { ...contestant, name: 'few', prepare: keepOpen(0) },
    { ...contestant, name: 'many', prepare: keepOpen(count) },
  ];
}

function scopesOf(app: Application): Contestant {
  return {
    name: 'slipway',
    run(times) {
      for (let left = times; left > 0; left -= 1) {
        using scope = app.enter(Scope.REQUEST);
        sink.value = scope.getSync(Service);
      }
    },
    askTwice() {
      using scope = app.enter(Scope.REQUEST);
      return [scope.getSync(Service), scope.getSync(Service)];
    },
    stop: () => app.stop(),
  };
}

export async function slipwayAsync(): Promise<Contestant> {
  const app = await asyncApplication();
  return {
    name: 'slipway',
    async run(times) {
      for (let left = times; left > 0; left -= 1) {
        await using scope = app.enter(Scope.REQUEST);
        sink.value = await scope.get(Service);
      }
    },
    async askTwice() {
      await using scope = app.enter(Scope.REQUEST);
      return [await scope.get(Service), await scope.get(Service)];
    },
    stop: () => app.stop(),
  };
}
