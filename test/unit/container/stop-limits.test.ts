import { expect } from 'chai';
import type { SinonFakeTimers } from 'sinon';
import { Application, Provider, Scope, SlipwayError, StopError, token } from '../../../src/index.js';
import { Deferred, isPending } from '../../support/container/deferred.js';
import { fakeClock, restored } from '../../support/container/fake-clock.js';
import { rejection } from '../../support/container/failure.js';
import { type Journal, type Thing, traced } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');

const never = new Promise<never>(() => undefined);

function thing(): Thing {
  return { name: 'thing', parts: [] };
}

function closings(journal: Journal): Journal {
  return journal.filter((entry) => entry.startsWith('clos'));
}

function codeOf(error: unknown): string {
  return SlipwayError.is(error) ? error.code : String(error);
}

describe('Application.stop, its limits', () => {
  let clock: SinonFakeTimers;

  beforeEach(() => {
    clock = fakeClock();
  });

  afterEach(() => {
    expect(restored(clock)).to.equal(0);
  });

  it('name a release that hangs and leave it; what it depended on still closes', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...traced(journal, 'A') })
      .provide(B, {
        scope: Scope.APP,
        inject: [A],
        create: thing,
        release: () => never,
        stopTimeoutMs: 100,
      })
      .provide(C, { scope: Scope.APP, inject: [B], ...traced(journal, 'C') });
    const app = await Application.start([provider]);
    const stopped = app.stop();
    stopped.catch(() => undefined);
    await clock.tickAsync(99);
    expect(closings(journal)).to.deep.equal(['close C']);
    await clock.tickAsync(1);
    const error = await rejection(StopError, stopped);
    expect(closings(journal)).to.deep.equal(['close C', 'close A']);
    expect(error.failures.map(({ token: name, error: reason }) => [name, codeOf(reason)])).to.deep.equal([
      ['B', 'SLIPWAY_CONTAINER_TIMEOUT'],
    ]);
    expect(error.rawMessage).to.include('The release of B did not end within 100 ms');
  });

  it('of one release are 10 seconds where its factory says nothing', async () => {
    const provider = new Provider('p').provide(A, {
      scope: Scope.APP,
      create: thing,
      release: () => never,
    });
    const app = await Application.start([provider]);
    const stopped = app.stop();
    stopped.catch(() => undefined);
    await clock.tickAsync(9_999);
    expect(await isPending(stopped)).to.equal(true);
    await clock.tickAsync(1);
    await rejection(StopError, stopped);
  });

  it('of the whole hold however many hang; each still gets its release called', async () => {
    const called: string[] = [];
    const hanging = (name: string) => ({
      create: thing,
      release: (): Promise<never> => {
        called.push(name);
        return never;
      },
    });
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...hanging('A') })
      .provide(B, { scope: Scope.APP, inject: [A], ...hanging('B') })
      .provide(C, { scope: Scope.APP, inject: [B], ...hanging('C') });
    const app = await Application.start([provider], { stopTimeoutMs: 1_000 });
    const stopped = app.stop();
    stopped.catch(() => undefined);
    await clock.tickAsync(1_000);
    expect(called).to.deep.equal(['C', 'B']);
    await clock.tickAsync(100);
    const error = await rejection(StopError, stopped);
    expect(called).to.deep.equal(['C', 'B', 'A']);
    expect(error.failures.map(({ token: name }) => name)).to.deep.equal(['C', 'B', 'A']);
  });

  it('of the whole leave each release a moment of its own, even after they have passed', async () => {
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.APP,
        create: thing,
        release: () => new Promise<void>((resolve) => setTimeout(resolve, 40)),
      })
      .provide(B, { scope: Scope.APP, inject: [A], create: thing, release: () => never });
    const app = await Application.start([provider], { stopTimeoutMs: 1_000 });
    const stopped = rejection(StopError, app.stop());
    await clock.tickAsync(1_040);
    expect((await stopped).failures.map(({ token: name }) => name)).to.deep.equal(['B']);
  });

  it('of the whole are 25 seconds where none is given', async () => {
    const provider = new Provider('p').provide(A, {
      scope: Scope.APP,
      create: thing,
      release: () => never,
      stopTimeoutMs: 1_000_000,
    });
    const app = await Application.start([provider]);
    const stopped = app.stop();
    stopped.catch(() => undefined);
    await clock.tickAsync(24_999);
    expect(await isPending(stopped)).to.equal(true);
    await clock.tickAsync(1);
    await rejection(StopError, stopped);
  });

  it('of the whole bound the draining too', async () => {
    const app = await Application.start([new Provider('p')], {
      stopTimeoutMs: 1_000,
      drainTimeoutMs: 5_000,
    });
    app.enter();
    const stopped = app.stop();
    await clock.tickAsync(999);
    expect(await isPending(stopped)).to.equal(true);
    await clock.tickAsync(1);
    await stopped;
  });

  it('hold where a scope hangs in a close of its own', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...traced(journal, 'A') })
      .provide(B, { scope: Scope.REQUEST, inject: [A], create: thing, release: () => never });
    const app = await Application.start([provider], { stopTimeoutMs: 1_000, drainTimeoutMs: 100 });
    const request = app.enter();
    await request.get(B);
    void request.close();
    const stopped = app.stop();
    stopped.catch(() => undefined);
    await clock.tickAsync(1_000);
    const error = await rejection(StopError, stopped);
    expect(error.failures.map(({ token: name, error: reason }) => [name, codeOf(reason)])).to.deep.equal([
      ['REQUEST', 'SLIPWAY_CONTAINER_TIMEOUT'],
    ]);
    expect(closings(journal)).to.deep.equal(['close A']);
  });

  it('hold where the deactivation of a foreign binding hangs', async () => {
    const Foreign = token<string>()('Foreign');
    const app = new Application([new Provider('p')]);
    const binding = app.container.bind(Foreign).toDynamicValue(() => 'foreign');
    binding.inSingletonScope().onDeactivation(() => never);
    await app.start();
    app.container.get(Foreign);
    const stopped = app.stop();
    stopped.catch(() => undefined);
    await clock.tickAsync(10_000);
    const error = await rejection(StopError, stopped);
    expect(error.failures.map(({ token: name }) => name)).to.deep.equal(['Foreign']);
  });

  it('end builds that hang in an open scope; a value that comes late is released', async () => {
    const late = new Deferred<Thing>();
    const released: unknown[] = [];
    let signal: AbortSignal | undefined;
    const provider = new Provider('p').provide(A, {
      scope: Scope.REQUEST,
      create: (context) => {
        signal = context.signal;
        return late.promise;
      },
      release: (value) => void released.push(value),
    });
    const app = await Application.start([provider], { drainTimeoutMs: 100, stopTimeoutMs: 1_000 });
    const request = app.enter();
    const asked = request.get(A);
    const stopped = app.stop();
    stopped.catch(() => undefined);
    await clock.tickAsync(100);
    expect(signal?.aborted).to.equal(true);
    await clock.tickAsync(900);
    const error = await rejection(StopError, stopped);
    expect(error.failures.map(({ token: name, error: reason }) => [name, codeOf(reason)])).to.deep.equal([
      ['A', 'SLIPWAY_CONTAINER_TIMEOUT'],
    ]);
    late.resolve(thing());
    await rejection(SlipwayError, asked);
    expect(released).to.have.length(1);
  });
});
