import { expect } from 'chai';
import {
  Application,
  BuildError,
  defineScopes,
  Provider,
  Scope,
  skipped,
  SlipwayError,
  token,
} from '../../../src/index.js';
import { isPending } from '../../support/container/deferred.js';
import { rejection, thrown } from '../../support/container/failure.js';
import { type Journal, type Thing, traced } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');
const User = token<string | undefined>()('User');

/** One thing in each of dishka's scopes. */
function everyScope(journal: Journal) {
  return new Provider('all scopes')
    .provide(token<Thing>()('runtime'), { scope: Scope.RUNTIME, ...traced(journal, 'RUNTIME') })
    .provide(token<Thing>()('app'), { scope: Scope.APP, ...traced(journal, 'APP') })
    .provide(A, { scope: Scope.SESSION, ...traced(journal, 'SESSION') })
    .provide(B, { scope: Scope.REQUEST, inject: [A], ...traced(journal, 'REQUEST') })
    .provide(C, { scope: Scope.STEP, inject: [B], ...traced(journal, 'STEP') });
}

describe('OpenScope.enter', () => {
  it('goes to the next scope that is not skipped', async () => {
    await using app = await Application.start([everyScope([])]);
    await using request = app.enter();
    await using action = request.enter();
    await using step = action.enter();
    expect([request.name, action.name, step.name]).to.deep.equal(['REQUEST', 'ACTION', 'STEP']);
    const error = thrown(SlipwayError, () => step.enter());
    expect(error.code).to.equal('SLIPWAY_CONTAINER_SCOPE');
    expect(error.rawMessage).to.equal('No scope can be entered from STEP. It is the innermost.');
  });

  it('jumps to a named scope: what lies between opens and closes with it', async () => {
    const journal: Journal = [];
    await using app = await Application.start([everyScope(journal)]);
    journal.length = 0;
    {
      await using step = app.enter(Scope.STEP);
      expect(step.name).to.equal('STEP');
      await step.get(C);
      expect(journal).to.deep.equal(['open SESSION', 'open REQUEST', 'open STEP']);
    }
    expect(journal.slice(3)).to.deep.equal(['close STEP', 'close REQUEST', 'close SESSION']);
  });

  it('opens a skipped scope by name, which then serves several inside it', async () => {
    const journal: Journal = [];
    await using app = await Application.start([everyScope(journal)]);
    journal.length = 0;
    await using session = app.enter(Scope.SESSION);
    {
      await using first = session.enter();
      await using second = session.enter();
      expect(await first.get(A)).to.equal(await second.get(A));
      expect(await first.get(B)).to.not.equal(await second.get(B));
    }
    expect(journal).to.deep.equal([
      'open SESSION',
      'open REQUEST',
      'open REQUEST',
      'close REQUEST',
      'close REQUEST',
    ]);
    await session.close();
    expect(journal.at(-1)).to.equal('close SESSION');
  });

  it('opens RUNTIME with the application and closes it last', async () => {
    const journal: Journal = [];
    const app = await Application.start([everyScope(journal)]);
    expect(journal).to.deep.equal(['open RUNTIME', 'open APP']);
    await app.stop();
    expect(journal.slice(2)).to.deep.equal(['close APP', 'close RUNTIME']);
  });

  it('refuses a scope outside this one and one that is unknown, with what lies inside', async () => {
    await using app = await Application.start([everyScope([])]);
    await using request = app.enter();
    for (const name of ['REQUEST', 'APP', 'SESSION', 'NOWHERE']) {
      const error = thrown(SlipwayError, () => request.enter(name));
      expect(error.code).to.equal('SLIPWAY_CONTAINER_SCOPE');
      expect(error.rawMessage).to.equal(
        `The scope '${name}' cannot be entered from REQUEST. Inside it are ACTION, STEP.`,
      );
    }
    expect(thrown(SlipwayError, () => request.enter('STEPP')).rawMessage).to.include("Did you mean 'STEP'?");
  });

  it('gives a value per scope, and the outer one where it lives outside', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...traced([], 'A') })
      .provide(B, { scope: Scope.REQUEST, inject: [A], ...traced([], 'B') });
    await using app = await Application.start([provider]);
    await using first = app.enter();
    await using second = app.enter();
    await using inner = first.enter();
    expect(await inner.get(B)).to.equal(await first.get(B));
    expect(await first.get(B)).to.not.equal(await second.get(B));
    expect(second.getSync(A)).to.equal(app.getSync(A));
  });

  it('tells which scope to enter for what lives in a shorter one', async () => {
    await using app = await Application.start([everyScope([])]);
    const error = await rejection(BuildError, app.get(C));
    expect(error.code).to.equal('SLIPWAY_CONTAINER_SCOPE');
    expect(error.rawMessage).to.equal(
      'C lives in the scope STEP, and this is APP. Enter STEP and ask there.',
    );
  });

  it('tells what nothing provides, and the nearest token', async () => {
    await using app = await Application.start([everyScope([])]);
    const error = await rejection(BuildError, app.get(token<Thing>()('runtimes')));
    expect(error.code).to.equal('SLIPWAY_CONTAINER_MISSING');
    expect(error.rawMessage).to.include('Nothing provides runtimes. Did you mean runtime?');
  });
});

