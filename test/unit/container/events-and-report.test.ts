import { expect } from 'chai';
import {
  Application,
  type BuildEvent,
  containerEvents,
  type LifecycleEvent,
  Provider,
  type ReleaseEvent,
  Scope,
  StartError,
  StopError,
  token,
} from '../../../src/index.js';
import { Deferred, quiet } from '../../support/container/deferred.js';
import { fakeClock } from '../../support/container/fake-clock.js';
import { rejection, thrown } from '../../support/container/failure.js';
import { type Thing, traced, tracedAfter } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');

function after(ms: number, name: string) {
  return async (): Promise<Thing> => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return { name, parts: [] };
  };
}

describe('containerEvents', () => {
  const builds: BuildEvent[] = [];
  const releases: ReleaseEvent[] = [];
  const states: LifecycleEvent[] = [];
  const onBuild = (event: unknown): void => void builds.push(event as BuildEvent);
  const onRelease = (event: unknown): void => void releases.push(event as ReleaseEvent);
  const onState = (event: unknown): void => void states.push(event as LifecycleEvent);

  beforeEach(() => {
    builds.length = 0;
    releases.length = 0;
    states.length = 0;
    containerEvents.build.subscribe(onBuild);
    containerEvents.release.subscribe(onRelease);
    containerEvents.lifecycle.subscribe(onState);
  });

  afterEach(() => {
    containerEvents.build.unsubscribe(onBuild);
    containerEvents.release.unsubscribe(onRelease);
    containerEvents.lifecycle.unsubscribe(onState);
  });

  it('tell of every build and release with its scope and milliseconds', async () => {
    const clock = fakeClock();
    try {
      const provider = new Provider('p')
        .provide(A, {
          scope: Scope.APP,
          create: after(30, 'A'),
          release: () => clock.tickAsync(5).then(() => undefined),
        })
        .provide(B, { scope: Scope.REQUEST, inject: [A], ...traced([], 'B') });
      const started = Application.start([provider]);
      await clock.tickAsync(30);
      const app = await started;
      await app.runInScope('REQUEST', [], (scope) => scope.get(B));
      await app.stop();
    } finally {
      clock.restore();
    }
    expect(builds).to.deep.equal([
      { token: 'A', scope: 'APP', durationMs: 30 },
      { token: 'B', scope: 'REQUEST', durationMs: 0 },
    ]);
    expect(releases).to.deep.equal([
      { token: 'B', scope: 'REQUEST', durationMs: 0 },
      { token: 'A', scope: 'APP', durationMs: 5 },
    ]);
  });

  it('tell of failures: of a build with what it threw, of a release with what it failed with', async () => {
    const failure = new Error('no');
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.REQUEST,
        create: () => ({ name: 'A', parts: [] }),
        release: () => {
          throw failure;
        },
      })
      .provide(B, { scope: Scope.REQUEST, create: () => Promise.reject(failure) })
      .provide(C, {
        scope: Scope.REQUEST,
        create: () => {
          throw failure;
        },
      });
    await using app = await Application.start([provider]);
    const one = app.enter();
    one.getSync(A);
    await rejection(StopError, one.close());
    const several = app.enter();
    several.getSync(A);
    await rejection(Error, several.get(B));
    thrown(Error, () => several.getSync(C));
    thrown(StopError, () => several[Symbol.dispose]());
    const failed = builds.filter(({ error }) => error !== undefined);
    expect(failed.map(({ token: name, error }) => [name, (error as Error).cause])).to.deep.equal([
      ['B', failure],
      ['C', failure],
    ]);
    expect(releases.map(({ token: name, error }) => [name, error])).to.deep.equal([
      ['A', failure],
      ['A', failure],
    ]);
  });

  it('tell of a value that came too late', async () => {
    const clock = fakeClock();
    try {
      const late = new Deferred<Thing>();
      const provider = new Provider('p').provide(A, {
        scope: Scope.APP,
        startTimeoutMs: 10,
        create: () => late.promise,
      });
      const failed = rejection(StartError, Application.start([provider]));
      await clock.tickAsync(10);
      await failed;
      expect(builds.filter(({ token: name }) => name === 'A').map((event) => 'late' in event)).to.deep.equal([
        false,
      ]);
      late.resolve({ name: 'late', parts: [] });
      await quiet();
      expect(builds.at(-1)).to.deep.equal({ token: 'A', scope: 'APP', durationMs: 0, late: true });
    } finally {
      clock.restore();
    }
  });

  for (const [how, release] of [
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ] as const) {
    it(`warn where the release of a late value ${how}: nobody else hears of it`, async () => {
      const clock = fakeClock();
      const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
      try {
        const late = new Deferred<Thing>();
        const provider = new Provider('p').provide(A, {
          scope: Scope.APP,
          startTimeoutMs: 10,
          create: () => late.promise,
          release,
        });
        const failed = rejection(StartError, Application.start([provider]));
        await clock.tickAsync(10);
        await failed;
        late.resolve({ name: 'late', parts: [] });
      } finally {
        clock.restore();
      }
      expect((await warned).message).to.include(
        'A was built after it had been given up, and its release failed',
      );
      expect(builds.at(-1)).to.include({ token: 'A', late: true });
      expect(builds.at(-1)?.error).to.be.instanceOf(Error);
    });
  }

  it('tell each state of an application with the milliseconds since it began to start or stop', async () => {
    const clock = fakeClock();
    try {
      const provider = new Provider('p').provide(A, { scope: Scope.APP, create: after(20, 'A') });
      const started = Application.start([provider]);
      await clock.tickAsync(20);
      const app = await started;
      const request = app.enter();
      const stopped = app.stop();
      await clock.tickAsync(7);
      await request.close();
      await stopped;
    } finally {
      clock.restore();
    }
    expect(states).to.deep.equal([
      { state: 'starting', durationMs: 0 },
      { state: 'started', durationMs: 20 },
      { state: 'stopping', durationMs: 0 },
      { state: 'draining', durationMs: 0 },
      { state: 'drained', durationMs: 7 },
      { state: 'stopped', durationMs: 7 },
    ]);
  });

  it('tell why a start or a stop failed', async () => {
    const provider = new Provider('p').provide(A, {
      scope: Scope.APP,
      create: () => {
        throw new Error('no');
      },
    });
    const error = await rejection(StartError, Application.start([provider]));
    expect(states.map(({ state }) => state)).to.deep.equal(['starting', 'start-failed']);
    expect(states[1]?.error).to.equal(error);
    states.length = 0;
    const broken = new Provider('p').provide(A, {
      value: { name: 'A', parts: [] },
      release: () => {
        throw new Error('no');
      },
    });
    const app = await Application.start([broken]);
    const stopError = await rejection(StopError, app.stop());
    expect(states.at(-1)).to.include({ state: 'stopped', error: stopError });
  });
});

