import { expect } from 'chai';
import { ContainerModule } from 'inversify';
import { type AnyProvider, Application, BuildError, Provider, Scope, token } from '../../../src/index.js';
import { rejection } from '../../support/container/failure.js';
import { type Journal, type Thing, traced } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const Foreign = token<Thing>()('Foreign');

const stub: Thing = { name: 'stub', parts: [] };

function chain(journal: Journal, scope: Scope = Scope.APP) {
  return new Provider('chain')
    .provide(A, { scope, inject: [B], ...traced(journal, 'A') })
    .provide(B, { scope, ...traced(journal, 'B') });
}

describe('overrides', () => {
  it('stand in for a factory, which never runs, nor its release', async () => {
    const journal: Journal = [];
    const app = await Application.start([chain(journal)], { overrides: [[B, stub]] });
    expect(app.getSync(A).parts).to.deep.equal([stub]);
    expect(app.getSync(B)).to.equal(stub);
    await app.stop();
    expect(journal).to.deep.equal(['open A', 'close A']);
  });

  it('take the dependencies of what they replace out of the graph', async () => {
    const broken: AnyProvider = new Provider('p').provide(A, {
      scope: Scope.APP,
      inject: [B],
      ...traced([], 'A'),
    });
    await using app = await Application.start([broken], { overrides: [[A, stub]] });
    expect(app.getSync(A)).to.equal(stub);
  });

  it('replace what lives in a scope, a context value, an alias and a decorated thing', async () => {
    const provider = chain([], Scope.REQUEST)
      .context(Foreign, { scope: Scope.REQUEST })
      .decorate(B, { create: (inner) => ({ name: 'wrapped', parts: [inner] }) });
    await using app = await Application.start([provider], {
      overrides: [
        [B, stub],
        [Foreign, stub],
      ],
    });
    await using request = app.enter();
    expect((await request.get(A)).parts).to.deep.equal([stub]);
    expect(request.getSync(Foreign)).to.equal(stub);
    expect((await rejection(BuildError, app.get(B))).code).to.equal('SLIPWAY_CONTAINER_SCOPE');
    await using given = app.enter(Scope.REQUEST, [[Foreign, { name: 'given', parts: [] }]]);
    expect(given.getSync(Foreign)).to.equal(stub);
    const aliased = new Provider('p').alias(Foreign, A).provide(A, { scope: Scope.APP, ...traced([], 'A') });
    await using other = await Application.start([aliased], { overrides: [[Foreign, stub]] });
    expect(other.getSync(Foreign)).to.equal(stub);
    expect(other.getSync(A).name).to.equal('A');
  });

  it('may be undefined, and are of one application alone', async () => {
    const Text = token<string | undefined>()('Text');
    const provider = new Provider('p').provide(Text, { value: 'real' });
    await using test = await Application.start([provider], { overrides: [[Text, undefined]] });
    await using real = await Application.start([provider]);
    expect(await test.get(Text)).to.equal(undefined);
    expect(await real.get(Text)).to.equal('real');
  });

  it('may replace what somebody else bound', async () => {
    const app = new Application([chain([])], { overrides: [[B, stub]] });
    app.container.bind(Foreign).toConstantValue(stub);
    expect(app.validate()).to.deep.equal([]);
    const of = new Application([chain([])], { overrides: [[Foreign, stub]] });
    expect(of.validate().map(({ kind }) => kind)).to.deep.equal(['nothing-to-override']);
    of.container.bind(Foreign).toConstantValue({ name: 'bound', parts: [] });
    expect(of.validate()).to.deep.equal([]);
  });

  it('restore nothing and leave nothing: the next application builds the real thing', async () => {
    const journal: Journal = [];
    const provider = chain(journal);
    await (await Application.start([provider], { overrides: [[B, stub]] })).stop();
    await (await Application.start([provider])).stop();
    expect(journal).to.deep.equal(['open A', 'close A', 'open B', 'open A', 'close A', 'close B']);
  });
});

