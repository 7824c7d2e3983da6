import { expect } from 'chai';
import {
  all,
  Application,
  BuildError,
  lazy,
  named,
  optional,
  Provider,
  Scope,
  token,
} from '../../../src/index.js';
import { quiet } from '../../support/container/deferred.js';
import { rejection } from '../../support/container/failure.js';
import { type Journal, type Thing, traced, tracedAfter } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');
const Label = token<string>()('Label');

const labels = new Provider('labels')
  .provide(Label, { value: 'plain' })
  .provide(named(Label, 'loud'), { value: 'LOUD' });

describe('all', () => {
  const Check = token<string>()('Check');
  const Report = token<readonly string[]>()('Report');
  const checks = new Provider('checks')
    .provide(Check, { scope: Scope.APP, collect: true, create: async () => 'redis' })
    .provide(Check, { scope: Scope.APP, collect: true, inject: [Label], create: (label) => label })
    .provide(Check, { scope: Scope.APP, collect: true, when: () => false, create: () => 'off' })
    .provide(Report, { scope: Scope.APP, inject: [all(Check)], create: (given) => given });

  it('gives what every collected factory makes, in order, without those switched off', async () => {
    const more = new Provider('more').provide(Check, {
      scope: Scope.APP,
      collect: true,
      create: () => 'kafka',
    });
    await using app = await Application.start([checks, labels, more]);
    expect(app.getSync(Report)).to.deep.equal(['redis', 'plain', 'kafka']);
    expect(await app.get(all(Check))).to.equal(app.getSync(Report));
  });

  it('is a list that nobody can change', async () => {
    await using app = await Application.start([checks, labels]);
    const list = app.getSync(Report) as string[];
    expect(() => list.push('more')).to.throw(TypeError);
  });

  it('is empty where nothing is collected, also for one asked for late', async () => {
    await using app = await Application.start([labels]);
    expect(await app.get(all(A))).to.deep.equal([]);
    await using request = app.enter();
    expect(request.getSync(all(B))).to.deep.equal([]);
  });

  it('leaves the token itself to the factory that is not collected', async () => {
    const provider = new Provider('p')
      .provide(Check, { scope: Scope.APP, create: () => 'single' })
      .provide(Check, { scope: Scope.APP, collect: true, create: () => 'collected' });
    await using app = await Application.start([provider]);
    expect(app.getSync(Check)).to.equal('single');
    expect(app.getSync(all(Check))).to.deep.equal(['collected']);
    await using only = await Application.start([checks, labels]);
    expect((await rejection(BuildError, only.get(Check))).code).to.equal('SLIPWAY_CONTAINER_MISSING');
  });

  it('lives in the shortest scope of its members, and releases each after those who hold the list', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, collect: true, ...traced(journal, 'first') })
      .provide(A, { scope: Scope.REQUEST, collect: true, ...traced(journal, 'second') })
      .provide(B, { scope: Scope.REQUEST, inject: [all(A)], ...traced(journal, 'holder') });
    const app = await Application.start([provider]);
    const request = app.enter();
    const [list] = (await request.get(B)).parts as [readonly Thing[]];
    expect(list.map(({ name }) => name)).to.deep.equal(['first', 'second']);
    await request.close();
    await app.stop();
    expect(journal.slice(3)).to.deep.equal(['close holder', 'close second', 'close first']);
  });
});

describe('optional', () => {
  const Holder = token<{ readonly part: Thing | undefined }>()('Holder');
  const holder = new Provider('holder').provide(Holder, {
    scope: Scope.APP,
    inject: [optional(A)],
    create: (part) => ({ part }),
  });

  it('is undefined where nothing provides the token, and the value where something does', async () => {
    await using without = await Application.start([holder]);
    expect(without.getSync(Holder).part).to.equal(undefined);
    const provider = new Provider('p').provide(A, { scope: Scope.APP, ...traced([], 'A') });
    await using having = await Application.start([holder, provider]);
    expect(having.getSync(Holder).part).to.equal(having.getSync(A));
  });

  it('does not forgive a failure', async () => {
    const provider = new Provider('p').provide(A, {
      scope: Scope.APP,
      create: () => {
        throw new Error('down');
      },
    });
    await rejection(Error, Application.start([holder, provider]));
  });

  it('is undefined also where it is asked for late, whatever else stands there', async () => {
    await using app = await Application.start([labels]);
    expect(await app.get(optional(A))).to.equal(undefined);
    expect(app.getSync(optional(B))).to.equal(undefined);
    await using request = app.enter();
    expect(request.getSync(optional(C))).to.equal(undefined);
    expect(await request.get(optional(Label))).to.equal('plain');
  });
});

describe('lazy', () => {
  it('builds at the first call, once, and where the thing lives', async () => {
    const journal: Journal = [];
    const Later = token<() => Promise<Thing>>()('Later');
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, eager: false, ...tracedAfter(journal, 'A', {}) })
      .provide(Later, { scope: Scope.REQUEST, inject: [lazy(A)], create: (later) => later });
    await using app = await Application.start([provider]);
    const request = app.enter();
    const later = await request.get(Later);
    expect(journal).to.deep.equal([]);
    const [first, second] = await Promise.all([later(), later()]);
    expect(first).to.equal(second);
    await request.close();
    expect(journal).to.deep.equal(['opening A', 'open A']);
    expect(await app.get(A)).to.equal(first);
  });

  it('breaks a cycle', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, inject: [lazy(B)], create: (later) => ({ name: 'A', parts: [later] }) })
      .provide(B, { scope: Scope.APP, inject: [A], create: (a) => ({ name: 'B', parts: [a] }) });
    await using app = await Application.start([provider]);
    const [later] = app.getSync(A).parts as [() => Promise<Thing>];
    expect(await later()).to.equal(app.getSync(B));
  });

  it('of one scope is bound to that scope', async () => {
    const provider = new Provider('p').provide(A, { scope: Scope.REQUEST, ...traced([], 'A') }).provide(B, {
      scope: Scope.REQUEST,
      inject: [lazy(A)],
      create: (later) => ({ name: 'B', parts: [later] }),
    });
    await using app = await Application.start([provider]);
    await using first = app.enter();
    await using second = app.enter();
    const later = async (scope: typeof first): Promise<Thing> => {
      const [call] = (await scope.get(B)).parts as [() => Promise<Thing>];
      return call();
    };
    expect(await later(first)).to.equal(first.getSync(A));
    expect(await later(second)).to.equal(second.getSync(A));
    expect(await later(first)).to.not.equal(await later(second));
  });

  it('fails after its scope has closed', async () => {
    const provider = new Provider('p').provide(A, { scope: Scope.REQUEST, ...traced([], 'A') }).provide(B, {
      scope: Scope.REQUEST,
      inject: [lazy(A)],
      create: (later) => ({ name: 'B', parts: [later] }),
    });
    await using app = await Application.start([provider]);
    const request = app.enter();
    const [later] = (await request.get(B)).parts as [() => Promise<Thing>];
    await request.close();
    await quiet();
    const error = await rejection(Error, later());
    expect(error.message).to.include('SLIPWAY_CONTAINER_CLOSED');
  });
});

describe('named', () => {
  it('keeps tokens of one type apart', async () => {
    await using app = await Application.start([labels]);
    expect([app.getSync(Label), app.getSync(named(Label, 'loud'))]).to.deep.equal(['plain', 'LOUD']);
    const error = await rejection(BuildError, app.get(named(Label, 'lout')));
    expect(error.rawMessage).to.include('Did you mean Label(loud)?');
  });
});
