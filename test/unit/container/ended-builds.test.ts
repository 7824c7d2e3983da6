import { expect } from 'chai';
import type { SinonFakeTimers } from 'sinon';
import {
  type AnyProvider,
  Application,
  BuildError,
  type BuildEvent,
  containerEvents,
  Provider,
  type ReleaseEvent,
  Scope,
  StartError,
  StopError,
  token,
} from '../../../src/index.js';
import { Deferred, quiet } from '../../support/container/deferred.js';
import { fakeClock, restored } from '../../support/container/fake-clock.js';
import { rejection, thrown } from '../../support/container/failure.js';
import { Request } from '../../support/container/request.js';
import { type Journal, type Thing, traced, tracedAfter } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');

const down = new Error('broker down');

function thing(): Thing {
  return { name: 'thing', parts: [] };
}

describe('a build', () => {
  let clock: SinonFakeTimers;

  beforeEach(() => {
    clock = fakeClock();
  });

  afterEach(() => {
    expect(restored(clock)).to.equal(0);
  });

  it('has one signal, aborted also for who looks only after it was asked to end', async () => {
    const look = new Deferred();
    const signals: AbortSignal[] = [];
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.APP,
        create: async (context) => {
          signals.push(context.signal, context.signal);
          await look.promise;
          return thing();
        },
      })
      .provide(B, {
        scope: Scope.APP,
        create: async (context) => {
          await look.promise;
          signals.push(context.signal);
          return thing();
        },
      })
      .provide(C, { scope: Scope.APP, create: () => Promise.reject(down) });
    const started = rejection(StartError, new Application([provider]).start());
    await quiet();
    look.resolve();
    await started;
    expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, true, true]);
    expect(signals[0]).to.equal(signals[1]);
    expect(signals[2]?.reason).to.be.instanceOf(BuildError).with.property('cause', down);
  });

  it('is refused in a scope that closes, of whatever kind its factory is', async () => {
    class Service {
      readonly a: Thing;
      constructor(a: Thing) {
        this.a = a;
      }
    }
    const end = new Deferred();
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, ...tracedAfter([], 'A', { opened: end.promise }) })
      .provide(B, { scope: Scope.REQUEST, inject: [A], create: (a) => a })
      .provideClass(Service, { scope: Scope.REQUEST, inject: [A] });
    await using request = await Request.open(provider);
    const refused = [request.scope.get(B), request.scope.get(Service)].map((asked) =>
      rejection(BuildError, asked),
    );
    const closed = request.scope.close();
    await quiet();
    end.resolve();
    await closed;
    const errors = await Promise.all(refused);
    expect(errors.map(({ code, path, rawMessage }) => [code, path, rawMessage])).to.deep.equal(
      ['B', 'Service'].map((name) => [
        'SLIPWAY_CONTAINER_CLOSED',
        [name],
        `${name} is not built any more: its scope REQUEST is closing or closed.`,
      ]),
    );
  });

  it('is refused in a start that has failed, to factories that go on', async () => {
    class Service {
      readonly open = true;
    }
    const end = new Deferred();
    const refusals: BuildError[] = [];
    const provider: AnyProvider = new Provider('p');
    provider.provide(Service, { scope: Scope.APP, eager: false, class: Service, inject: [] });
    provider.provide(B, { scope: Scope.APP, eager: false, create: thing });
    provider.provide(A, {
      scope: Scope.APP,
      create: async () => {
        await end.promise;
        for (const key of [Service, B]) refusals.push(thrown(BuildError, () => app.getSync<object>(key)));
        return thing();
      },
    });
    provider.provide(C, { scope: Scope.APP, create: () => Promise.reject(down) });
    const app = new Application<readonly AnyProvider[]>([provider]);
    const started = rejection(StartError, app.start());
    await quiet();
    end.resolve();
    await started;
    expect(refusals.map(({ code, path }) => [code, path])).to.deep.equal([
      ['SLIPWAY_CONTAINER_CLOSED', ['Service']],
      ['SLIPWAY_CONTAINER_CLOSED', ['B']],
    ]);
  });

  it('that fails in what it asked for has both in its path', async () => {
    const Missing = token<Thing>()('Missing');
    const provider = new Provider('p').provide(A, {
      scope: Scope.REQUEST,
      create: () => request.scope.getSync(Missing),
    });
    await using request: Request = await Request.open(provider);
    const error = await rejection(BuildError, request.scope.get(A));
    expect(error.path).to.deep.equal(['A', 'Missing']);
    expect(error.context).to.deep.equal({ key: 'Missing', path: ['A', 'Missing'] });
    expect(error.name).to.equal('BuildError');
  });

  it('may be ended by a stop() from the synchronous part of another', async () => {
    const journal: Journal = [];
    let stopped: Promise<void> | undefined;
    let signal: AbortSignal | undefined;
    const end = new Deferred();
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.APP,
        create: async (context) => {
          signal = context.signal;
          await end.promise;
          return thing();
        },
        release: traced(journal, 'A').release,
      })
      .provide(B, {
        scope: Scope.APP,
        create: () => {
          stopped = app.stop();
          return thing();
        },
      });
    const app: Application = new Application([provider as AnyProvider]);
    const failed = rejection(StartError, app.start());
    await quiet();
    expect(signal?.aborted).to.equal(true);
    end.resolve();
    expect((await failed).rawMessage).to.equal(
      'The application did not start: stop() was called before start() had ended.',
    );
    await stopped;
    expect(journal).to.deep.equal(['close A']);
  });

  it('that hangs is named beside others that hang', async () => {
    const never = new Promise<never>(() => undefined);
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, create: () => never })
      .provide(B, { scope: Scope.APP, create: () => never })
      .provide(C, { scope: Scope.APP, create: () => never });
    const started = rejection(StartError, new Application([provider], { startTimeoutMs: 500 }).start());
    await clock.tickAsync(500);
    const error = await started;
    expect(error.errors.map((each) => (each as BuildError).path)).to.deep.equal([['A'], ['B'], ['C']]);
    expect(error.rawMessage).to.match(/within 500 ms\..*Also failed: B, C\.$/);
    expect(error.context).to.deep.equal({ key: 'A', path: ['A'] });
    expect(error.name).to.equal('StartError');
    expect(error.cause).to.equal(error.errors[0]);
  });

  describe('that is given up', () => {
    const events: BuildEvent[] = [];
    const onBuild = (event: unknown): void => void events.push(event as BuildEvent);

    beforeEach(() => {
      events.length = 0;
      containerEvents.build.subscribe(onBuild);
    });

    afterEach(() => {
      containerEvents.build.unsubscribe(onBuild);
    });

    for (const fault of [undefined, 'release failed']) {
      it(`warns ${fault === undefined ? 'of nothing where' : 'where it fails that'} its late value is released`, async () => {
        const late = new Deferred<Thing>();
        const warnings: Error[] = [];
        const note = (warning: Error): void => void warnings.push(warning);
        process.on('warning', note);
        try {
          const provider = new Provider('p').provide(A, {
            scope: Scope.REQUEST,
            startTimeoutMs: 100,
            create: () => late.promise,
            release: async () => {
              await quiet();
              if (fault !== undefined) throw new Error(fault);
            },
          });
          await using request = await Request.open(provider);
          const asked = rejection(BuildError, request.scope.get(A));
          await clock.tickAsync(100);
          await asked;
          late.resolve(thing());
          for (let turn = 0; turn < 4; turn += 1) await quiet();
        } finally {
          process.off('warning', note);
        }
        const [failed, released] = events;
        expect(failed).to.deep.include({ token: 'A', scope: 'REQUEST', durationMs: 100 });
        expect(released).to.deep.include({ late: true });
        expect('error' in (released ?? {})).to.equal(fault !== undefined);
        expect(warnings.map((warning) => ({ ...warning }))).to.have.length(fault === undefined ? 0 : 1);
        if (fault !== undefined) expect(warnings[0]).to.have.deep.property('context', { key: 'A' });
      });
    }
  });
});

describe('a release without waiting', () => {
  it('tells on the channel what failed, at once or later', async () => {
    const events: ReleaseEvent[] = [];
    const onRelease = (event: unknown): void => void events.push(event as ReleaseEvent);
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.REQUEST,
        create: thing,
        release: () => {
          throw down;
        },
      })
      .provide(B, { scope: Scope.REQUEST, inject: [A], create: thing, release: () => Promise.reject(down) });
    await using request = await Request.open(provider);
    request.scope.getSync(B);
    containerEvents.release.subscribe(onRelease);
    try {
      thrown(Error, () => request.scope[Symbol.dispose]());
      const warned = new Promise((resolve) => process.once('warning', resolve));
      await rejection(StopError, request.scope.close());
      await warned;
    } finally {
      containerEvents.release.unsubscribe(onRelease);
    }
    expect(events.map(({ token: name, error }) => [name, error])).to.deep.equal([
      ['B', down],
      ['A', down],
    ]);
  });
});