describe('Application.container', () => {
  it('gives every token by inversify’s own get, getAsync and isBound', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...traced([], 'A') })
      .provide(B, { scope: Scope.APP, eager: false, create: async () => stub });
    await using app = await Application.start([provider]);
    expect(app.container.isBound(A)).to.equal(true);
    expect(app.container.get(A)).to.equal(app.getSync(A));
    expect(await app.container.getAsync(B)).to.equal(stub);
    expect(app.container.get(B)).to.equal(stub);
  });

  it('tells that the application is not started', () => {
    const app = new Application([chain([])]);
    expect(() => app.container.get(A)).to.throw('SLIPWAY_CONTAINER_NOT_STARTED');
  });

  describe('rebind before start()', () => {
    it('keeps the real factory from running', async () => {
      const journal: Journal = [];
      const app = new Application([chain(journal)]);
      app.container.rebind(B).toConstantValue(stub);
      await app.start();
      expect(app.getSync(A).parts).to.deep.equal([stub]);
      expect(await app.get(B)).to.equal(stub);
      await app.stop();
      expect(journal).to.deep.equal(['open A', 'close A']);
    });

    it('also by rebindAsync, unbind and bind, and by a module', async () => {
      for (const replace of [
        async (app: Application) => (await app.container.rebindAsync(B)).toConstantValue(stub),
        async (app: Application) => {
          app.container.unbind(B);
          app.container.bind(B).toConstantValue(stub);
        },
        async (app: Application) => {
          app.container.load(
            new ContainerModule(({ rebind }) => {
              rebind(B).toConstantValue(stub);
            }),
          );
        },
      ]) {
        const journal: Journal = [];
        const app = new Application<readonly AnyProvider[]>([chain(journal)]);
        await replace(app);
        await app.start();
        expect(app.getSync(A).parts).to.deep.equal([stub]);
        expect(journal).to.deep.equal(['open A']);
        await app.stop();
      }
    });

    it('takes the decorators with it', async () => {
      const provider = chain([]).decorate(B, { create: (inner) => ({ name: 'wrapped', parts: [inner] }) });
      const app = new Application([provider]);
      app.container.rebind(B).toConstantValue(stub);
      await app.start();
      expect(await app.get(B)).to.equal(stub);
      await app.stop();
    });

    it('waits for a binding that is asynchronous, once', async () => {
      let made = 0;
      const app = new Application([chain([])]);
      app.container
        .rebind(B)
        .toDynamicValue(async () => {
          made += 1;
          return stub;
        })
        .inSingletonScope();
      await app.start();
      expect(app.getSync(A).parts).to.deep.equal([stub]);
      expect(await app.get(B)).to.equal(stub);
      expect(app.getSync(B)).to.equal(stub);
      expect(made).to.equal(1);
      await app.stop();
    });
  });

  describe('rebind on a running application', () => {
    it('is what the next scope sees; open ones and what is built keep the old', async () => {
      const provider = chain([], Scope.REQUEST);
      await using app = await Application.start([provider]);
      await using before = app.enter();
      const old = await before.get(B);
      app.container.rebind(B).toConstantValue(stub);
      expect(await before.get(B)).to.equal(old);
      expect((await before.get(A)).parts).to.deep.equal([old]);
      await using after = app.enter();
      expect((await after.get(A)).parts).to.deep.equal([stub]);
    });

    it('still releases what had been built, when its scope ends', async () => {
      const journal: Journal = [];
      const app = await Application.start([chain(journal)]);
      app.container.rebind(B).toConstantValue(stub);
      await using request = app.enter();
      expect(await request.get(B)).to.equal(stub);
      await request.close();
      await app.stop();
      expect(journal).to.deep.equal(['open B', 'open A', 'close A', 'close B']);
    });

    it('keeps each scope’s values in their places, also where tokens come in', async () => {
      const provider = chain([], Scope.REQUEST).provide(Foreign, {
        scope: Scope.REQUEST,
        ...traced([], 'F'),
      });
      await using app = await Application.start([provider]);
      await using open = app.enter();
      const [a, b] = [await open.get(A), await open.get(B)];
      app.container.bind(token<string>()('new')).toConstantValue('x');
      await using next = app.enter();
      await next.get(Foreign);
      expect(await open.get(A)).to.equal(a);
      expect(await open.get(B)).to.equal(b);
    });
  });
});
