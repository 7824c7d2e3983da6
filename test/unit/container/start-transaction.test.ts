import { expect } from 'chai';
import type { SinonFakeTimers } from 'sinon';
import {
  type AnyProvider,
  Application,
  BuildError,
  type Outcome,
  Provider,
  Scope,
  SlipwayError,
  StartError,
  token,
} from '../../../src/index.js';
import { Deferred, isPending, quiet } from '../../support/container/deferred.js';
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
});
