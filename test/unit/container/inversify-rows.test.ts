import { expect } from 'chai';
import {
  type AnyProvider,
  Application,
  BuildError,
  GraphError,
  Provider,
  Scope,
  StartError,
  StopError,
  token,
} from '../../../src/index.js';
import { Deferred, isPending, quiet } from '../../support/container/deferred.js';
import { rejection, thrown } from '../../support/container/failure.js';
import { type Journal, type Thing, traced, tracedAfter } from '../../support/container/traced.js';
import { unhandledRejections } from '../../support/container/unhandled.js';

const Redis = token<Thing>()('Redis');
const Repo = token<Thing>()('Repo');
const Svc = token<Thing>()('Svc');
const Req = token<Thing>()('Req');

function thing(name: string): Thing {
  return { name, parts: [] };
}

/** svc needs repo, which needs redis. */
function three(journal: Journal) {
  return new Provider('three')
    .provide(Redis, { scope: Scope.APP, eager: false, ...traced(journal, 'redis') })
    .provide(Repo, { scope: Scope.APP, eager: false, inject: [Redis], ...traced(journal, 'repo') })
    .provide(Svc, { scope: Scope.APP, eager: false, inject: [Repo], ...traced(journal, 'svc') });
}

function closings(journal: Journal): Journal {
  return journal.filter((entry) => entry.startsWith('close '));
}

