import { expect } from 'chai';
import {
  type AnyProvider,
  Application,
  BuildError,
  containerEvents,
  GraphError,
  Provider,
  Scope,
  SlipwayError,
  StartError,
  StopError,
  token,
} from '../../../src/index.js';
import { Deferred, isPending, quiet } from '../../support/container/deferred.js';
import { fakeClock, restored } from '../../support/container/fake-clock.js';
import { rejection, thrown } from '../../support/container/failure.js';
import {
  type Journal,
  type Thing,
  traced,
  tracedAfter,
  untilAborted,
} from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');

const never = new Promise<never>(() => undefined);

function thing(name = 'thing'): Thing {
  return { name, parts: [] };
}

function closings(journal: Journal): Journal {
  return journal.filter((entry) => entry.startsWith('close '));
}

describe('what none of the peers has in one place', () => {
  it('1: parallel along the graph, a diamond once; when one fails the others settle first and nothing runs on', async () => {
    const D = token<Thing>()('D');
    const journal: Journal = [];
    const end = new Deferred();
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...tracedAfter(journal, 'A', {}) })
      .provide(B, { scope: Scope.APP, inject: [A], ...tracedAfter(journal, 'B', { opened: end.promise }) })
      .provide(C, { scope: Scope.APP, inject: [A], create: () => Promise.reject(new Error('no')) })
      .provide(D, { scope: Scope.APP, inject: [B, C], ...traced(journal, 'D') });
    const started = Application.start([provider]);
    started.catch(() => undefined);
    expect(await isPending(started)).to.equal(true);
    expect(journal).to.deep.equal(['opening A', 'open A', 'opening B']);
    end.resolve();
    await rejection(StartError, started);
    expect(closings(journal)).to.deep.equal(['close B', 'close A']);
    expect(journal).to.not.include('open D');
  });

  it('2: after a failed build a retry, a rebind and a stop work', async () => {
    let attempts = 0;
    const provider = new Provider('p').provide(A, {
      scope: Scope.REQUEST,
      create: async () => {
        attempts += 1;
        if (attempts < 3) throw new Error('down');
        return thing('real');
      },
    });
    const app = await Application.start([provider]);
    const request = app.enter();
    await rejection(BuildError, request.get(A));
    await rejection(BuildError, request.get(A));
    expect((await request.get(A)).name).to.equal('real');
    app.container.rebind(A).toConstantValue(thing('stub'));
    const next = app.enter();
    expect((await next.get(A)).name).to.equal('stub');
    await next.close();
    await request.close();
    await app.stop();
  });

  it('3: a failed start closes in reverse and tells path, cause and what failed meanwhile', async () => {
    const cause = new Error('refused');
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.APP,
        create: thing.bind(null, 'A'),
        release: () => Promise.reject(new Error('a')),
      })
      .provide(B, { scope: Scope.APP, inject: [A], create: () => Promise.reject(cause) });
    const error = await rejection(StartError, Application.start([provider]));
    expect(error.path).to.deep.equal(['B']);
    expect(error.cause).to.equal(cause);
    expect(error.cleanupErrors.map(({ token: name }) => name)).to.deep.equal(['A']);
  });

  it('4: a limit per release and one for all; the hung one is named, one error has them all, the body error is its cause', async () => {
    const clock = fakeClock();
    try {
      const work = new Error('work');
      const provider = new Provider('p')
        .provide(A, {
          scope: Scope.APP,
          create: thing.bind(null, 'A'),
          release: () => never,
          stopTimeoutMs: 500,
        })
        .provide(B, { scope: Scope.APP, create: thing.bind(null, 'B'), release: () => never })
        .provide(C, {
          scope: Scope.REQUEST,
          create: thing.bind(null, 'C'),
          release: () => {
            throw new Error('c');
          },
        });
      const app = await Application.start([provider], { stopTimeoutMs: 1_000 });
      const request = app.enter();
      request.getSync(C);
      expect((await rejection(StopError, request.close(work))).cause).to.equal(work);
      const stopped = rejection(StopError, app.stop());
      await clock.tickAsync(1_000);
      const { failures } = await stopped;
      expect(failures.map(({ token: name }) => name)).to.deep.equal(['A', 'B']);
      expect(failures.map(({ error }) => SlipwayError.is(error) && error.context['limitMs'])).to.deep.equal([
        500, 1_000,
      ]);
    } finally {
      expect(restored(clock)).to.equal(0);
    }
  });

  it('5: stop refuses new scopes, drains, closes the rest, then APP; waits for builds; is idempotent; later use is typed', async () => {
    const journal: Journal = [];
    const end = new Deferred();
    const provider = new Provider('p').provide(A, { scope: Scope.APP, ...traced(journal, 'A') }).provide(B, {
      scope: Scope.REQUEST,
      inject: [A],
      ...tracedAfter(journal, 'B', { opened: end.promise }),
    });
    const app = await Application.start([provider]);
    const draining = app.enter();
    const asked = draining.get(B);
    const stopped = app.stop();
    expect(thrown(SlipwayError, () => app.enter()).code).to.equal('SLIPWAY_CONTAINER_CLOSED');
    expect(app.stop()).to.equal(stopped);
    const closed = draining.close();
    expect(await isPending(stopped)).to.equal(true);
    end.resolve();
    await asked;
    await closed;
    await stopped;
    expect(closings(journal)).to.deep.equal(['close B', 'close A']);
    expect((await rejection(SlipwayError, app.get(A))).code).to.equal('SLIPWAY_CONTAINER_CLOSED');
  });

  it('6: every problem at once, before anything is opened, each with path and hint', async () => {
    const journal: Journal = [];
    const provider: AnyProvider = new Provider('p')
      .provide(A, { scope: Scope.APP, inject: [B, token<Thing>()('Nowhere')], ...traced(journal, 'A') })
      .provide(B, { scope: Scope.REQUEST, inject: [B], ...traced(journal, 'B') })
      .provide(B, { scope: Scope.REQUEST, ...traced(journal, 'B') });
    const app = new Application(
      [provider, new Provider('q').provide(C, { scope: Scope.APP, inject: [C], ...traced(journal, 'C') })],
      {
        overrides: [[token<Thing>()('Unknown'), thing()]],
      },
    );
    const { problems } = await rejection(GraphError, app.start());
    expect(problems.map(({ kind }) => kind).toSorted()).to.deep.equal([
      'captive',
      'cycle',
      'duplicate',
      'missing',
      'nothing-to-override',
    ]);
    for (const { path, hint } of problems) {
      expect(path).to.not.deep.equal([]);
      expect(hint).to.not.equal('');
    }
    expect(journal).to.deep.equal([]);
  });

  it('7: the error of a factory carries its path; what does not compile is in test/types', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, inject: [B], create: (b) => b })
      .provide(B, { scope: Scope.APP, create: () => Promise.reject(new Error('no')) });
    expect((await rejection(StartError, Application.start([provider]))).path).to.deep.equal(['A', 'B']);
  });

  it('8: a re-entrant get works, or is a cycle error across two factories that wait for each other', async () => {
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.APP,
        eager: false,
        create: async (): Promise<Thing> => {
          await quiet();
          return app.get(B);
        },
      })
      .provide(B, {
        scope: Scope.APP,
        eager: false,
        create: async (): Promise<Thing> => {
          await quiet();
          return app.get(A);
        },
      });
    const app: Application = new Application([provider]);
    await app.start();
    const asked = [rejection(BuildError, app.get(A)), rejection(BuildError, app.get(B))];
    for (const error of await Promise.all(asked)) expect(error.code).to.equal('SLIPWAY_CONTAINER_CYCLE');
    await app.stop();
  });

  it('9: an override by token keeps the real factory from running; an unknown one is a problem; nothing to restore', async () => {
    const journal: Journal = [];
    const provider = new Provider('p').provide(A, { scope: Scope.APP, ...traced(journal, 'A') });
    await using app = await Application.start([provider], { overrides: [[A, thing('stub')]] });
    expect(app.getSync(A).name).to.equal('stub');
    expect(journal).to.deep.equal([]);
    const unknown = new Application([provider], { overrides: [[B, thing()]] });
    expect(unknown.validate().map(({ kind }) => kind)).to.deep.equal(['nothing-to-override']);
    await using real = await Application.start([provider]);
    expect(real.getSync(A).name).to.equal('A');
  });

  it('10: no request sees another one’s things (what a scope costs is measured by the benchmark)', async () => {
    const provider = new Provider('p').provide(A, { scope: Scope.REQUEST, ...tracedAfter([], 'A', {}) });
    await using app = await Application.start([provider]);
    const values = await Promise.all(
      Array.from({ length: 20 }, () => app.runInScope('REQUEST', [], (scope) => scope.get(A))),
    );
    expect(new Set(values).size).to.equal(20);
  });

  it('11: typed events of builds and releases, and a report with the critical path', async () => {
    const told: string[] = [];
    const onBuild = (event: unknown): void => void told.push(`build ${(event as { token: string }).token}`);
    const onRelease = (event: unknown): void =>
      void told.push(`release ${(event as { token: string }).token}`);
    containerEvents.build.subscribe(onBuild);
    containerEvents.release.subscribe(onRelease);
    try {
      const provider = new Provider('p')
        .provide(A, { scope: Scope.APP, ...tracedAfter([], 'A', {}) })
        .provide(B, { scope: Scope.APP, inject: [A], ...tracedAfter([], 'B', {}) });
      const app = await Application.start([provider]);
      expect(app.report().criticalPath).to.deep.equal(['A', 'B']);
      await app.stop();
    } finally {
      containerEvents.build.unsubscribe(onBuild);
      containerEvents.release.unsubscribe(onRelease);
    }
    expect(told).to.deep.equal(['build A', 'build B', 'release B', 'release A']);
  });

  it('12: a signal to factories for the start limit, and `await using`', async () => {
    const clock = fakeClock();
    try {
      const provider = new Provider('p').provide(A, { scope: Scope.APP, create: untilAborted });
      const failed = rejection(StartError, Application.start([provider], { startTimeoutMs: 100 }));
      await clock.tickAsync(100);
      expect((await failed).path).to.deep.equal(['A']);
    } finally {
      expect(restored(clock)).to.equal(0);
    }
    const journal: Journal = [];
    {
      await using app = await Application.start([
        new Provider('p').provide(A, { scope: Scope.APP, ...traced(journal, 'A') }),
      ]);
      expect(app.getSync(A).name).to.equal('A');
    }
    expect(journal).to.deep.equal(['open A', 'close A']);
  });
});
