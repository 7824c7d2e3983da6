import { expect } from 'chai';
import type { SinonFakeTimers } from 'sinon';
import {
  Application,
  type OpenScope,
  Provider,
  Scope,
  SlipwayError,
  StopError,
  token,
} from '../../../src/index.js';
import { Deferred, isPending, quiet } from '../../support/container/deferred.js';
import { fakeClock, restored } from '../../support/container/fake-clock.js';
import { rejection, thrown } from '../../support/container/failure.js';
import { Request } from '../../support/container/request.js';
import { type Journal, type Thing, traced, tracedAfter } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');

const Nothing = token<undefined>()('Nothing');

const anHourMs = 3_600_000;

function thing(): Thing {
  return { name: 'thing', parts: [] };
}

function failing(): never {
  throw new Error('no');
}

describe('a scope that its user closes', () => {
  let clock: SinonFakeTimers;
  let journal: Journal;
  let end: Deferred;

  beforeEach(() => {
    clock = fakeClock();
    journal = [];
    end = new Deferred();
  });

  afterEach(() => {
    end.resolve();
    expect(restored(clock)).to.equal(0);
  });

  function held(name: string) {
    return { scope: Scope.REQUEST, ...tracedAfter(journal, name, { closed: end.promise }) };
  }

  async function expectNoLimit(closed: Promise<void>): Promise<void> {
    await clock.tickAsync(anHourMs);
    expect(await isPending(closed)).to.equal(true);
    end.resolve();
    await closed;
  }

  it('waits for its releases without a limit', async () => {
    const provider = new Provider('p').provide(A, held('A')).provide(B, held('B'));
    await using request = await Request.open(provider);
    await request.scope.get(A);
    await request.scope.get(B);
    await expectNoLimit(request.scope.close());
  });

  it('waits for a build without a limit, beside what it holds already', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, ...traced(journal, 'A') })
      .provide(B, { scope: Scope.REQUEST, ...tracedAfter(journal, 'B', { opened: end.promise }) });
    await using request = await Request.open(provider);
    await request.scope.get(A);
    void request.scope.get(B);
    await expectNoLimit(request.scope.close());
    expect(journal.slice(2)).to.have.members(['open B', 'closing B', 'close B', 'close A']);
  });

  it('waits for a scope inside it that is being closed, without a limit', async () => {
    const provider = new Provider('p').provide(A, {
      scope: Scope.ACTION,
      ...tracedAfter(journal, 'A', { closed: end.promise }),
    });
    await using request = await Request.open(provider);
    const action = request.scope.enter();
    await action.get(A);
    void action.close();
    await expectNoLimit(request.scope.close());
  });

  it('holds to the limit that a factory names, also where that is its only value', async () => {
    const provider = new Provider('p').provide(A, { ...held('A'), stopTimeoutMs: 100 });
    await using request = await Request.open(provider);
    await request.scope.get(A);
    const closed = rejection(StopError, request.scope.close());
    await clock.tickAsync(100);
    expect((await closed).rawMessage).to.equal(
      'Scope REQUEST closed, but not all of it could be released: A: [SLIPWAY_CONTAINER_TIMEOUT] The release of A did not end within 100 ms and was left. Bound what it waits for, or raise its stopTimeoutMs.',
    );
  });

  it('ends where one of its values is undefined and another is being built', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, create: () => undefined as never })
      .provide(B, { scope: Scope.REQUEST, ...tracedAfter(journal, 'B', { opened: end.promise }) });
    await using request = await Request.open(provider);
    await request.scope.get(A);
    void request.scope.get(B);
    const closed = request.scope.close();
    await quiet();
    end.resolve();
    await closed;
    expect(journal.at(-1)).to.equal('close B');
  });

  it('aborts its signal, which is one and the same, also where it holds a single value', async () => {
    const provider = new Provider('p').provide(A, { scope: Scope.REQUEST, ...traced(journal, 'A') });
    await using request = await Request.open(provider);
    const { scope } = request;
    await scope.get(A);
    const { signal } = scope;
    expect(scope.signal).to.equal(signal);
    await scope.close();
    expect(signal.aborted).to.equal(true);
  });

  it('can be closed by `using` at once, once what it built asynchronously is there', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, create: async () => thing() })
      .provide(B, { scope: Scope.REQUEST, inject: [A], create: async (a) => a })
      .provide(C, { scope: Scope.REQUEST, cached: false, inject: [B], create: async (b) => b });
    await using request = await Request.open(provider);
    await request.scope.get(C);
    request.scope[Symbol.dispose]();
    expect(thrown(SlipwayError, () => request.scope.getSync(A)).code).to.equal('SLIPWAY_CONTAINER_CLOSED');
  });

  it('loses no other where `using` closes it twice', async () => {
    const provider = new Provider('p').provide(A, { scope: Scope.REQUEST, ...traced(journal, 'A') });
    await using request = await Request.open(provider);
    request.scope[Symbol.dispose]();
    request.app.enter().getSync(A);
    request.scope[Symbol.dispose]();
    const stopped = request.app.stop();
    await clock.tickAsync(1);
    await stopped;
    expect(journal).to.deep.equal(['open A', 'close A']);
  });

  it('is named in every failure of `using`', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, create: thing, release: failing })
      .provide(B, { ...held('B'), create: thing })
      .provide(C, { ...held('C'), create: thing });
    await using request = await Request.open(provider);
    const first = request.app.enter();
    first.getSync(A);
    const expected = 'Scope REQUEST closed, but not all of it could be released: A: no.';
    expect(thrown(StopError, () => first[Symbol.dispose]()).rawMessage).to.equal(expected);
    for (const key of [A, B, C]) request.scope.getSync(key);
    const error = thrown(SlipwayError, () => request.scope[Symbol.dispose]());
    expect(error.rawMessage).to.match(/^Scope REQUEST holds C, B, whose release is asynchronous/);
    expect(error.context).to.deep.equal({ scope: 'REQUEST' });
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    end.resolve();
    expect((await rejection(StopError, request.scope.close())).rawMessage).to.equal(expected);
    await warned;
  });

  it('is named in the failure of its only value', async () => {
    const provider = new Provider('p').provide(A, {
      scope: Scope.REQUEST,
      create: thing,
      release: failing,
    });
    await using request = await Request.open(provider);
    request.scope.getSync(A);
    const error = await rejection(StopError, request.scope.close());
    expect(error.rawMessage).to.match(/^Scope REQUEST closed/);
    expect(error.context).to.deep.include({ keys: ['A'] });
    expect(error.name).to.equal('StopError');
    expect('cause' in error).to.equal(false);
  });
});