describe('Application.report', () => {
  it('tells of each token its scope, provider, times and what it waited for; and the critical path', async () => {
    const clock = fakeClock();
    try {
      const provider = new Provider('clients')
        .provide(C, { scope: Scope.APP, inject: [A, B], create: async () => after(10, 'C')() })
        .provide(A, { scope: Scope.RUNTIME, create: after(30, 'A') })
        .provide(B, { scope: Scope.APP, create: after(50, 'B') });
      const app = new Application([provider]);
      expect(app.report()).to.deep.equal({ durationMs: 0, tokens: [], criticalPath: [] });
      const started = app.start();
      await clock.tickAsync(60);
      await started;
      const report = app.report();
      expect(report.durationMs).to.equal(60);
      expect(report.tokens.filter(({ provider: name }) => name !== 'slipway')).to.deep.equal([
        { token: 'A', scope: 'RUNTIME', provider: 'clients', startedAtMs: 0, durationMs: 30 },
        { token: 'B', scope: 'APP', provider: 'clients', startedAtMs: 0, durationMs: 50 },
        { token: 'C', scope: 'APP', provider: 'clients', startedAtMs: 50, durationMs: 10, waitedFor: 'B' },
      ]);
      expect(report.criticalPath).to.deep.equal(['B', 'C']);
      await app.stop();
    } finally {
      clock.restore();
    }
  });

  it('forgets a start that failed, and what was built later is not part of the start', async () => {
    let attempts = 0;
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...tracedAfter([], 'A', {}) })
      .provide(B, {
        scope: Scope.APP,
        inject: [A],
        create: (a) => {
          attempts += 1;
          if (attempts === 1) throw new Error('no');
          return a;
        },
      })
      .provide(C, { scope: Scope.APP, eager: false, ...traced([], 'C') });
    const app = new Application([provider]);
    await rejection(StartError, app.start());
    await app.start();
    await app.get(C);
    const names = app.report().tokens.map(({ token: name }) => name);
    expect(names).to.deep.equal(['A', 'B']);
    await app.stop();
  });

  it('counts from the last start, and takes of several dependencies the one that was ready last', async () => {
    const clock = fakeClock();
    try {
      let isDown = true;
      const Setting = token<string>()('Setting');
      const provider = new Provider('p')
        .provide(Setting, { value: '' })
        .provide(A, { scope: Scope.APP, create: after(50, 'A') })
        .provide(B, { scope: Scope.APP, create: after(30, 'B') })
        .provide(C, {
          scope: Scope.APP,
          inject: [Setting, A, Setting, B],
          create: async () => {
            if (isDown) throw new Error('down');
            return after(5, 'C')();
          },
        });
      const app = new Application([provider]);
      const failed = rejection(StartError, app.start());
      await clock.tickAsync(50);
      await failed;
      isDown = false;
      await clock.tickAsync(1_000);
      const started = app.start();
      await clock.tickAsync(55);
      await started;
      const { tokens, durationMs, criticalPath } = app.report();
      expect(durationMs).to.equal(55);
      expect(criticalPath).to.deep.equal(['A', 'C']);
      const times = tokens.map((built) => [
        built.token,
        built.startedAtMs,
        built.durationMs,
        built.waitedFor,
      ]);
      expect(times).to.deep.equal([
        ['B', 0, 30, undefined],
        ['A', 0, 50, undefined],
        ['C', 50, 5, 'A'],
      ]);
      const described = app.describe().tokens.filter((each) => each.durationMs !== undefined);
      expect(described.map((each) => [each.name, each.startedAtMs, each.durationMs])).to.have.deep.members(
        times.map((each) => each.slice(0, 3)),
      );
      await app.stop();
    } finally {
      clock.restore();
    }
  });
});
