import { expect } from 'chai';
import * as fc from 'fast-check';
import { Application, lazy, Provider, Scope, SlipwayError, StopError, token } from '../../../src/index.js';
import { Deferred, isPending, quiet } from '../../support/container/deferred.js';
import { rejection, thrown } from '../../support/container/failure.js';
import { type Journal, type Thing, traced, tracedAfter } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');

/** One thing in each of dishka's scopes. */
function everyScope(journal: Journal) {
  return new Provider('all scopes')
    .provide(token<Thing>()('runtime'), { scope: Scope.RUNTIME, ...traced(journal, 'RUNTIME') })
    .provide(token<Thing>()('app'), { scope: Scope.APP, ...traced(journal, 'APP') })
    .provide(A, { scope: Scope.SESSION, ...traced(journal, 'SESSION') })
    .provide(B, { scope: Scope.REQUEST, inject: [A], ...traced(journal, 'REQUEST') })
    .provide(C, { scope: Scope.STEP, inject: [B], ...traced(journal, 'STEP') });
}

describe('OpenScope.close', () => {
  it('closes the scopes inside first', async () => {
    const journal: Journal = [];
    await using app = await Application.start([everyScope(journal)]);
    const session = app.enter(Scope.SESSION);
    const request = session.enter();
    const step = request.enter(Scope.STEP);
    await step.get(C);
    journal.length = 0;
    await session.close();
    expect(journal).to.deep.equal(['close STEP', 'close REQUEST', 'close SESSION']);
    expect(thrown(SlipwayError, () => step.getSync(A)).code).to.equal('SLIPWAY_CONTAINER_CLOSED');
  });

  it('closes each that is still open inside once, whichever were closed before, in whatever order', () =>
    fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7]), async (closedBefore) => {
        const journal: Journal = [];
        await using app = await Application.start([everyScope(journal)]);
        const session = app.enter(Scope.SESSION);
        const requests = Array.from({ length: 8 }, () => session.enter());
        for (const request of requests) await request.get(B);
        for (const index of closedBefore) await requests[index]?.close();
        expect(journal.filter((line) => line === 'close REQUEST')).to.have.lengthOf(closedBefore.length);
        await session.close();
        expect(journal.filter((line) => line === 'close REQUEST')).to.have.lengthOf(8);
        expect(journal.filter((line) => line === 'close SESSION')).to.have.lengthOf(1);
      }),
    ));

  it('ends where it is the scope that was implied that is closed, from outside', async () => {
    const journal: Journal = [];
    const app = await Application.start([everyScope(journal)], { drainTimeoutMs: 1 });
    const request = app.enter();
    await request.get(B);
    const step = app.enter(Scope.STEP);
    await step.get(C);
    journal.length = 0;
    await app.stop();
    expect(journal).to.have.members([
      'close REQUEST',
      'close SESSION',
      'close STEP',
      'close REQUEST',
      'close SESSION',
      'close APP',
      'close RUNTIME',
    ]);
    expect(journal.slice(-2)).to.deep.equal(['close APP', 'close RUNTIME']);
  });

  it('is idempotent, shares its promise and makes further use a typed error', async () => {
    const journal: Journal = [];
    await using app = await Application.start([
      new Provider('p').provide(A, { scope: Scope.REQUEST, ...tracedAfter(journal, 'A', {}) }),
    ]);
    const request = app.enter();
    await request.get(A);
    const closed = request.close();
    expect(request.close()).to.equal(closed);
    await closed;
    await request.close();
    expect(journal).to.deep.equal(['opening A', 'open A', 'closing A', 'close A']);
    expect((await rejection(SlipwayError, request.get(A))).code).to.equal('SLIPWAY_CONTAINER_CLOSED');
    expect(thrown(SlipwayError, () => request.enter()).code).to.equal('SLIPWAY_CONTAINER_CLOSED');
  });

  it('waits for builds in flight and releases what they made', async () => {
    const journal: Journal = [];
    const opened = new Deferred();
    await using app = await Application.start([
      new Provider('p').provide(A, {
        scope: Scope.REQUEST,
        ...tracedAfter(journal, 'A', { opened: opened.promise }),
      }),
    ]);
    const request = app.enter();
    const asked = request.get(A);
    const closed = request.close();
    expect(await isPending(closed)).to.equal(true);
    opened.resolve();
    await closed;
    await asked;
    expect(journal.at(-1)).to.equal('close A');
  });

  it('rejects with every failure, its cause the error of the work, and releases the rest', async () => {
    const journal: Journal = [];
    const work = new Error('work failed');
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, ...traced(journal, 'A') })
      .provide(B, {
        scope: Scope.REQUEST,
        inject: [A],
        create: (a) => a,
        release: () => {
          throw new Error('rollback failed');
        },
      });
    await using app = await Application.start([provider]);
    const request = app.enter();
    await request.get(B);
    const error = await rejection(StopError, request.close(work));
    expect(error.rawMessage).to.equal(
      'Scope REQUEST closed, but not all of it could be released: B: rollback failed.',
    );
    expect(error.cause).to.equal(work);
    expect(journal).to.deep.equal(['open A', 'close A']);
  });

  it('rejects also where the only thing in it fails to be released', async () => {
    const provider = new Provider('p').provide(A, {
      scope: Scope.REQUEST,
      create: () => ({ name: 'A', parts: [] }),
      release: () => Promise.reject(new Error('no')),
    });
    await using app = await Application.start([provider]);
    const request = app.enter();
    request.getSync(A);
    const error = await rejection(StopError, request.close());
    expect(error.failures.map(({ token: name }) => name)).to.deep.equal(['A']);
  });

  it('aborts the signal of the scope, before and after it was first looked at', async () => {
    await using app = await Application.start([everyScope([])]);
    const empty = app.enter();
    const { signal } = empty;
    expect(signal.aborted).to.equal(false);
    await empty.close();
    expect(signal.aborted).to.equal(true);
    expect(SlipwayError.is(signal.reason) && signal.reason.code).to.equal('SLIPWAY_CONTAINER_CLOSED');
    const used = app.enter();
    await used.get(B);
    const usedSignal = used.signal;
    const closed = used.close();
    expect(usedSignal.aborted).to.equal(true);
    await closed;
    const late = app.enter();
    await late.close();
    expect(late.signal.aborted).to.equal(true);
  });

  it('may be called again by a listener of the signal and by a release: everything is still released once', async () => {
    const journal: Journal = [];
    const closed = new Deferred();
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, ...tracedAfter(journal, 'A', { closed: closed.promise }) })
      .provide(B, {
        scope: Scope.REQUEST,
        ...traced(journal, 'B'),
        release: () => {
          journal.push('close B');
          void request.close();
        },
      });
    await using app = await Application.start([provider]);
    const request = app.enter();
    await request.get(A);
    await request.get(B);
    request.signal.addEventListener('abort', () => void request.close());
    const ended = request.close();
    expect(await isPending(ended)).to.equal(true);
    expect(request.close()).to.equal(ended);
    closed.resolve();
    await ended;
    expect(journal.filter((entry) => entry.startsWith('close '))).to.have.members(['close A', 'close B']);
  });

  it('called again by the release of its only value loses no other scope', async () => {
    const journal: Journal = [];
    const end = new Deferred();
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.REQUEST,
        create: () => ({ name: 'A', parts: [] }),
        release: async () => {
          void first.close();
          await end.promise;
        },
      })
      .provide(B, { scope: Scope.REQUEST, ...traced(journal, 'B') });
    const app = await Application.start([provider], { drainTimeoutMs: 1 });
    const first = app.enter();
    await first.get(A);
    const closed = first.close();
    const second = app.enter();
    await second.get(B);
    end.resolve();
    await closed;
    await app.stop();
    expect(journal).to.deep.equal(['open B', 'close B']);
  });
});