describe('Application.stop, of scopes that are left', () => {
  let clock: SinonFakeTimers;

  beforeEach(() => {
    clock = fakeClock();
  });

  afterEach(() => {
    expect(restored(clock)).to.equal(0);
  });

  it('waits until the last is closed, however they are', async () => {
    const provider = new Provider('p');
    for (const order of [
      [2, 1, 0],
      [0, 1, 2],
      [1, 0, 2],
      [1, 2, 0],
    ]) {
      const app = await Application.start([provider]);
      const scopes: readonly OpenScope[] = [app.enter(), app.enter(), app.enter()];
      const stopped = app.stop();
      for (const index of order) {
        expect(await isPending(stopped)).to.equal(true);
        await scopes[index]?.close();
      }
      await stopped;
    }
  });

  it('does not fail for one that its user closes in time', async () => {
    const end = new Deferred();
    const provider = new Provider('p').provide(A, {
      scope: Scope.REQUEST,
      create: thing,
      release: () => end.promise,
    });
    const app = await Application.start([provider], { drainTimeoutMs: 100 });
    const request = app.enter();
    await request.get(A);
    const closed = request.close();
    const stopped = app.stop();
    await clock.tickAsync(200);
    end.resolve();
    await Promise.all([closed, stopped]);
  });

  it('names one that hangs in its own close, and what is still built after its time', async () => {
    const never = new Promise<never>(() => undefined);
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, create: thing, release: () => never })
      .provide(B, { scope: Scope.REQUEST, create: () => never })
      .provide(C, { scope: Scope.REQUEST, cached: false, create: async () => thing() })
      .provide(Nothing, { scope: Scope.REQUEST, create: () => undefined });
    const app = await Application.start([provider], { drainTimeoutMs: 100, stopTimeoutMs: 1_000 });
    const closing = app.enter();
    await closing.get(A);
    void closing.close();
    const building = app.enter();
    void building.get(B).catch(() => undefined);
    await building.get(C);
    await building.get(Nothing);
    const stopped = rejection(StopError, app.stop());
    await clock.tickAsync(1_000);
    const { failures } = await stopped;
    expect(
      failures.map(({ token: name, error }) => [name, (error as SlipwayError).rawMessage]),
    ).to.have.deep.members([
      [
        'REQUEST',
        'The scope REQUEST was being closed already, did not end in time and was left. Bound what its releases wait for.',
      ],
      ['B', 'The factory of B did not end within 900 ms. Whatever it still gives is released at once.'],
    ]);
  });
});
