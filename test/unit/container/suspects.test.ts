import { expect } from 'chai';
import sinon from 'sinon';
import { ContainerModule } from 'inversify';
import {
  all,
  type AnyProvider,
  Application,
  defineScopes,
  lazy,
  optional,
  Provider,
  Scope,
  SlipwayError,
  StartError,
  StopError,
  token,
} from '../../../src/index.js';
import { Deferred, isPending, quiet } from '../../support/container/deferred.js';
import { rejection, thrown } from '../../support/container/failure.js';
import { type Journal, type Thing, traced, tracedAfter } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');
const T = token<Thing>()('T');
const X = token<Thing>()('X');
const S = token<string>()('S');

describe('suspects', () => {
  it('1 close re-entered from the abort listener: app things not released before request ones', async () => {
    const journal: Journal = [];
    const closed = new Deferred();
    const p = new Provider('p')
      .provide(A, { scope: Scope.APP, ...traced(journal, 'A') })
      .provide(B, {
        scope: Scope.REQUEST,
        inject: [A],
        ...tracedAfter(journal, 'B', { closed: closed.promise }),
      })
      .provide(C, { scope: Scope.REQUEST, inject: [A], ...traced(journal, 'C') });
    const app = await Application.start([p], { drainTimeoutMs: 1 });
    const request = app.enter();
    await request.get(B);
    await request.get(C);
    request.signal.addEventListener('abort', () => void request.close());
    const ended = request.close();
    expect(await isPending(ended)).to.equal(true);
    expect(request.close()).to.equal(ended);
    closed.resolve();
    await ended;
    await app.stop();
  });
  it('2 using aborts the signal of an empty scope', async () => {
    await using app = await Application.start([
      new Provider('p').provide(B, { scope: Scope.REQUEST, ...traced([], 'B') }),
    ]);
    let signal: AbortSignal;
    {
      using request = app.enter();
      signal = request.signal;
    }
    expect(signal.aborted).to.equal(true);
  });
  it('3 dispose that throws closes the implied outer', async () => {
    const journal: Journal = [];
    const p = new Provider('p').provide(A, { scope: Scope.SESSION, ...traced(journal, 'A') }).provide(B, {
      scope: Scope.REQUEST,
      inject: [A],
      create: () => ({ name: 'B', parts: [] }),
      release: () => {
        throw new Error('x');
      },
    });
    const app = await Application.start([p], { drainTimeoutMs: 10 });
    const r = app.enter();
    r.getSync(B);
    thrown(StopError, () => r[Symbol.dispose]());
    expect(journal).to.deep.equal(['open A', 'close A']);
    await app.stop();
  });
  it('3b async release under using: implied outer afterwards', async () => {
    const journal: Journal = [];
    const closed = new Deferred();
    const p = new Provider('p').provide(A, { scope: Scope.SESSION, ...traced(journal, 'A') }).provide(B, {
      scope: Scope.REQUEST,
      inject: [A],
      create: () => ({ name: 'B', parts: [] }),
      release: async () => {
        await closed.promise;
        journal.push('close B');
      },
    });
    const app = await Application.start([p], { drainTimeoutMs: 10 });
    const r = app.enter();
    r.getSync(B);
    thrown(SlipwayError, () => r[Symbol.dispose]());
    closed.resolve();
    await quiet();
    expect(journal).to.deep.equal(['open A', 'close B', 'close A']);
    await app.stop();
  });
  it('4 drain bounded by stopTimeoutMs', async () => {
    const clock = sinon.useFakeTimers();
    try {
      const app = await Application.start(
        [new Provider('p').provide(B, { scope: Scope.REQUEST, ...traced([], 'B') })],
        { stopTimeoutMs: 1000 },
      );
      app.enter();
      const stopped = app.stop();
      let done = false;
      void stopped.then(() => (done = true));
      await clock.tickAsync(1100);
      expect(done).to.equal(true);
    } finally {
      await clock.runAllAsync();
      clock.restore();
    }
  });
  it('5 foreign hung deactivation bounded', async () => {
    const clock = sinon.useFakeTimers();
    try {
      const app = new Application([new Provider('p').provide(A, { scope: Scope.APP, ...traced([], 'A') })]);
      app.container
        .bind(S)
        .toDynamicValue(() => 's')
        .inSingletonScope()
        .onDeactivation(() => new Promise(() => undefined));
      await app.start();
      app.container.get(S);
      let error: unknown;
      app.stop().catch((e: unknown) => (error = e));
      await clock.tickAsync(30_000);
      expect(error).to.be.instanceOf(StopError);
    } finally {
      clock.restore();
    }
  });
  it('6 stop bounded though a scope hangs in a close of its own', async () => {
    const clock = sinon.useFakeTimers();
    try {
      const app = await Application.start([
        new Provider('p').provide(B, {
          scope: Scope.REQUEST,
          create: () => ({ name: 'B', parts: [] }),
          release: () => new Promise<void>(() => undefined),
        }),
      ]);
      const r = app.enter();
      await r.get(B);
      void r.close();
      let error: unknown;
      app.stop().catch((e: unknown) => (error = e));
      await clock.tickAsync(60_000);
      expect(error).to.be.instanceOf(StopError);
    } finally {
      clock.restore();
    }
  });
  it('7 lazy of an alias of oneself, alias first', () => {
    const p = new Provider('p')
      .alias(X, A)
      .provide(A, { scope: Scope.APP, inject: [lazy(X)], create: () => ({ name: 'A', parts: [] }) });
    expect(new Application([p]).validate()).to.deep.equal([]);
  });
  it('7b alias cycle is a cycle', () => {
    const p: AnyProvider = new Provider('p')
      .alias(X, A)
      .provide(A, { scope: Scope.APP, inject: [X], create: () => ({ name: 'A', parts: [] }) });
    expect(new Application([p]).validate().map(({ kind }) => kind)).to.deep.equal(['cycle']);
  });
  it('7c lazy all of itself', () => {
    const p = new Provider('p')
      .provide(B, { scope: Scope.REQUEST, inject: [all(T)], create: () => ({ name: 'B', parts: [] }) })
      .provide(T, {
        scope: Scope.REQUEST,
        collect: true,
        inject: [lazy(all(T))],
        create: () => ({ name: 'T', parts: [] }),
      });
    expect(new Application([p]).validate()).to.deep.equal([]);
  });
  it('7d cycle through all', () => {
    const p = new Provider('p')
      .provide(B, { scope: Scope.APP, inject: [all(T)], create: () => ({ name: 'B', parts: [] }) })
      .provide(T, {
        scope: Scope.APP,
        collect: true,
        inject: [all(T)],
        create: () => ({ name: 'T', parts: [] }),
      });
    expect(new Application([p]).validate().map(({ kind }) => kind)).to.deep.equal(['cycle']);
  });
  it('8 decorated thing reached by a lazy cycle', async () => {
    const p = new Provider('p')
      .provide(A, { scope: Scope.APP, inject: [lazy(B)], create: () => ({ name: 'plain A', parts: [] }) })
      .provide(B, { scope: Scope.APP, inject: [A], create: (a) => ({ name: 'B', parts: [a] }) })
      .decorate(A, { create: (a) => ({ name: 'decorated A', parts: [a] }) });
    await using app = await Application.start([p]);
    const b = await app.get(B);
    expect((b.parts[0] as Thing).name).to.equal('decorated A');
  });
  it('9 decorator of nothing', () => {
    const p: AnyProvider = new Provider('p').decorate(A, { create: (a) => a });
    expect(new Application([p]).validate()).to.have.length(1);
  });
  it('9b decorator of an alias', async () => {
    const p = new Provider('p')
      .provide(A, { scope: Scope.APP, ...traced([], 'A') })
      .alias(X, A)
      .decorate(X, { create: (x) => ({ name: 'decorated', parts: [x] }) });
    await using app = await Application.start([p]);
    expect((await app.get(X)).name).to.equal('decorated');
    expect((await app.get(A)).name).to.equal('A');
  });
  it('9c decorator of a foreign binding', async () => {
    const p: AnyProvider = new Provider('p').decorate(S, { create: (s: string) => `decorated ${s}` });
    const app = new Application([p]);
    app.container.bind(S).toConstantValue('s');
    await app.start();
    expect(await app.get(S)).to.equal('decorated s');
    await app.stop();
  });
  it('10 uncached cycle in factories: B -> U (uncached) -> get(B)', async () => {
    const p = new Provider('p')
      .provide(A, {
        scope: Scope.REQUEST,
        cached: false,
        create: async (): Promise<Thing> => {
          await quiet();
          await request.get(B);
          return { name: 'A', parts: [] };
        },
      })
      .provide(B, { scope: Scope.REQUEST, inject: [A], create: async () => ({ name: 'B', parts: [] }) });
    const app = await Application.start([p], { drainTimeoutMs: 10, stopTimeoutMs: 50 });
    const request = app.enter();
    const asked = request.get(B);
    asked.catch(() => undefined);
    await quiet();
    await quiet();
    expect(await isPending(asked)).to.equal(false);
    await app.stop().catch(() => undefined);
  });
  it('10b uncached asks by get for cached which asks by get for it', async () => {
    const p = new Provider('p')
      .provide(A, {
        scope: Scope.REQUEST,
        cached: false,
        create: async (): Promise<Thing> => {
          await quiet();
          await request.get(B);
          return { name: 'A', parts: [] };
        },
      })
      .provide(B, {
        scope: Scope.REQUEST,
        create: async (): Promise<Thing> => {
          await quiet();
          await request.get(A);
          return { name: 'B', parts: [] };
        },
      });
    const app = await Application.start([p], { drainTimeoutMs: 10, stopTimeoutMs: 50 });
    const request = app.enter();
    const asked = request.get(B);
    asked.catch(() => undefined);
    for (let i = 0; i < 10; i++) await quiet();
    expect(await isPending(asked)).to.equal(false);
    await app.stop().catch(() => undefined);
  });
  it('11 late optional', async () => {
    await using app = await Application.start([
      new Provider('p').provide(A, { scope: Scope.APP, ...traced([], 'A') }),
    ]);
    expect(await app.get(optional(S))).to.equal(undefined);
    expect(await app.get(all(S))).to.deep.equal([]);
    await using r = app.enter();
    expect(await r.get(optional(S))).to.equal(undefined);
  });
  it('12 unrelated lazy wishes survive a lazy cycle', async () => {
    const journal: Journal = [];
    const Y = token<Thing>()('Y');
    const p = new Provider('p')
      .provide(X, { scope: Scope.APP, inject: [lazy(Y)], ...traced(journal, 'X') })
      .provide(Y, { scope: Scope.APP, ...traced(journal, 'Y') })
      .provide(A, { scope: Scope.APP, inject: [lazy(B)], ...traced(journal, 'A') })
      .provide(B, { scope: Scope.APP, inject: [lazy(A)], ...traced(journal, 'B') });
    const app = await Application.start([p]);
    await app.stop();
    expect(journal.indexOf('close X')).to.be.lessThan(journal.indexOf('close Y'));
  });
  it('12b using releases after lazy holders', async () => {
    const journal: Journal = [];
    const Y = token<Thing>()('Y');
    const p = new Provider('p')
      .provide(X, { scope: Scope.REQUEST, inject: [lazy(Y)], ...traced(journal, 'X') })
      .provide(Y, { scope: Scope.REQUEST, ...traced(journal, 'Y') });
    await using app = await Application.start([p]);
    {
      using r = app.enter();
      r.getSync(X);
      r.getSync(Y);
    }
    expect(journal.indexOf('close X')).to.be.lessThan(journal.indexOf('close Y'));
  });
  it('13 eager uncached', async () => {
    const journal: Journal = [];
    await using _app = await Application.start([
      new Provider('p').provide(A, { scope: Scope.APP, cached: false, ...traced(journal, 'A') }),
    ]);
    expect(journal).to.deep.equal([]);
  });
  it('14 retry loop while stop ends the start', async () => {
    const p = new Provider('p').provide(S, {
      scope: Scope.APP,
      create: (ctx) =>
        new Promise<string>((_r, reject) =>
          ctx.signal.addEventListener('abort', () => reject(new Error('aborted'))),
        ),
    });
    const app = new Application([p]);
    let starts = 0;
    const loop = (async (): Promise<void> => {
      for (; starts < 3;) {
        starts++;
        try {
          await app.start();
          return;
        } catch (error) {
          if (SlipwayError.is(error) && error.code === 'SLIPWAY_CONTAINER_CLOSED') return;
        }
      }
    })();
    await quiet();
    await app.stop();
    await loop;
    expect(starts).to.equal(2);
  });
  it('15 stop from the synchronous part of a factory', async () => {
    const journal: Journal = [];
    const p = new Provider('p')
      .provide(A, {
        scope: Scope.APP,
        create: () => {
          void app.stop();
          journal.push('open A');
          return { name: 'A', parts: [] };
        },
        release: () => void journal.push('close A'),
      })
      .provide(B, { scope: Scope.APP, ...traced(journal, 'B') });
    const app = new Application([p]);
    await rejection(StartError, app.start());
    await app.stop();
    expect(journal).to.deep.equal(['open A', 'close A']);
    thrown(SlipwayError, () => app.enter());
  });
  for (let n = 0; n < 25; n++) {
    it(`16 stop after ${n} microtasks of a start`, async () => {
      const journal: Journal = [];
      const clock = sinon.useFakeTimers();
      try {
        const p = new Provider('p').provide(A, { scope: Scope.APP, ...tracedAfter(journal, 'A', {}) });
        const app = new Application([p]);
        const started = app.start();
        started.catch(() => undefined);
        for (let i = 0; i < n; i++) await undefined;
        await app.stop();
        await started.catch(() => undefined);
        expect(clock.countTimers()).to.equal(0);
        thrown(SlipwayError, () => app.enter());
        expect(journal.filter((e) => e === 'close A').length).to.equal(
          journal.filter((e) => e === 'open A').length,
        );
      } finally {
        clock.restore();
      }
    });
  }
  it('17 forced close: the caller of a hung REQUEST factory hears of it', async () => {
    const clock = sinon.useFakeTimers();
    try {
      const p = new Provider('p').provide(S, {
        scope: Scope.REQUEST,
        create: () => new Promise<string>(() => undefined),
      });
      const app = await Application.start([p]);
      const r = app.enter();
      let heard = false;
      r.get(S).catch(() => (heard = true));
      app.stop().catch(() => undefined);
      await clock.tickAsync(60_000);
      expect(heard).to.equal(true);
    } finally {
      clock.restore();
    }
  });
  it('18 double leave loses scopes', async () => {
    const journal: Journal = [];
    const p = new Provider('p')
      .provide(A, {
        scope: Scope.REQUEST,
        create: (): Thing => ({ name: 'A', parts: [] }),
        release: async () => {
          void first.close();
          await quiet();
          journal.push('close A');
        },
      })
      .provide(B, { scope: Scope.REQUEST, ...traced(journal, 'B') });
    const app = await Application.start([p], { drainTimeoutMs: 20 });
    const first = app.enter();
    await first.get(A);
    const closing = first.close();
    const second = app.enter();
    await second.get(B);
    await closing;
    await app.stop();
    expect(journal).to.include('close B');
  });
  it('19 module with foreign binding in app', async () => {
    const app = new Application([new Provider('p').provide(A, { scope: Scope.APP, ...traced([], 'A') })]);
    app.container.load(new ContainerModule(({ bind }) => void bind(S).toConstantValue('m')));
    await app.start();
    expect(await app.get(S)).to.equal('m');
    await app.stop();
  });
  it('20 foreign async failing can be retried', async () => {
    let n = 0;
    const p: AnyProvider = new Provider('p').provide(A, {
      scope: Scope.APP,
      inject: [S],
      create: (s: string) => ({ name: s, parts: [] }),
    });
    const app = new Application([p]);
    app.container
      .bind(S)
      .toDynamicValue(async () => {
        if (n++ === 0) throw new Error('down');
        return 's';
      })
      .inSingletonScope();
    await rejection(StartError, app.start());
    await app.start();
    await app.stop();
  });
  it('21 override of a context token', async () => {
    await using app = await Application.start([new Provider('p').context(S, { scope: Scope.REQUEST })], {
      overrides: [[S, 'fixed']],
    });
    await using r = app.enter(undefined, [[S, 'given']]);
    expect(await r.get(S)).to.equal('fixed');
  });
  it('22 custom scopes with an empty first', async () => {
    const Jobs = defineScopes('ROOT', 'JOB');
    await using app = await Application.start(
      [new Provider('p').provide(S, { scope: Jobs.JOB, create: () => 's' })],
      { scopes: Jobs },
    );
    await using job = app.enter('JOB');
    expect(job.name).to.equal('JOB');
  });
});
