import { expect } from 'chai';
import type { SinonFakeTimers } from 'sinon';
import {
  type AnyProvider,
  Application,
  BuildError,
  lazy,
  type Outcome,
  Provider,
  Scope,
  SlipwayError,
  StartError,
  token,
} from '../../../src/index.js';
import { Deferred, isPending, microtasks, quiet } from '../../support/container/deferred.js';
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
const Broken = token<Thing>()('Broken');

const down = new Error('broker down');

function failing(): never {
  throw down;
}

describe('Application.start, as a transaction', () => {
  let clock: SinonFakeTimers | undefined;

  afterEach(() => {
    const left = clock === undefined ? 0 : restored(clock);
    clock = undefined;
    expect(left).to.equal(0);
  });

  it('releases what was opened, each thing after all that depend on it', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...traced(journal, 'A') })
      .provide(B, { scope: Scope.APP, inject: [A], ...traced(journal, 'B') })
      .provide(C, { scope: Scope.APP, inject: [B], ...traced(journal, 'C') })
      .provide(Broken, { scope: Scope.APP, inject: [C], create: async () => failing() });
    const app = new Application([provider]);
    await rejection(StartError, app.start());
    expect(journal).to.deep.equal(['open A', 'open B', 'open C', 'close C', 'close B', 'close A']);
  });

  it('also where the factory throws at once, and nothing is begun after it', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...traced(journal, 'A') })
      .provide(Broken, { scope: Scope.APP, inject: [A], create: failing })
      .provide(C, { scope: Scope.APP, ...traced(journal, 'C') });
    await rejection(StartError, new Application([provider]).start());
    expect(journal).to.deep.equal(['open A', 'close A']);
  });

  it('tells the token, its path and the cause', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, inject: [B], create: (b) => b })
      .provide(B, { scope: Scope.APP, inject: [Broken], create: (broken) => broken })
      .provide(Broken, { scope: Scope.APP, create: failing });
    const error = await rejection(StartError, new Application([provider]).start());
    expect(error.code).to.equal('SLIPWAY_CONTAINER_START');
    expect(error.token).to.equal('Broken');
    expect(error.path).to.deep.equal(['A', 'B', 'Broken']);
    expect(error.cause).to.equal(down);
    expect(error.cleanupErrors).to.deep.equal([]);
    expect(error.rawMessage).to.equal(
      'The application did not start: The factory of Broken failed: broker down. Path: A -> B -> Broken.',
    );
    expect(error.errors).to.have.length(1);
    expect(error.errors[0]).to.be.instanceOf(BuildError);
  });

  it('draws the path from above also where the failing factory was begun first', async () => {
    const provider = new Provider('p')
      .provide(Broken, { scope: Scope.APP, create: failing })
      .provide(A, { scope: Scope.APP, inject: [Broken], create: (broken) => broken });
    const error = await rejection(StartError, new Application([provider]).start());
    expect(error.path).to.deep.equal(['A', 'Broken']);
  });

  it('is retryable as its cause is', async () => {
    for (const [code, retryable] of [
      ['SLIPWAY_CONTAINER_TIMEOUT', true],
      ['SLIPWAY_SETTINGS_INVALID', false],
    ] as const) {
      const create = (): Thing => {
        throw new SlipwayError(code, { message: 'No.' });
      };
      const provider = new Provider('p').provide(Broken, { scope: Scope.APP, create });
      const error = await rejection(StartError, new Application([provider]).start());
      expect(error.retryable).to.equal(retryable);
    }
  });

  it('hands the failure to the releases', async () => {
    const outcomes: Outcome[] = [];
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.APP,
        create: () => ({ name: 'A', parts: [] }),
        release: (_a, outcome) => void outcomes.push(outcome),
      })
      .provide(Broken, { scope: Scope.APP, create: failing });
    await rejection(StartError, new Application([provider]).start());
    expect(outcomes).to.have.length(1);
    expect(outcomes[0]?.error).to.be.instanceOf(BuildError).with.property('cause', down);
  });

  it('lets siblings end first: nothing runs on, and what they opened is released too', async () => {
    const journal: Journal = [];
    const sibling = new Deferred();
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...tracedAfter(journal, 'A', { opened: sibling.promise }) })
      .provide(B, { scope: Scope.APP, inject: [A], ...traced(journal, 'B') })
      .provide(Broken, { scope: Scope.APP, create: async () => failing() });
    const started = new Application([provider]).start();
    started.catch(() => undefined);
    expect(await isPending(started)).to.equal(true);
    sibling.resolve();
    const error = await rejection(StartError, started);
    expect(error.token).to.equal('Broken');
    expect(journal).to.deep.equal(['opening A', 'open A', 'closing A', 'close A']);
    expect(error.errors).to.have.length(1);
  });

  it('asks siblings to end by their signal, whose reason is the failure', async () => {
    let reason: unknown;
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.APP,
        create: (context) =>
          untilAborted(context).catch((error: unknown) => {
            reason = error;
            throw error;
          }),
      })
      .provide(Broken, { scope: Scope.APP, create: async () => failing() });
    const error = await rejection(StartError, new Application([provider]).start());
    expect(reason).to.be.instanceOf(BuildError).with.property('cause', down);
    expect(error.token).to.equal('Broken');
    expect(error.errors).to.have.length(1);
  });

  it('names what else failed by itself, but not what failed for want of it', async () => {
    const end = new Deferred();
    const provider = new Provider('p')
      .provide(Broken, { scope: Scope.APP, create: async () => failing() })
      .provide(A, { scope: Scope.APP, inject: [Broken], create: (broken) => broken })
      .provide(B, {
        scope: Scope.APP,
        create: () => end.promise.then(() => Promise.reject(new Error('disk full'))),
      })
      .provide(C, { scope: Scope.APP, inject: [B], create: (b) => b });
    const started = new Application([provider]).start();
    await quiet();
    end.resolve();
    const error = await rejection(StartError, started);
    expect(error.errors.map((each) => (each as BuildError).path)).to.deep.equal([
      ['A', 'Broken'],
      ['C', 'B'],
    ]);
    expect(error.rawMessage).to.include('Also failed: B.');
  });

  it('tells what failed while cleaning up, and cleans up the rest', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...traced(journal, 'A') })
      .provide(B, {
        scope: Scope.APP,
        inject: [A],
        create: (a) => a,
        release: () => {
          throw new Error('close failed');
        },
      })
      .provide(Broken, { scope: Scope.APP, inject: [B], create: async () => failing() });
    const error = await rejection(StartError, new Application([provider]).start());
    expect(error.cause).to.equal(down);
    expect(
      error.cleanupErrors.map(({ token: name, error: reason }) => [name, (reason as Error).message]),
    ).to.deep.equal([['B', 'close failed']]);
    expect(error.rawMessage).to.include('Cleaning up failed too: B (close failed).');
    expect(journal).to.deep.equal(['open A', 'close A']);
  });

  it('may be called again: nothing of the failed one is kept', async () => {
    const journal: Journal = [];
    let attempts = 0;
    const provider = new Provider('p').provide(A, { scope: Scope.APP, ...traced(journal, 'A') }).provide(B, {
      scope: Scope.APP,
      inject: [A],
      create: async (a): Promise<Thing> => {
        attempts += 1;
        if (attempts === 1) throw down;
        return { name: 'B', parts: [a] };
      },
    });
    const app = new Application([provider]);
    await rejection(StartError, app.start());
    thrown(SlipwayError, () => app.getSync(A));
    await app.start();
    expect((await app.get(B)).parts).to.deep.equal([app.getSync(A)]);
    expect(journal).to.deep.equal(['open A', 'close A', 'open A']);
    await app.stop();
    expect(journal.at(-1)).to.equal('close A');
  });

  it('may be called again after the graph was mended on the container', async () => {
    const provider: AnyProvider = new Provider('p').provide(A, {
      scope: Scope.APP,
      inject: [B],
      create: (b) => b,
    });
    const app = new Application([provider]);
    await rejection(SlipwayError, app.start());
    app.container.bind(B).toConstantValue({ name: 'B', parts: [] });
    await app.start();
    expect((await app.get(A)).name).to.equal('B');
    await app.stop();
  });

  it('waits ten seconds for a sibling that hangs, then names and leaves it', async () => {
    clock = fakeClock();
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...traced(journal, 'A') })
      .provide(B, { scope: Scope.APP, inject: [A], create: () => new Promise<Thing>(() => undefined) })
      .provide(Broken, { scope: Scope.APP, create: async () => failing() });
    const started = new Application([provider]).start();
    started.catch(() => undefined);
    await clock.tickAsync(9_999);
    expect(await isPending(started)).to.equal(true);
    await clock.tickAsync(1);
    const error = await rejection(StartError, started);
    expect(error.token).to.equal('Broken');
    expect(error.rawMessage).to.include('Also failed: B.');
    expect(journal).to.deep.equal(['open A', 'close A']);
  });

  describe('its time limits', () => {
    beforeEach(() => {
      clock = fakeClock();
    });

    it('name what hangs, abort its signal and release the value that comes late', async () => {
      const late = new Deferred<Thing>();
      const released: unknown[] = [];
      let signal: AbortSignal | undefined;
      const journal: Journal = [];
      const provider = new Provider('p')
        .provide(A, { scope: Scope.APP, ...traced(journal, 'A') })
        .provide(B, {
          scope: Scope.APP,
          inject: [A],
          create: (_a, context) => {
            signal = context.signal;
            return late.promise;
          },
          release: (value, outcome) => void released.push(value, outcome.error),
        })
        .provide(C, { scope: Scope.APP, inject: [B], ...traced(journal, 'C') });
      const app = new Application([provider], { startTimeoutMs: 500 });
      const started = app.start();
      started.catch(() => undefined);
      await clock?.tickAsync(499);
      expect(await isPending(started)).to.equal(true);
      expect(signal?.aborted).to.equal(false);
      await clock?.tickAsync(1);
      const error = await rejection(StartError, started);
      expect(error.path).to.deep.equal(['C', 'B']);
      expect(error.rawMessage).to.include('The factory of B did not end within 500 ms.');
      expect((error.errors[0] as BuildError).code).to.equal('SLIPWAY_CONTAINER_TIMEOUT');
      expect(signal?.aborted).to.equal(true);
      expect(journal).to.deep.equal(['open A', 'close A']);
      const value = { name: 'late', parts: [] };
      late.resolve(value);
      await quiet();
      expect(released[0]).to.equal(value);
      expect(released[1]).to.be.instanceOf(BuildError);
      expect(released).to.have.length(2);
    });

    it('of 60 seconds holds where none is given', async () => {
      const provider = new Provider('p').provide(A, { scope: Scope.APP, create: untilAborted });
      const started = new Application([provider]).start();
      started.catch(() => undefined);
      await clock?.tickAsync(59_999);
      expect(await isPending(started)).to.equal(true);
      await clock?.tickAsync(1);
      expect((await rejection(StartError, started)).token).to.equal('A');
    });

    it('of one factory ends it before the total, with its signal aborted', async () => {
      let aborted = false;
      const provider = new Provider('p').provide(A, {
        scope: Scope.APP,
        startTimeoutMs: 50,
        create: ({ signal }) => {
          signal.addEventListener('abort', () => (aborted = true));
          return new Promise<Thing>(() => undefined);
        },
      });
      const started = new Application([provider]).start();
      started.catch(() => undefined);
      await clock?.tickAsync(49);
      expect(aborted).to.equal(false);
      await clock?.tickAsync(1);
      const error = await rejection(StartError, started);
      expect(aborted).to.equal(true);
      expect(error.rawMessage).to.include('The factory of A did not end within 50 ms.');
    });

    it('do not touch what ends in time', async () => {
      const end = new Deferred();
      const provider = new Provider('p').provide(A, {
        scope: Scope.APP,
        startTimeoutMs: 50,
        ...tracedAfter([], 'A', { opened: end.promise }),
      });
      const app = new Application([provider], { startTimeoutMs: 100 });
      const started = app.start();
      await clock?.tickAsync(49);
      end.resolve();
      await started;
      expect(clock?.countTimers()).to.equal(0);
      await clock?.tickAsync(1_000);
      expect(app.getSync(A).name).to.equal('A');
      await app.stop();
    });
  });

  describe('when stop() comes meanwhile', () => {
    it('ends, releases what was opened, and both promises settle', async () => {
      const journal: Journal = [];
      const provider = new Provider('p')
        .provide(A, { scope: Scope.APP, ...traced(journal, 'A') })
        .provide(B, { scope: Scope.APP, inject: [A], create: (_a, context) => untilAborted(context) })
        .provide(C, { scope: Scope.APP, inject: [B], ...traced(journal, 'C') });
      const app = new Application([provider]);
      const started = app.start();
      const failed = rejection(StartError, started);
      await quiet();
      await app.stop();
      const error = await failed;
      expect(SlipwayError.is(error.cause) && error.cause.code).to.equal('SLIPWAY_CONTAINER_CLOSED');
      expect(error.rawMessage).to.equal(
        'The application did not start: stop() was called before start() had ended.',
      );
      expect(error.token).to.equal('');
      expect(journal).to.deep.equal(['open A', 'close A']);
      thrown(SlipwayError, () => app.enter());
    });

    it('is not followed by a start of one who tries again', async () => {
      let starts = 0;
      const provider = new Provider('p').provide(A, {
        scope: Scope.APP,
        create: (context) => {
          starts += 1;
          return untilAborted(context);
        },
      });
      const app = new Application([provider]);
      const retried = app.start().catch(() => app.start());
      const refused = rejection(SlipwayError, retried);
      await quiet();
      await app.stop();
      expect((await refused).code).to.equal('SLIPWAY_CONTAINER_CLOSED');
      expect(starts).to.equal(1);
    });

    it('may come from the synchronous part of a factory', async () => {
      const journal: Journal = [];
      let stopped: Promise<void> | undefined;
      const provider = new Provider('p')
        .provide(A, { scope: Scope.APP, ...traced(journal, 'A') })
        .provide(B, {
          scope: Scope.APP,
          inject: [A],
          create: (a) => {
            stopped = app.stop();
            return a;
          },
        })
        .provide(C, { scope: Scope.APP, ...traced(journal, 'C') });
      const app: Application = new Application([provider as AnyProvider]);
      await rejection(StartError, app.start());
      await stopped;
      expect(journal).to.deep.equal(['open A', 'close A']);
    });

    it('is given up within the limit of stop(), where it does not end', async () => {
      clock = fakeClock();
      const provider = new Provider('p').provide(A, {
        scope: Scope.APP,
        create: () => new Promise<Thing>(() => undefined),
      });
      const app = new Application([provider], { stopTimeoutMs: 200 });
      const failed = rejection(StartError, app.start());
      const stopped = app.stop();
      await clock.tickAsync(199);
      expect(await isPending(stopped)).to.equal(true);
      await clock.tickAsync(1);
      await stopped;
      await failed;
    });

    for (let count = 0; count < 20; count += 1) {
      it(`leaves nothing open or running: ${count} microtasks after start()`, async () => {
        clock = fakeClock();
        const journal: Journal = [];
        const provider = new Provider('p')
          .provide(A, { scope: Scope.APP, ...tracedAfter(journal, 'A', {}) })
          .provide(B, { scope: Scope.APP, inject: [A, lazy(A)], ...traced(journal, 'B') });
        const app = new Application([provider]);
        const started = app.start().catch(() => undefined);
        await microtasks(count);
        await app.stop();
        await started;
        for (const name of ['A', 'B']) {
          const opened = journal.filter((entry) => entry === `open ${name}`).length;
          expect(journal.filter((entry) => entry === `close ${name}`)).to.have.length(opened);
        }
        thrown(SlipwayError, () => app.enter());
        expect(clock.countTimers()).to.equal(0);
      });
    }
  });
});
