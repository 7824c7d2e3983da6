import { expect } from 'chai';
import {
  Application,
  BuildError,
  Provider,
  Scope,
  ScopeRunner,
  StopError,
  token,
} from '../../../src/index.js';
import { rejection, thrown } from '../../support/container/failure.js';
import { type Journal, type Thing, traced, tracedAfter } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const User = token<string | undefined>()('User');

function inARequest() {
  return new Provider('p')
    .provide(A, { scope: Scope.APP, ...traced([], 'A') })
    .provide(B, { scope: Scope.REQUEST, inject: [A], ...traced([], 'B') });
}

describe('OpenScope.getSync', () => {
  it('gives what is synchronous all the way, and the same as get', async () => {
    await using app = await Application.start([inARequest()]);
    await using request = app.enter();
    const value = request.getSync(B);
    expect(await request.get(B)).to.equal(value);
  });

  it('gives an asynchronous thing once it is built', async () => {
    const provider = new Provider('p').provide(A, { scope: Scope.REQUEST, ...tracedAfter([], 'A', {}) });
    await using app = await Application.start([provider]);
    await using request = app.enter();
    const value = await request.get(A);
    expect(request.getSync(A)).to.equal(value);
  });

  it('refuses one that is not, with its path; what was begun is kept and released', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, ...tracedAfter(journal, 'A', {}) })
      .provide(B, { scope: Scope.REQUEST, inject: [A], ...traced(journal, 'B') });
    await using app = await Application.start([provider]);
    const request = app.enter();
    const error = thrown(BuildError, () => request.getSync(B));
    expect(error.code).to.equal('SLIPWAY_CONTAINER_ASYNC');
    expect(error.path).to.deep.equal(['B', 'A']);
    expect(error.rawMessage).to.include('getSync cannot wait for A, which is made asynchronously. Use get.');
    expect(thrown(BuildError, () => request.getSync(A)).rawMessage).to.include('which is still being built');
    await request.get(B);
    expect(journal).to.deep.equal(['opening A', 'open A', 'open B']);
    await request.close();
    expect(journal.slice(-1)).to.deep.equal(['close A']);
  });

  it('builds no second one while the first still waits for its turn', async () => {
    let built = 0;
    class Service {
      constructor(readonly a: Thing) {
        built += 1;
      }
    }
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, ...tracedAfter([], 'A', {}) })
      .provideClass(Service, { scope: Scope.REQUEST, inject: [A] });
    await using app = await Application.start([provider]);
    await using request = app.enter();
    const service = request.get(Service);
    await request.get(A).then(() => {
      try {
        request.getSync(Service);
      } catch (error) {
        expect(error).to.be.instanceOf(BuildError);
      }
    });
    expect(request.getSync(A)).to.equal((await service).a);
    expect(built).to.equal(1);
  });
});

describe('ScopeRunner', () => {
  const outcomes: unknown[] = [];
  const provider = new Provider('p').context(User, { scope: Scope.REQUEST }).provide(A, {
    scope: Scope.REQUEST,
    inject: [User],
    create: (user) => ({ name: user ?? '', parts: [] }),
    release: (_a, outcome) => void outcomes.push(outcome),
  });

  beforeEach(() => {
    outcomes.length = 0;
  });

  it('is provided by every application, and is the application', async () => {
    await using app = await Application.start([provider]);
    expect(await app.get(ScopeRunner)).to.equal(app);
  });

  it('runs work in a scope of its own, gives its result and closes the scope', async () => {
    await using app = await Application.start([provider]);
    const runner = app.getSync(ScopeRunner);
    const name = await runner.runInScope(
      'REQUEST',
      [[User, 'Ada']],
      async (scope) => (await scope.get(A)).name,
    );
    expect(name).to.equal('Ada');
    expect(outcomes).to.deep.equal([{}]);
  });

  it('gives the error of the work to the releases, and rejects with it', async () => {
    await using app = await Application.start([provider]);
    const failure = new Error('work failed');
    const run = app.runInScope('REQUEST', [[User, 'Ada']], (scope) => {
      scope.getSync(A);
      throw failure;
    });
    expect(await rejection(Error, run)).to.equal(failure);
    expect(outcomes).to.deep.equal([{ error: failure }]);
  });

  it('rejects with what failed to be released where the work itself succeeded', async () => {
    const broken = new Provider('p').provide(B, {
      scope: Scope.REQUEST,
      create: () => ({ name: 'B', parts: [] }),
      release: () => {
        throw new Error('commit failed');
      },
    });
    await using app = await Application.start([broken]);
    await rejection(
      StopError,
      app.runInScope('REQUEST', [], (scope) => scope.getSync(B)),
    );
  });

  it('rejects with the error of the work where both failed, and warns of the other', async () => {
    const broken = new Provider('p').provide(B, {
      scope: Scope.REQUEST,
      create: () => ({ name: 'B', parts: [] }),
      release: () => {
        throw new Error('rollback failed');
      },
    });
    await using app = await Application.start([broken]);
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const failure = new Error('work failed');
    const run = app.runInScope('REQUEST', [], (scope) => {
      scope.getSync(B);
      throw failure;
    });
    expect(await rejection(Error, run)).to.equal(failure);
    expect(await warned).to.be.instanceOf(StopError);
  });
});