describe('defineScopes', () => {
  const Jobs = defineScopes(skipped('PLATFORM'), 'SERVICE', 'TENANT', skipped('USER'), 'JOB');

  it('makes a list of names that an application lives by', async () => {
    const journal: Journal = [];
    const provider = new Provider('jobs')
      .provide(A, { scope: Jobs.PLATFORM, ...traced(journal, 'PLATFORM') })
      .provide(B, { scope: Jobs.USER, inject: [A], ...traced(journal, 'USER') })
      .provide(C, { scope: Jobs.JOB, inject: [B], ...traced(journal, 'JOB') });
    await using app = await Application.start([provider], { scopes: Jobs });
    await using tenant = app.enter();
    expect(tenant.name).to.equal('TENANT');
    {
      await using job = tenant.enter();
      expect(job.name).to.equal('JOB');
      await job.get(C);
    }
    expect(journal).to.deep.equal(['open PLATFORM', 'open USER', 'open JOB', 'close JOB', 'close USER']);
    await using direct = app.enter('JOB');
    expect(direct.name).to.equal('JOB');
  });

  it('makes scopes of another list unknown', () => {
    const provider = new Provider('p').provide(A, { scope: Scope.REQUEST, ...traced([], 'A') });
    const [problem] = new Application([provider], { scopes: Jobs }).validate();
    expect(problem?.kind).to.equal('unknown-scope');
  });

  it('refuses equal names, and a list in which no application could live', () => {
    for (const define of [
      () => defineScopes('A', 'A'),
      () => defineScopes(),
      () => defineScopes(skipped('A'), skipped('B')),
    ]) {
      expect(thrown(SlipwayError, define).code).to.equal('SLIPWAY_CONTAINER_SCOPE');
    }
  });
});

describe('context values', () => {
  const users = new Provider('users').context(User, { scope: Scope.REQUEST }).provide(A, {
    scope: Scope.REQUEST,
    inject: [User],
    create: (user) => ({ name: user ?? 'nobody', parts: [] }),
  });

  it('are what was handed in on entering, undefined too', async () => {
    await using app = await Application.start([users]);
    for (const name of ['Ada', undefined]) {
      await using request = app.enter(Scope.REQUEST, [[User, name]]);
      expect(request.getSync(User)).to.equal(name);
      expect((await request.get(A)).name).to.equal(name ?? 'nobody');
    }
  });

  it('do not leak from one scope into another', async () => {
    await using app = await Application.start([users]);
    await using ada = app.enter(Scope.REQUEST, [[User, 'Ada']]);
    await using bob = app.enter(Scope.REQUEST, [[User, 'Bob']]);
    expect([(await ada.get(A)).name, (await bob.get(A)).name]).to.deep.equal(['Ada', 'Bob']);
  });

  it('that are missing fail with the path of who needs them', async () => {
    await using app = await Application.start([users]);
    await using request = app.enter();
    const error = await rejection(BuildError, request.get(A));
    expect(error.code).to.equal('SLIPWAY_CONTAINER_CONTEXT');
    expect(error.path).to.deep.equal(['A', 'User']);
    expect(error.rawMessage).to.equal(
      'User is a value handed in on entering REQUEST, and was not: enter(Scope.REQUEST, [[User, value]]). Path: A -> User.',
    );
    expect(thrown(BuildError, () => request.getSync(A)).path).to.deep.equal(['A', 'User']);
  });

  it('that no provider declares are an error that says how to, and open nothing', async () => {
    const Tenant = token<string>()('Tenant');
    const app = await Application.start([users], { drainTimeoutMs: 1_000_000 });
    const error = thrown(SlipwayError, () => app.enter(Scope.REQUEST, [[Tenant, 'x']]));
    expect(error.code).to.equal('SLIPWAY_CONTAINER_CONTEXT');
    expect(error.rawMessage).to.include("Declare it: provider.context(Tenant, { scope: 'REQUEST' })");
    expect(await isPending(app.stop())).to.equal(false);
  });

  it('are refused where they belong to another scope, or have a factory', async () => {
    const provider = new Provider('p')
      .include(users)
      .provide(B, { scope: Scope.REQUEST, ...traced([], 'B') });
    await using app = await Application.start([provider]);
    const refused = (enter: () => unknown): string => thrown(SlipwayError, enter).code;
    await using request = app.enter(Scope.REQUEST, [[User, 'Ada']]);
    expect(refused(() => request.enter(Scope.ACTION, [[User, 'Bob']]))).to.equal('SLIPWAY_CONTAINER_CONTEXT');
    expect(refused(() => app.enter(Scope.SESSION, [[User, 'Bob']]))).to.equal('SLIPWAY_CONTAINER_CONTEXT');
    expect(refused(() => app.enter(Scope.REQUEST, [[B, { name: 'b', parts: [] }]]))).to.equal(
      'SLIPWAY_CONTAINER_CONTEXT',
    );
    expect(request.getSync(User)).to.equal('Ada');
  });

  it('of the scopes that open on the way are taken too', async () => {
    const provider = new Provider('p')
      .context(User, { scope: Scope.SESSION })
      .context(C, { scope: Scope.STEP });
    await using app = await Application.start([provider]);
    const c = { name: 'c', parts: [] };
    await using step = app.enter(Scope.STEP, [
      [User, 'Ada'],
      [C, c],
    ]);
    expect(step.getSync(User)).to.equal('Ada');
    expect(step.getSync(C)).to.equal(c);
  });

  it('of the application are given to its constructor', async () => {
    const provider = new Provider('p')
      .context(User, { scope: Scope.APP })
      .provide(A, { scope: Scope.APP, inject: [User], create: (user) => ({ name: user ?? '', parts: [] }) });
    await using app = await Application.start([provider], { context: [[User, 'root']] });
    expect(app.getSync(A).name).to.equal('root');
    const error = await rejection(SlipwayError, Application.start([provider]));
    expect(error.rawMessage).to.include('User is a value handed in on entering APP, and was not');
    const unknown = Application.start([new Provider('none')], { context: [[User, 'root']] });
    expect((await rejection(SlipwayError, unknown)).code).to.equal('SLIPWAY_CONTAINER_CONTEXT');
  });
});
