import { expect } from 'chai';
import type { SinonFakeTimers } from 'sinon';
import {
  type AnyProvider,
  Application,
  BuildError,
  lazy,
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

describe('Application.start', () => {
  let clock: SinonFakeTimers | undefined;

  afterEach(() => {
    const left = clock === undefined ? 0 : restored(clock);
    clock = undefined;
    expect(left).to.equal(0);
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
      expect(thrown(SlipwayError, () => app.enter()).code).to.equal('SLIPWAY_CONTAINER_CLOSED');
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
