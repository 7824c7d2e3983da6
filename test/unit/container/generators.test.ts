import { expect } from 'chai';
import {
  Application,
  BuildError,
  type Outcome,
  Provider,
  Scope,
  SlipwayError,
  StartError,
  token,
} from '../../../src/index.js';
import { Deferred, quiet } from '../../support/container/deferred.js';
import { fakeClock, restored } from '../../support/container/fake-clock.js';
import { rejection } from '../../support/container/failure.js';
import { type Journal, type Thing, untilAborted } from '../../support/container/traced.js';

const A = token<Thing>()('A');

function thing(name: string): Thing {
  return { name, parts: [] };
}

describe('a generator', () => {
  const outcomes: Outcome[] = [];

  beforeEach(() => {
    outcomes.length = 0;
  });

  it('yields the value; what follows is its release, which gets the outcome', async () => {
    const provider = new Provider('p').provide(A, {
      scope: Scope.REQUEST,
      create: function* () {
        outcomes.push(yield thing('A'));
      },
    });
    await using app = await Application.start([provider]);
    {
      using request = app.enter();
      expect(request.getSync(A).name).to.equal('A');
      expect(outcomes).to.deep.equal([]);
    }
    expect(outcomes).to.deep.equal([{}]);
    const failure = new Error('work');
    const request = app.enter();
    await request.get(A);
    await request.close(failure);
    expect(outcomes[1]).to.deep.equal({ error: failure });
  });

  it('may be asynchronous, before and after its yield', async () => {
    const journal: Journal = [];
    const closed = new Deferred();
    const provider = new Provider('p').provide(A, {
      scope: Scope.APP,
      create: async function* () {
        await quiet();
        journal.push('open');
        yield thing('A');
        await closed.promise;
        journal.push('close');
      },
    });
    const app = await Application.start([provider]);
    expect(app.getSync(A).name).to.equal('A');
    const stopped = app.stop();
    await quiet();
    expect(journal).to.deep.equal(['open']);
    closed.resolve();
    await stopped;
    expect(journal).to.deep.equal(['open', 'close']);
  });

  for (const [what, create] of [
    ['a generator', function* (): Generator<Thing, void, Outcome> {}],
    ['an asynchronous generator', async function* (): AsyncGenerator<Thing, void, Outcome> {}],
  ] as const) {
    it(`is refused where ${what} ends without a yield`, async () => {
      const provider = new Provider('p').provide(A, { scope: Scope.APP, create: create as () => never });
      const error = await rejection(StartError, Application.start([provider]));
      expect(SlipwayError.is(error.cause) && error.cause.code).to.equal('SLIPWAY_CONTAINER_PROVIDER_INVALID');
      expect(error.rawMessage).to.include('ended without a yield');
    });
  }

  for (const [what, create] of [
    [
      'a generator',
      function* (): Generator<Thing, void, Outcome> {
        try {
          yield thing('1');
          yield thing('2');
        } finally {
          outcomes.push({});
        }
      },
    ],
    [
      'an asynchronous generator',
      async function* (): AsyncGenerator<Thing, void, Outcome> {
        try {
          yield thing('1');
          yield thing('2');
        } finally {
          outcomes.push({});
        }
      },
    ],
  ] as const) {
    it(`is ended where ${what} yields twice, and that is told`, async () => {
      const provider = new Provider('p').provide(A, { scope: Scope.APP, create: create as () => never });
      const app = await Application.start([provider]);
      const error = await rejection(SlipwayError, app.stop());
      expect(error.rawMessage).to.include(
        'A: [SLIPWAY_CONTAINER_PROVIDER_INVALID] The generator yielded a second time',
      );
      expect(outcomes).to.have.length(1);
    });
  }

  it('is only what a generator function gives: null and iterators of other kinds are values', async () => {
    const values = [null, { next: () => ({ done: true, value: 1 }) }, [1].values()];
    for (const value of values) {
      const Odd = token<unknown>()('Odd');
      const provider = new Provider('p').provide(Odd, { scope: Scope.APP, create: () => value });
      const app = await Application.start([provider]);
      expect(app.getSync(Odd)).to.equal(value);
      await app.stop();
    }
  });

  it('that throws after its yield fails its release', async () => {
    const provider = new Provider('p').provide(A, {
      scope: Scope.APP,
      create: function* () {
        yield thing('A');
        throw new Error('close failed');
      },
    });
    const app = await Application.start([provider]);
    expect((await rejection(SlipwayError, app.stop())).rawMessage).to.include('A: close failed');
  });
});

describe('startTimeoutMs of a factory', () => {
  it('holds in every scope: the signal is aborted, the caller told, a late value released, and it may be tried again', async () => {
    const clock = fakeClock();
    const released: unknown[] = [];
    const late = new Deferred<Thing>();
    const signals: AbortSignal[] = [];
    let left: number;
    try {
      const provider = new Provider('p').provide(A, {
        scope: Scope.REQUEST,
        startTimeoutMs: 100,
        create: ({ signal }): Promise<Thing> => {
          signals.push(signal);
          return signals.length === 1 ? late.promise : Promise.resolve(thing('second'));
        },
        release: (value) => void released.push(value.name),
      });
      const app = await Application.start([provider]);
      const request = app.enter();
      const refused = rejection(BuildError, request.get(A));
      await clock.tickAsync(99);
      expect(signals[0]?.aborted).to.equal(false);
      await clock.tickAsync(1);
      expect((await refused).code).to.equal('SLIPWAY_CONTAINER_TIMEOUT');
      expect(signals[0]?.aborted).to.equal(true);
      expect((await request.get(A)).name).to.equal('second');
      late.resolve(thing('late'));
      await quiet();
      expect(released).to.deep.equal(['late']);
      await request.close();
      expect(released).to.deep.equal(['late', 'second']);
      await app.stop();
    } finally {
      left = restored(clock);
    }
    expect(left).to.equal(0);
  });

  it('releases what an asynchronous generator yields late', async () => {
    const clock = fakeClock();
    try {
      const opened = new Deferred();
      const outcomes: Outcome[] = [];
      const provider = new Provider('p').provide(A, {
        scope: Scope.APP,
        startTimeoutMs: 100,
        create: async function* () {
          await opened.promise;
          outcomes.push(yield thing('A'));
        },
      });
      const failed = rejection(StartError, Application.start([provider]));
      await clock.tickAsync(100);
      await failed;
      opened.resolve();
      await quiet();
      expect(outcomes).to.have.length(1);
      expect(outcomes[0]?.error).to.be.instanceOf(BuildError);
    } finally {
      clock.restore();
    }
  });

  it('is the same signal that is aborted when the scope is closed by force', async () => {
    const provider = new Provider('p').provide(A, { scope: Scope.REQUEST, create: untilAborted });
    const app = await Application.start([provider], { drainTimeoutMs: 1 });
    const refused = rejection(BuildError, app.enter().get(A));
    await app.stop();
    expect(SlipwayError.is((await refused).cause)).to.equal(true);
  });
});