/** What bites in inversify itself, by the rows in which it was measured, and how it is here. */
describe('inversify, row by row', () => {
  it('1: concurrent gets of an asynchronous singleton make one, also through two dependants; then getSync works', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(Redis, { scope: Scope.APP, eager: false, ...tracedAfter(journal, 'redis', {}) })
      .provide(Repo, { scope: Scope.APP, eager: false, inject: [Redis], create: (redis) => redis })
      .provide(Svc, { scope: Scope.APP, eager: false, inject: [Redis], create: (redis) => redis });
    await using app = await Application.start([provider]);
    const all = await Promise.all([
      app.get(Redis),
      app.get(Repo),
      app.get(Svc),
      app.container.getAsync(Redis),
      app.container.getAsync(Svc),
    ]);
    expect(new Set(all).size).to.equal(1);
    expect(app.getSync(Redis)).to.equal(all[0]);
    expect(app.container.get(Redis)).to.equal(all[0]);
    expect(journal).to.deep.equal(['opening redis', 'open redis']);
  });

  describe('2: an asynchronous factory that rejects', () => {
    function flaky(failures: number) {
      let attempts = 0;
      return new Provider('flaky')
        .provide(Redis, {
          scope: Scope.APP,
          eager: false,
          create: async () => {
            attempts += 1;
            if (attempts <= failures) throw new Error('broker down');
            return thing('redis');
          },
        })
        .provide(Repo, { scope: Scope.APP, eager: false, inject: [Redis], create: (redis) => redis });
    }

    it('is not cached, nor are its dependants: the next get builds, by us and by the container', async () => {
      await using app = await Application.start([flaky(2)]);
      await rejection(BuildError, app.get(Repo));
      await rejection(BuildError, app.container.getAsync(Repo));
      expect((await app.container.getAsync(Repo)).name).to.equal('redis');
      expect((await app.get(Redis)).name).to.equal('redis');
    });

    it('can be rebound, and its application can be stopped, without an unhandled rejection', async () => {
      const reasons = await unhandledRejections(async () => {
        const app = await Application.start([flaky(Infinity)]);
        await rejection(BuildError, app.get(Repo));
        await rejection(BuildError, app.container.getAsync(Redis));
        app.container.rebind(Redis).toConstantValue(thing('stub'));
        await using request = app.enter();
        expect((await request.get(Redis)).name).to.equal('stub');
        await request.close();
        await app.stop();
      });
      expect(reasons).to.deep.equal([]);
    });
  });

  it('3: dependencies are built in parallel, also those a factory asks for together', async () => {
    const journal: Journal = [];
    const ends = [new Deferred(), new Deferred()] as const;
    const provider = new Provider('p')
      .provide(Redis, { scope: Scope.APP, ...tracedAfter(journal, 'redis', { opened: ends[0].promise }) })
      .provide(Repo, { scope: Scope.APP, ...tracedAfter(journal, 'repo', { opened: ends[1].promise }) })
      .provide(Svc, { scope: Scope.APP, inject: [Redis, Repo], ...traced(journal, 'svc') });
    const started = Application.start([provider]);
    await quiet();
    expect(journal).to.deep.equal(['opening redis', 'opening repo']);
    for (const end of ends) end.resolve();
    await (await started).stop();
  });

  it('4: a sibling that throws leaves no orphan: the other is awaited and released, nothing begins after it', async () => {
    const journal: Journal = [];
    const end = new Deferred();
    const provider = new Provider('p')
      .provide(Redis, { scope: Scope.REQUEST, ...tracedAfter(journal, 'slow', { opened: end.promise }) })
      .provide(Repo, {
        scope: Scope.REQUEST,
        create: () => {
          throw new Error('at once');
        },
      })
      .provide(Req, { scope: Scope.REQUEST, ...traced(journal, 'third') })
      .provide(Svc, { scope: Scope.REQUEST, inject: [Redis, Repo, Req], create: (redis) => redis });
    const reasons = await unhandledRejections(async () => {
      await using app = await Application.start([provider]);
      const request = app.enter();
      const asked = request.get(Svc);
      asked.catch(() => undefined);
      expect(await isPending(asked)).to.equal(true);
      end.resolve();
      expect((await rejection(BuildError, asked)).path).to.deep.equal(['Svc', 'Repo']);
      await request.close();
    });
    expect(reasons).to.deep.equal([]);
    expect(journal).to.deep.equal(['opening slow', 'open slow', 'closing slow', 'close slow']);
  });

  it('4: nor does an asynchronous sibling that fails later: its rejection is handled', async () => {
    const end = new Deferred<Thing>();
    const provider = new Provider('p')
      .provide(Redis, { scope: Scope.APP, create: () => end.promise })
      .provide(Repo, {
        scope: Scope.APP,
        create: () => {
          throw new Error('first');
        },
      });
    const reasons = await unhandledRejections(async () => {
      const started = rejection(StartError, Application.start([provider]));
      await quiet();
      end.reject(new Error('second'));
      expect((await started).errors).to.have.length(2);
    });
    expect(reasons).to.deep.equal([]);
  });

  it('5: nothing of an application can hold what belongs to one request: that is refused before it starts', async () => {
    const provider = new Provider('p')
      .context(Req, { scope: Scope.REQUEST })
      .provide(Svc, { scope: Scope.APP, inject: [Req], create: (req) => req });
    const error = await rejection(GraphError, Application.start([provider]));
    expect(error.problems.map(({ kind }) => kind)).to.deep.equal(['captive']);
  });

  it('5: nor does one request see the value of another through what lives in the application', async () => {
    const provider = new Provider('p')
      .provide(Redis, { scope: Scope.APP, ...traced([], 'redis') })
      .context(Req, { scope: Scope.REQUEST })
      .provide(Svc, { scope: Scope.REQUEST, inject: [Redis, Req], ...traced([], 'svc') });
    await using app = await Application.start([provider]);
    const asked = ['q1', 'q2', 'q3'].map((name) =>
      app.runInScope('REQUEST', [[Req, thing(name)]], async (scope) => (await scope.get(Svc)).parts),
    );
    const parts = await Promise.all(asked);
    expect(parts.map(([, req]) => (req as Thing).name)).to.deep.equal(['q1', 'q2', 'q3']);
    expect(new Set(parts.map(([redis]) => redis)).size).to.equal(1);
  });

  it('6: a request is a scope, not one get: two gets and a get inside a factory give one object, which is released', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(Req, { scope: Scope.REQUEST, ...traced(journal, 'req') })
      .provide(Svc, { scope: Scope.REQUEST, create: async (): Promise<Thing> => request.get(Req) });
    await using app = await Application.start([provider]);
    const request: ReturnType<Application['enter']> = app.enter();
    const first = await request.get(Req);
    expect(await request.get(Req)).to.equal(first);
    expect(await request.get(Svc)).to.equal(first);
    await request.close();
    expect(journal).to.deep.equal(['open req', 'close req']);
  });

  it('7: a rebind releases nothing that is in use: the live value is released once, when its scope ends', async () => {
    const journal: Journal = [];
    const app = await Application.start([three(journal)]);
    const redis = await app.get(Redis);
    using request = app.enter();
    app.container.rebind(Redis).toConstantValue(thing('stub'));
    using next = app.enter();
    expect(next.getSync(Redis).name).to.equal('stub');
    expect(request.getSync(Redis)).to.equal(redis);
    expect(journal).to.deep.equal(['open redis']);
    next[Symbol.dispose]();
    request[Symbol.dispose]();
    await app.stop();
    expect(journal).to.deep.equal(['open redis', 'close redis']);
  });

  it('8: all is released dependants first, not in the order it was bound', async () => {
    const journal: Journal = [];
    const app = await Application.start([three(journal)]);
    await app.get(Svc);
    await app.stop();
    expect(closings(journal)).to.deep.equal(['close svc', 'close repo', 'close redis']);
  });

  it('9: an asynchronous release is awaited, and its rejection is in the StopError', async () => {
    const end = new Deferred();
    const provider = new Provider('p').provide(Redis, {
      scope: Scope.APP,
      create: () => thing('redis'),
      release: () => end.promise,
    });
    const reasons = await unhandledRejections(async () => {
      const stopped = (await Application.start([provider])).stop();
      stopped.catch(() => undefined);
      expect(await isPending(stopped)).to.equal(true);
      end.reject(new Error('quit failed'));
      const error = await rejection(StopError, stopped);
      expect(error.failures.map(({ token: name }) => name)).to.deep.equal(['Redis']);
    });
    expect(reasons).to.deep.equal([]);
  });

  for (const [how, release] of [
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ] as const) {
    it(`10: a release that ${how} keeps none from running, stop() waits for all, and none runs twice`, async () => {
      const journal: Journal = [];
      const end = new Deferred();
      const provider = new Provider('p')
        .provide(Svc, { scope: Scope.APP, create: () => thing('svc'), release })
        .provide(Redis, { scope: Scope.APP, ...traced(journal, 'redis') })
        .provide(Repo, { scope: Scope.APP, ...tracedAfter(journal, 'repo', { closed: end.promise }) });
      const app = await Application.start([provider]);
      const stopped = app.stop();
      stopped.catch(() => undefined);
      expect(await isPending(stopped)).to.equal(true);
      end.resolve();
      await rejection(StopError, stopped);
      await rejection(StopError, app.stop());
      expect(closings(journal)).to.have.members(['close redis', 'close repo']);
    });
  }

  it('11: an object has one release; that of its decorator runs before it', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(Redis, { scope: Scope.APP, ...traced(journal, 'redis') })
      .decorate(Redis, { ...traced(journal, 'wrapper') });
    await (await Application.start([provider])).stop();
    expect(closings(journal)).to.deep.equal(['close wrapper', 'close redis']);
  });

  it('12: a dependant keeps what it was built with, and no released instance is ever handed out again', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(Redis, { scope: Scope.REQUEST, ...traced(journal, 'redis') })
      .provide(Repo, { scope: Scope.REQUEST, inject: [Redis], ...traced(journal, 'repo') });
    await using app = await Application.start([provider]);
    const before = app.enter();
    const repo = await before.get(Repo);
    app.container.snapshot();
    app.container.rebind(Redis).toConstantValue(thing('stub'));
    expect(repo.parts[0]).to.equal(await before.get(Redis));
    await before.close();
    app.container.restore();
    await using after = app.enter();
    const fresh = await after.get(Repo);
    expect(fresh.parts[0]).to.not.equal(repo.parts[0]);
    expect(journal.slice(-2)).to.deep.equal(['open redis', 'open repo']);
  });

  describe('13: the order of release', () => {
    it('is right whichever was resolved first', async () => {
      for (const order of [
        [Redis, Repo, Svc],
        [Svc, Repo, Redis],
        [Redis, Svc, Repo],
        [Repo, Redis, Svc],
      ]) {
        const journal: Journal = [];
        const app = await Application.start([three(journal)]);
        for (const key of order) await app.get(key);
        await app.stop();
        expect(closings(journal)).to.deep.equal(['close svc', 'close repo', 'close redis']);
      }
    });

    it('sees what a factory asked for by itself, and what a foreign binding asked for', async () => {
      const journal: Journal = [];
      const provider = new Provider('p')
        .provide(Redis, { scope: Scope.APP, ...traced(journal, 'redis') })
        .provide(Repo, {
          scope: Scope.APP,
          create: async (): Promise<Thing> => ({ name: 'repo', parts: [await app.get(Redis)] }),
          release: traced(journal, 'repo').release,
        });
      const app: Application = new Application([provider as AnyProvider]);
      app.container
        .bind(Svc)
        .toDynamicValue(async (context) => ({ name: 'svc', parts: [await context.getAsync(Repo)] }))
        .inSingletonScope()
        .onDeactivation(() => {
          journal.push('close svc');
        });
      await app.start();
      await app.get(Svc);
      await app.stop();
      expect(closings(journal)).to.deep.equal(['close svc', 'close repo', 'close redis']);
    });

    it('is not cut short by an error, not run twice, and a scope does not release what is not its own', async () => {
      const journal: Journal = [];
      const provider = three(journal).provide(Req, {
        scope: Scope.REQUEST,
        inject: [Svc],
        create: (svc) => svc,
        release: () => {
          throw new Error('no');
        },
      });
      const app = await Application.start([provider]);
      const request = app.enter();
      await request.get(Req);
      await rejection(StopError, request.close());
      expect(closings(journal)).to.deep.equal([]);
      await app.stop();
      await app.stop();
      expect(closings(journal)).to.deep.equal(['close svc', 'close repo', 'close redis']);
    });
  });

  it('14: a value nobody ever got has its release called', async () => {
    const journal: Journal = [];
    const provider = new Provider('p').provide(Redis, {
      value: thing('redis'),
      release: () => void journal.push('close redis'),
    });
    await (await Application.start([provider])).stop();
    expect(journal).to.deep.equal(['close redis']);
  });

  describe('messages', () => {
    it('name the asynchronous dependency, not only the root', async () => {
      const provider = new Provider('p')
        .provide(Redis, { scope: Scope.REQUEST, create: async () => thing('redis') })
        .provide(Svc, { scope: Scope.REQUEST, inject: [Redis], create: (redis) => redis });
      await using app = await Application.start([provider]);
      await using request = app.enter();
      expect(thrown(BuildError, () => request.getSync(Svc)).path).to.deep.equal(['Svc', 'Redis']);
    });

    it('name every missing token with its whole path', () => {
      const provider: AnyProvider = new Provider('p')
        .provide(Svc, { scope: Scope.APP, inject: [Repo], create: (repo) => repo })
        .provide(Repo, { scope: Scope.APP, inject: [Redis, Req], create: (redis) => redis });
      expect(new Application([provider]).validate().map(({ path }) => path.join(' -> '))).to.deep.equal([
        'Svc -> Repo -> Redis',
        'Svc -> Repo -> Req',
      ]);
    });

    it('of a failing factory carry its token and path', async () => {
      const failure = new Error('down');
      const provider = new Provider('p')
        .provide(Redis, { scope: Scope.REQUEST, create: () => Promise.reject(failure) })
        .provide(Svc, { scope: Scope.REQUEST, inject: [Redis], create: (redis) => redis });
      await using app = await Application.start([provider]);
      await using request = app.enter();
      const error = await rejection(BuildError, request.get(Svc));
      expect([error.path, error.cause]).to.deep.equal([['Svc', 'Redis'], failure]);
    });
  });

  it('validation resolves nothing: no factory runs, of ours or of others', () => {
    let ran = 0;
    const run = (): Thing => {
      ran += 1;
      return thing('x');
    };
    const provider: AnyProvider = new Provider('p')
      .provide(Redis, { scope: Scope.APP, create: run })
      .provide(Repo, { scope: Scope.APP, inject: [Svc], create: run });
    const app = new Application([provider]);
    app.container.bind(Svc).toDynamicValue(run);
    expect(app.validate()).to.deep.equal([]);
    expect(ran).to.equal(0);
  });

  it('opening scopes costs the container nothing: no child containers, whose number makes every bind slower', async () => {
    await using app = await Application.start([three([])]);
    const before = app.container.changes;
    const scopes = Array.from({ length: 100 }, () => app.enter());
    expect(app.container.changes).to.equal(before);
    await Promise.all(scopes.map((scope) => scope.close()));
  });
});
