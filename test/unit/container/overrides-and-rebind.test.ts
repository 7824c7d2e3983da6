import { expect } from 'chai';
import { ContainerModule } from 'inversify';
import {
  type AnyProvider,
  Application,
  Inject,
  Injectable,
  Provider,
  Scope,
  SlipwayError,
  token,
} from '../../../src/index.js';
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
        (app: Application) => {
          app.container.unbind(B);
          app.container.bind(B).toConstantValue(stub);
        },
        (app: Application) => {
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

  describe('bindings of others', () => {
    it('are injected into ours, and ours into theirs', async () => {
      @Injectable()
      class Service {
        constructor(@Inject(B) readonly b: Thing) {}
      }
      const provider: AnyProvider = new Provider('p')
        .provide(A, { scope: Scope.APP, inject: [Foreign], ...traced([], 'A') })
        .provide(B, { scope: Scope.APP, ...traced([], 'B') });
      const app = new Application([provider]);
      app.container.bind(Foreign).toConstantValue(stub);
      app.container.bind(Service).toSelf().inSingletonScope();
      await app.start();
      expect(app.getSync(A).parts).to.deep.equal([stub]);
      const service = await app.get(Service);
      expect(service.b).to.equal(app.getSync(B));
      expect(app.container.get(Service)).to.equal(service);
      await app.stop();
    });

    it('come and go with a module', async () => {
      const provider: AnyProvider = new Provider('p').provide(A, {
        scope: Scope.REQUEST,
        inject: [Foreign],
        ...traced([], 'A'),
      });
      const app = new Application([provider]);
      const module = new ContainerModule(({ bind }) => {
        bind(Foreign).toConstantValue(stub);
      });
      app.container.load(module);
      await app.start();
      await using request = app.enter();
      expect((await request.get(A)).parts).to.deep.equal([stub]);
      app.container.unload(module);
      await using next = app.enter();
      expect(app.validate().map(({ kind }) => kind)).to.deep.equal(['missing']);
      await rejection(SlipwayError, next.get(Foreign));
      await app.container.loadAsync(
        new ContainerModule(async ({ bind }) => {
          await Promise.resolve();
          bind(Foreign).toConstantValue({ name: 'later', parts: [] });
        }),
      );
      await using last = app.enter();
      expect((await last.get(Foreign)).name).to.equal('later');
      await request.close();
      await next.close();
      await last.close();
      await app.stop();
    });

    it('are ended in their place: after what of ours depends on them, before what they use', async () => {
      const journal: Journal = [];
      const provider: AnyProvider = new Provider('p')
        .provide(A, { scope: Scope.APP, inject: [Foreign], ...traced(journal, 'A') })
        .provide(B, { scope: Scope.APP, ...traced(journal, 'B') });
      const app = new Application([provider]);
      app.container
        .bind(Foreign)
        .toDynamicValue(async (context) => ({ name: 'foreign', parts: [await context.getAsync(B)] }))
        .inSingletonScope()
        .onDeactivation(() => {
          journal.push('close foreign');
        });
      await app.start();
      await app.stop();
      expect(journal.filter((entry) => entry.startsWith('close'))).to.deep.equal([
        'close A',
        'close foreign',
        'close B',
      ]);
    });

    it('that only the container was asked for are ended too, once, and their failure told', async () => {
      const ended: string[] = [];
      const app = new Application([new Provider('p')]);
      app.container
        .bind(Foreign)
        .toDynamicValue(() => stub)
        .inSingletonScope()
        .onDeactivation(() => {
          ended.push('foreign');
          throw new Error('no');
        });
      await app.start();
      app.container.get(Foreign);
      const error = await rejection(SlipwayError, app.stop());
      expect(ended).to.deep.equal(['foreign']);
      expect(error.rawMessage).to.include('Foreign: no');
    });

    it('of modules are ended with the application', async () => {
      const ended: string[] = [];
      const app = new Application([new Provider('p')]);
      app.container.load(
        new ContainerModule(({ bind }) => {
          bind(Foreign)
            .toDynamicValue(() => stub)
            .inSingletonScope()
            .onDeactivation(() => {
              ended.push('foreign');
            });
        }),
      );
      await app.start();
      await app.get(Foreign);
      await app.stop();
      expect(ended).to.deep.equal(['foreign']);
    });

    it('outlive a start that failed, and serve the next', async () => {
      const ended: string[] = [];
      let attempts = 0;
      const provider: AnyProvider = new Provider('p').provide(A, {
        scope: Scope.APP,
        inject: [Foreign],
        create: (...args) => {
          attempts += 1;
          if (attempts === 1) throw new Error('first');
          return { name: 'A', parts: args.slice(0, 1) };
        },
      });
      const app = new Application([provider]);
      app.container
        .bind(Foreign)
        .toDynamicValue(() => stub)
        .inSingletonScope()
        .onDeactivation(() => {
          ended.push('foreign');
        });
      await rejection(SlipwayError, app.start());
      expect(ended).to.deep.equal([]);
      await app.start();
      expect(app.getSync(A).parts).to.deep.equal([stub]);
      await app.stop();
      expect(ended).to.deep.equal(['foreign']);
    });

    it('count as changes, whichever way they come', async () => {
      const { container } = new Application([new Provider('p')]);
      let last = container.changes;
      const changed = async (work: () => unknown): Promise<boolean> => {
        await work();
        const grew = container.changes > last;
        last = container.changes;
        return grew;
      };
      const module = new ContainerModule(({ bind }) => {
        bind(A).toConstantValue(stub);
      });
      for (const work of [
        () => container.bind(B).toConstantValue(stub),
        () => container.rebind(B).toConstantValue(stub),
        async () => (await container.rebindAsync(B)).toConstantValue(stub),
        () => {
          container.unbind(B);
        },
        () => {
          container.load(module);
        },
        () => {
          container.unload(module);
        },
        () => container.loadAsync(module),
        () => container.unloadAsync(module),
        () => {
          container.snapshot();
          container.restore();
        },
        () => container.unbindAsync(A),
        () => {
          container.unbindAll();
        },
        () => container.unbindAllAsync(),
      ]) {
        expect(await changed(work), work.toString()).to.equal(true);
      }
      expect(await changed(() => container.isBound(A))).to.equal(false);
    });
  });
});
