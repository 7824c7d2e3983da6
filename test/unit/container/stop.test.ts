import { expect } from 'chai';
import {
  Application,
  BuildError,
  lazy,
  type OpenScope,
  Provider,
  Scope,
  SlipwayError,
  StopError,
  token,
} from '../../../src/index.js';
import { Deferred, isPending, quiet } from '../../support/container/deferred.js';
import { fakeClock } from '../../support/container/fake-clock.js';
import { rejection, thrown } from '../../support/container/failure.js';
import { type Journal, type Thing, traced, tracedAfter } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');
const D = token<Thing>()('D');

function thing(): Thing {
  return { name: 'thing', parts: [] };
}

function closings(journal: Journal): Journal {
  return journal.filter((entry) => entry.startsWith('clos'));
}

function codeOf(error: unknown): string {
  return SlipwayError.is(error) ? error.code : String(error);
}

describe('Application.stop', () => {
  describe('order', () => {
    it('releases each thing only after all that depend on it have ended', async () => {
      const journal: Journal = [];
      const ends = { B: new Deferred(), C: new Deferred() };
      const provider = new Provider('p')
        .provide(A, { scope: Scope.APP, ...tracedAfter(journal, 'A', {}) })
        .provide(B, {
          scope: Scope.APP,
          inject: [A],
          ...tracedAfter(journal, 'B', { closed: ends.B.promise }),
        })
        .provide(C, {
          scope: Scope.APP,
          inject: [A],
          ...tracedAfter(journal, 'C', { closed: ends.C.promise }),
        });
      const app = await Application.start([provider]);
      const stopped = app.stop();
      await quiet();
      expect(closings(journal)).to.have.members(['closing B', 'closing C']);
      ends.C.resolve();
      await quiet();
      expect(closings(journal)).to.not.include('closing A');
      ends.B.resolve();
      await stopped;
      expect(closings(journal).slice(-2)).to.deep.equal(['closing A', 'close A']);
    });

    it('goes on with a branch while another still closes', async () => {
      const journal: Journal = [];
      const slow = new Deferred();
      const provider = new Provider('p')
        .provide(A, { scope: Scope.APP, ...tracedAfter(journal, 'A', {}) })
        .provide(B, { scope: Scope.APP, inject: [A], ...tracedAfter(journal, 'B', {}) })
        .provide(C, { scope: Scope.APP, inject: [B], ...tracedAfter(journal, 'C', {}) })
        .provide(D, { scope: Scope.APP, ...tracedAfter(journal, 'D', { closed: slow.promise }) });
      const app = await Application.start([provider]);
      const stopped = app.stop();
      await quiet();
      expect(closings(journal)).to.include('close A').and.not.include('close D');
      expect(await isPending(stopped)).to.equal(true);
      slow.resolve();
      await stopped;
    });

    it('is that of the graph, whichever was asked for first', async () => {
      const journal: Journal = [];
      const provider = new Provider('p')
        .provide(C, { scope: Scope.APP, inject: [B], eager: false, ...traced(journal, 'C') })
        .provide(A, { scope: Scope.APP, eager: false, ...traced(journal, 'A') })
        .provide(B, { scope: Scope.APP, inject: [A], eager: false, ...traced(journal, 'B') });
      for (const order of [
        [A, B, C],
        [C, B, A],
        [B, C, A],
      ]) {
        journal.length = 0;
        const app = await Application.start([provider]);
        for (const key of order) await app.get(key);
        await app.stop();
        expect(closings(journal)).to.deep.equal(['close C', 'close B', 'close A']);
      }
    });

    it('reaches through what has nothing to release, and through what a factory asked for', async () => {
      const journal: Journal = [];
      const provider = new Provider('p')
        .provide(A, { scope: Scope.APP, eager: false, ...traced(journal, 'A') })
        .provide(B, { scope: Scope.APP, eager: false, inject: [A], create: thing })
        .provide(C, { scope: Scope.APP, inject: [B], ...traced(journal, 'C') })
        .provide(D, {
          scope: Scope.APP,
          create: async () => app.get(C),
          release: traced(journal, 'D').release,
        });
      const app: Application = new Application([provider]);
      await app.start();
      await app.stop();
      expect(closings(journal)).to.deep.equal(['close D', 'close C', 'close A']);
    });

    it('has what holds a thing lazily before that thing, where that is possible', async () => {
      const journal: Journal = [];
      const provider = new Provider('p')
        .provide(A, { scope: Scope.APP, inject: [lazy(B)], ...traced(journal, 'A') })
        .provide(B, { scope: Scope.APP, ...traced(journal, 'B') })
        .provide(C, { scope: Scope.APP, inject: [D], ...traced(journal, 'C') })
        .provide(D, { scope: Scope.APP, inject: [lazy(C)], ...traced(journal, 'D') });
      const app = await Application.start([provider]);
      await app.stop();
      const closed = closings(journal);
      expect(closed.indexOf('close A')).to.be.lessThan(closed.indexOf('close B'));
      expect(closed.indexOf('close C')).to.be.lessThan(closed.indexOf('close D'));
    });

    it('gives every release the value it made, and no error', async () => {
      const released: unknown[] = [];
      const provider = new Provider('p').provide(A, {
        scope: Scope.APP,
        create: thing,
        release: (value, outcome) => void released.push(value, 'error' in outcome),
      });
      const app = await Application.start([provider]);
      const value = app.getSync(A);
      await app.stop();
      expect(released).to.deep.equal([value, false]);
      expect(released[0]).to.equal(value);
    });
  });

  describe('failures', () => {
    it('are all in one StopError, and keep nothing else from being released', async () => {
      const journal: Journal = [];
      const provider = new Provider('p')
        .provide(A, { scope: Scope.APP, ...traced(journal, 'A') })
        .provide(B, {
          scope: Scope.APP,
          inject: [A],
          create: thing,
          release: () => {
            throw new Error('b failed');
          },
        })
        .provide(C, {
          scope: Scope.APP,
          inject: [B],
          create: thing,
          release: () => Promise.reject(new Error('c failed')),
        });
      const app = await Application.start([provider]);
      const error = await rejection(StopError, app.stop());
      expect(error.code).to.equal('SLIPWAY_CONTAINER_STOP');
      expect(
        error.failures.map(({ token: name, error: reason }) => [name, (reason as Error).message]),
      ).to.deep.equal([
        ['C', 'c failed'],
        ['B', 'b failed'],
      ]);
      expect(error.errors).to.deep.equal(error.failures.map(({ error: reason }) => reason));
      expect(error.rawMessage).to.equal(
        'The application closed, but not all of it could be released: C: c failed; B: b failed.',
      );
      expect(closings(journal)).to.deep.equal(['close A']);
      thrown(SlipwayError, () => app.getSync(A));
    });
  });

  describe('calls', () => {
    it('share one promise, then and later', async () => {
      const journal: Journal = [];
      const app = await Application.start([
        new Provider('p').provide(A, { scope: Scope.APP, ...tracedAfter(journal, 'A', {}) }),
      ]);
      const stopped = app.stop();
      expect(app.stop()).to.equal(stopped);
      await stopped;
      expect(app.stop()).to.equal(stopped);
      await app[Symbol.asyncDispose]();
      expect(closings(journal)).to.deep.equal(['closing A', 'close A']);
    });

    it('are made by `await using`', async () => {
      const journal: Journal = [];
      {
        await using app = await Application.start([
          new Provider('p').provide(A, { scope: Scope.APP, ...traced(journal, 'A') }),
        ]);
        expect(app.getSync(A).name).to.equal('A');
      }
      expect(closings(journal)).to.deep.equal(['close A']);
    });

    it('before any start release nothing, and forbid one', async () => {
      const journal: Journal = [];
      const app = new Application([
        new Provider('p').provide(A, { scope: Scope.APP, ...traced(journal, 'A') }),
      ]);
      await app.stop();
      expect((await rejection(SlipwayError, app.start())).code).to.equal('SLIPWAY_CONTAINER_CLOSED');
      expect(journal).to.deep.equal([]);
    });

    it('make every use after them a typed error', async () => {
      const provider = new Provider('p').provide(A, { scope: Scope.APP, ...traced([], 'A') });
      const app = await Application.start([provider]);
      const request = app.enter();
      await request.close();
      await app.stop();
      const codes = [
        (await rejection(SlipwayError, app.get(A))).code,
        thrown(SlipwayError, () => app.getSync(A)).code,
        thrown(SlipwayError, () => app.enter()).code,
        (
          await rejection(
            SlipwayError,
            app.runInScope('REQUEST', [], () => undefined),
          )
        ).code,
        (await rejection(SlipwayError, app.start())).code,
        thrown(SlipwayError, () => request.enter()).code,
        thrown(SlipwayError, () => request.getSync(A)).code,
        (await rejection(SlipwayError, request.get(A))).code,
      ];
      expect(new Set(codes)).to.deep.equal(new Set(['SLIPWAY_CONTAINER_CLOSED']));
      const asked = thrown(Error, () => app.container.get(A));
      expect(asked.message).to.include('A cannot be had: the application is stopping or stopped');
    });

    it('are not needed before use is an error: nothing can be had of an application that was not started', async () => {
      const app = new Application([new Provider('p').provide(A, { scope: Scope.APP, ...traced([], 'A') })]);
      expect(thrown(SlipwayError, () => app.getSync(A)).code).to.equal('SLIPWAY_CONTAINER_NOT_STARTED');
      expect((await rejection(SlipwayError, app.get(A))).code).to.equal('SLIPWAY_CONTAINER_NOT_STARTED');
      expect(thrown(SlipwayError, () => app.enter()).code).to.equal('SLIPWAY_CONTAINER_NOT_STARTED');
    });
  });

  describe('open scopes', () => {
    function withRequests(journal: Journal, closed?: Promise<unknown>): Provider<'A' | 'B', 'A'> {
      return new Provider('p').provide(A, { scope: Scope.APP, ...traced(journal, 'A') }).provide(B, {
        scope: Scope.REQUEST,
        inject: [A],
        ...tracedAfter(journal, 'B', closed === undefined ? {} : { closed }),
      });
    }

    it('are waited for, new ones are refused, and APP closes after them', async () => {
      const journal: Journal = [];
      const app = await Application.start([withRequests(journal)]);
      const request = app.enter();
      const stopped = app.stop();
      expect(thrown(SlipwayError, () => app.enter()).code).to.equal('SLIPWAY_CONTAINER_CLOSED');
      await quiet();
      expect((await request.get(B)).parts).to.deep.equal([request.getSync(A)]);
      using action = request.enter();
      expect(action.getSync(A)).to.equal(request.getSync(A));
      expect(await isPending(stopped)).to.equal(true);
      expect(closings(journal)).to.deep.equal([]);
      await request.close();
      await stopped;
      expect(closings(journal)).to.deep.equal(['closing B', 'close B', 'close A']);
    });

    it('are waited for until the last has closed', async () => {
      const app = await Application.start([withRequests([])]);
      const scopes: OpenScope[] = [app.enter(), app.enter(), app.enter()];
      const stopped = app.stop();
      for (const scope of [scopes[1], scopes[0], scopes[2]]) {
        expect(await isPending(stopped)).to.equal(true);
        await scope?.close();
      }
      await stopped;
    });

    it('are closed after the drain limit: signals aborted, innermost first, APP last', async () => {
      const clock = fakeClock();
      try {
        const journal: Journal = [];
        const closed = new Deferred();
        const provider = withRequests(journal, closed.promise).provide(C, {
          scope: Scope.ACTION,
          inject: [B],
          ...traced(journal, 'C'),
        });
        const app = await Application.start([provider], { drainTimeoutMs: 300 });
        const request = app.enter();
        const action = request.enter();
        const signals = [request.signal, action.signal];
        await action.get(C);
        const stopped = app.stop();
        await clock.tickAsync(299);
        expect(closings(journal)).to.deep.equal([]);
        expect(signals.map(({ aborted }) => aborted)).to.deep.equal([false, false]);
        await clock.tickAsync(1);
        expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, true]);
        expect(codeOf(signals[0]?.reason)).to.equal('SLIPWAY_CONTAINER_CLOSED');
        expect(closings(journal)).to.deep.equal(['close C', 'closing B']);
        closed.resolve();
        await stopped;
        expect(closings(journal)).to.deep.equal(['close C', 'closing B', 'close B', 'close A']);
        expect(thrown(SlipwayError, () => request.getSync(A)).code).to.equal('SLIPWAY_CONTAINER_CLOSED');
        expect(clock.countTimers()).to.equal(0);
      } finally {
        clock.restore();
      }
    });

    it('drain for ten seconds where no limit is given', async () => {
      const clock = fakeClock();
      try {
        const app = await Application.start([withRequests([])]);
        app.enter();
        const stopped = app.stop();
        await clock.tickAsync(9_999);
        expect(await isPending(stopped)).to.equal(true);
        await clock.tickAsync(1);
        await stopped;
      } finally {
        clock.restore();
      }
    });

    it('give their failures to the StopError', async () => {
      const provider = new Provider('p').provide(A, {
        scope: Scope.REQUEST,
        create: thing,
        release: () => {
          throw new Error('rollback failed');
        },
      });
      const app = await Application.start([provider], { drainTimeoutMs: 1 });
      app.enter().getSync(A);
      const error = await rejection(StopError, app.stop());
      expect(error.failures.map(({ token: name }) => name)).to.deep.equal(['A']);
    });
  });

  it('awaits builds in flight, then releases what they made', async () => {
    const journal: Journal = [];
    const opened = new Deferred();
    const provider = new Provider('p').provide(A, { scope: Scope.APP, ...traced(journal, 'A') }).provide(B, {
      scope: Scope.APP,
      eager: false,
      inject: [A],
      ...tracedAfter(journal, 'B', { opened: opened.promise }),
    });
    const app = await Application.start([provider]);
    const asked = app.get(B);
    const stopped = app.stop();
    expect(await isPending(stopped)).to.equal(true);
    expect(closings(journal)).to.deep.equal([]);
    opened.resolve();
    await stopped;
    expect((await asked).name).to.equal('B');
    expect(closings(journal)).to.deep.equal(['closing B', 'close B', 'close A']);
  });

  it('builds nothing more: what waits for a build in flight is refused', async () => {
    const journal: Journal = [];
    const opened = new Deferred();
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.APP,
        eager: false,
        ...tracedAfter(journal, 'A', { opened: opened.promise }),
      })
      .provide(B, { scope: Scope.APP, eager: false, inject: [A], ...traced(journal, 'B') });
    const app = await Application.start([provider]);
    const refused = rejection(BuildError, app.get(B));
    const stopped = app.stop();
    await quiet();
    opened.resolve();
    await stopped;
    expect((await refused).code).to.equal('SLIPWAY_CONTAINER_CLOSED');
    expect(journal).to.deep.equal(['opening A', 'open A', 'closing A', 'close A']);
  });
});
