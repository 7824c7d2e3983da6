import { expect } from 'chai';
import { Application, Provider, Scope, token } from '../../../src/index.js';
import { Deferred, isPending, quiet } from '../../support/container/deferred.js';
import { type Journal, type Thing, traced, tracedAfter } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');
const D = token<Thing>()('D');

/** D needs B and C, which both need A. */
function diamond(journal: Journal, scope: Scope, openedA: Promise<unknown>) {
  return new Provider('diamond')
    .provide(D, { scope, inject: [B, C], ...tracedAfter(journal, 'D', {}) })
    .provide(B, { scope, inject: [A], ...tracedAfter(journal, 'B', {}) })
    .provide(C, { scope, inject: [A], ...tracedAfter(journal, 'C', {}) })
    .provide(A, { scope, ...tracedAfter(journal, 'A', { opened: openedA }) });
}

function count(journal: Journal, entry: string): number {
  return journal.filter((each) => each === entry).length;
}

describe('Application, building in parallel', () => {
  it('builds a diamond once at start', async () => {
    const journal: Journal = [];
    await using app = await Application.start([diamond(journal, Scope.APP, Promise.resolve())]);
    const [top, left, right, bottom] = await Promise.all([app.get(D), app.get(B), app.get(C), app.get(A)]);
    expect(top.parts).to.deep.equal([left, right]);
    expect(left.parts[0]).to.equal(bottom);
    expect(right.parts[0]).to.equal(bottom);
    for (const name of ['A', 'B', 'C', 'D']) expect(count(journal, `opening ${name}`)).to.equal(1);
  });

  it('builds a diamond once in a REQUEST for all who ask at the same time', async () => {
    const journal: Journal = [];
    const opened = new Deferred();
    await using app = await Application.start([diamond(journal, Scope.REQUEST, opened.promise)]);
    await using request = app.enter();
    const asked = [request.get(D), request.get(C), request.get(D), request.get(A)] as const;
    await quiet();
    expect(journal).to.deep.equal(['opening A']);
    opened.resolve();
    const [first, right, second, bottom] = await Promise.all(asked);
    expect(first).to.equal(second);
    expect(first.parts[1]).to.equal(right);
    expect(right.parts[0]).to.equal(bottom);
    for (const name of ['A', 'B', 'C', 'D']) expect(count(journal, `opening ${name}`)).to.equal(1);
  });

  it('builds a REQUEST diamond again in the next REQUEST', async () => {
    const journal: Journal = [];
    await using app = await Application.start([diamond(journal, Scope.REQUEST, Promise.resolve())]);
    await using first = app.enter();
    await using second = app.enter();
    expect(await first.get(D)).to.not.equal(await second.get(D));
    expect(count(journal, 'opening A')).to.equal(2);
  });

  it('begins all that wait for nothing before any of them has ended', async () => {
    const journal: Journal = [];
    const ends = { A: new Deferred(), B: new Deferred(), C: new Deferred() };
    const provider = new Provider('wide')
      .provide(D, { scope: Scope.APP, inject: [A, B, C], ...tracedAfter(journal, 'D', {}) })
      .provide(A, { scope: Scope.APP, ...tracedAfter(journal, 'A', { opened: ends.A.promise }) })
      .provide(B, { scope: Scope.APP, ...tracedAfter(journal, 'B', { opened: ends.B.promise }) })
      .provide(C, { scope: Scope.APP, ...tracedAfter(journal, 'C', { opened: ends.C.promise }) });
    const app = new Application([provider]);
    const started = app.start();
    await quiet();
    expect(journal).to.deep.equal(['opening A', 'opening B', 'opening C']);
    ends.C.resolve();
    ends.A.resolve();
    await quiet();
    expect(journal).to.not.include('opening D');
    expect(await isPending(started)).to.equal(true);
    ends.B.resolve();
    await started;
    expect(journal.at(-1)).to.equal('open D');
    await app.stop();
  });

  it('takes the longest path, not the sum: a branch goes on while its sibling is still waited for', async () => {
    const journal: Journal = [];
    const slow = new Deferred();
    const provider = new Provider('branches')
      .provide(A, { scope: Scope.APP, ...tracedAfter(journal, 'A', { opened: slow.promise }) })
      .provide(B, { scope: Scope.APP, ...tracedAfter(journal, 'B', {}) })
      .provide(C, { scope: Scope.APP, inject: [B], ...tracedAfter(journal, 'C', {}) })
      .provide(D, { scope: Scope.APP, inject: [C], ...tracedAfter(journal, 'D', {}) });
    const app = new Application([provider]);
    const started = app.start();
    await quiet();
    expect(journal).to.include('open D').and.not.include('open A');
    slow.resolve();
    await started;
    await app.stop();
  });

  it('lets a cached get through while something else is built', async () => {
    const end = new Deferred<string>();
    const Slow = token<string>()('Slow');
    const provider = new Provider('slow')
      .provide(A, { scope: Scope.APP, ...traced([], 'A') })
      .provide(Slow, { scope: Scope.APP, eager: false, create: () => end.promise });
    await using app = await Application.start([provider]);
    const slow = app.get(Slow);
    expect(await isPending(slow)).to.equal(true);
    expect(app.getSync(A).name).to.equal('A');
    await using request = app.enter();
    expect((await request.get(A)).name).to.equal('A');
    expect(await isPending(slow)).to.equal(true);
    end.resolve('done');
    expect(await slow).to.equal('done');
  });

  it('serves what is built already while start() goes on', async () => {
    const end = new Deferred();
    const provider = new Provider('half')
      .provide(A, { scope: Scope.APP, ...traced([], 'A') })
      .provide(B, { scope: Scope.APP, ...tracedAfter([], 'B', { opened: end.promise }) });
    const app = new Application([provider]);
    const started = app.start();
    await quiet();
    expect((await app.get(A)).name).to.equal('A');
    const asked = app.get(B);
    expect(await isPending(asked)).to.equal(true);
    end.resolve();
    await started;
    expect(await asked).to.equal(app.getSync(B));
    await app.stop();
  });

  it('leaves what is not eager until somebody asks', async () => {
    const journal: Journal = [];
    const provider = new Provider('lazy')
      .provide(A, { scope: Scope.APP, eager: false, ...traced(journal, 'A') })
      .provide(B, { scope: Scope.APP, eager: false, ...traced(journal, 'B') })
      .provide(C, { scope: Scope.APP, inject: [B], ...traced(journal, 'C') });
    await using app = await Application.start([provider]);
    expect(journal).to.deep.equal(['open B', 'open C']);
    await app.get(A);
    expect(journal).to.deep.equal(['open B', 'open C', 'open A']);
  });

  it('shares one start among concurrent calls', async () => {
    const journal: Journal = [];
    const app = new Application([
      new Provider('a').provide(A, { scope: Scope.APP, ...traced(journal, 'A') }),
    ]);
    const [first, second] = await Promise.all([app.start(), app.start()]);
    expect(first).to.equal(app);
    expect(second).to.equal(app);
    expect(await app.start()).to.equal(app);
    expect(journal).to.deep.equal(['open A']);
    await app.stop();
  });
});