describe('using', () => {
  it('closes a scope at once where nothing in it is asynchronous', async () => {
    const journal: Journal = [];
    await using app = await Application.start([everyScope(journal)]);
    journal.length = 0;
    let signal: AbortSignal;
    {
      using request = app.enter();
      signal = request.signal;
      request.getSync(B);
      expect(signal.aborted).to.equal(false);
    }
    expect(journal).to.deep.equal(['open SESSION', 'open REQUEST', 'close REQUEST', 'close SESSION']);
    expect(signal.aborted).to.equal(true);
  });

  it('closes an empty scope: its signal is aborted and stop() does not wait for it', async () => {
    const app = await Application.start([everyScope([])]);
    let signal: AbortSignal;
    {
      using request = app.enter();
      signal = request.signal;
    }
    expect(signal.aborted).to.equal(true);
    expect(await isPending(app.stop())).to.equal(false);
  });

  it('refuses an asynchronous release, naming it, and closes in the background', async () => {
    const journal: Journal = [];
    const closed = new Deferred();
    const provider = new Provider('p')
      .provide(A, { scope: Scope.SESSION, ...traced(journal, 'A') })
      .provide(B, {
        scope: Scope.REQUEST,
        inject: [A],
        create: (a) => a,
        release: async () => {
          await closed.promise;
          journal.push('close B');
        },
      });
    await using app = await Application.start([provider]);
    const request = app.enter();
    request.getSync(B);
    const error = thrown(SlipwayError, () => {
      request[Symbol.dispose]();
    });
    expect(error.code).to.equal('SLIPWAY_CONTAINER_ASYNC');
    expect(error.rawMessage).to.equal(
      'Scope REQUEST holds B, whose release is asynchronous, so `using` cannot close it. Use `await using`. It is being closed in the background.',
    );
    await quiet();
    expect(journal).to.deep.equal(['open A']);
    closed.resolve();
    await request.close();
    expect(journal).to.deep.equal(['open A', 'close B', 'close A']);
  });

  it('warns of what fails in the background, and close() rejects with it', async () => {
    const provider = new Provider('p').provide(A, {
      scope: Scope.REQUEST,
      create: () => ({ name: 'A', parts: [] }),
      release: () => Promise.reject(new Error('quit failed')),
    });
    await using app = await Application.start([provider]);
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const request = app.enter();
    request.getSync(A);
    thrown(SlipwayError, () => request[Symbol.dispose]());
    const error = await rejection(StopError, request.close());
    expect(error.failures.map(({ token: name }) => name)).to.deep.equal(['A']);
    expect(await warned).to.equal(error);
  });

  it('refuses builds in flight and open scopes inside it, and closes in the background', async () => {
    const journal: Journal = [];
    const opened = new Deferred();
    const provider = new Provider('p').provide(A, {
      scope: Scope.REQUEST,
      ...tracedAfter(journal, 'A', { opened: opened.promise }),
    });
    await using app = await Application.start([provider]);
    const building = app.enter();
    const asked = building.get(A);
    expect(thrown(SlipwayError, () => building[Symbol.dispose]()).rawMessage).to.include('unfinished builds');
    opened.resolve();
    await asked;
    await building.close();
    expect(journal.at(-1)).to.equal('close A');
    const outer = app.enter();
    const inner = outer.enter();
    expect(thrown(SlipwayError, () => outer[Symbol.dispose]()).rawMessage).to.include('open scopes');
    await outer.close();
    expect(thrown(SlipwayError, () => inner.enter()).code).to.equal('SLIPWAY_CONTAINER_CLOSED');
  });

  it('keeps to the order where a release turns out to be asynchronous', async () => {
    const journal: Journal = [];
    const closed = new Deferred();
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, ...traced(journal, 'A') })
      .provide(B, {
        scope: Scope.REQUEST,
        inject: [A],
        create: (a) => a,
        release: () => closed.promise.then(() => void journal.push('close B')),
      })
      .provide(C, { scope: Scope.REQUEST, ...traced(journal, 'C') });
    await using app = await Application.start([provider]);
    const request = app.enter();
    request.getSync(B);
    request.getSync(C);
    thrown(SlipwayError, () => request[Symbol.dispose]());
    expect(journal).to.deep.equal(['open A', 'open C', 'close C']);
    closed.resolve();
    await request.close();
    expect(journal.slice(3)).to.deep.equal(['close B', 'close A']);
  });

  it('throws what failed to be released, and still closes the scope that was implied', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(A, { scope: Scope.SESSION, ...traced(journal, 'A') })
      .provide(B, {
        scope: Scope.REQUEST,
        inject: [A],
        create: (a) => a,
        release: () => {
          throw new Error('b failed');
        },
      });
    await using app = await Application.start([provider]);
    const request = app.enter();
    request.getSync(B);
    const error = thrown(StopError, () => request[Symbol.dispose]());
    expect(error.failures.map(({ token: name }) => name)).to.deep.equal(['B']);
    expect(journal).to.deep.equal(['open A', 'close A']);
    request[Symbol.dispose]();
  });

  it('releases in the order of close(): what holds a thing lazily before that thing', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, inject: [lazy(B)], ...traced(journal, 'A') })
      .provide(B, { scope: Scope.REQUEST, ...traced(journal, 'B') });
    await using app = await Application.start([provider]);
    {
      using request = app.enter();
      request.getSync(A);
      request.getSync(B);
    }
    expect(journal).to.deep.equal(['open A', 'open B', 'close A', 'close B']);
  });
});
