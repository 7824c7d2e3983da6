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
  StopError,
  token,
  tokenName,
} from '../../../src/index.js';
import { rejection } from '../../support/container/failure.js';
import { type Journal, type Thing, traced } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const Foreign = token<Thing>()('Foreign');

const stub: Thing = { name: 'stub', parts: [] };

describe('bindings of others on the container', () => {
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

  it('that only the container was asked for are ended last bound first', async () => {
    const ended: string[] = [];
    const app = new Application([new Provider('p')]);
    const keys = ['first', 'second'].map((name) => token<Thing>()(name));
    for (const key of keys) {
      const binding = app.container.bind(key).toDynamicValue(() => stub);
      binding.inSingletonScope().onDeactivation(() => void ended.push(tokenName(key)));
    }
    await app.start();
    for (const key of keys) app.container.get(key);
    await app.stop();
    expect(ended).to.deep.equal(['second', 'first']);
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

  it('of modules that fail to end are named so, and the rest is ended', async () => {
    const failing = new ContainerModule(({ bind }) => {
      const binding = bind(Foreign).toDynamicValue(() => stub);
      binding.inSingletonScope().onDeactivation(() => Promise.reject(new Error('stuck')));
    });
    const app = new Application([new Provider('p')]);
    app.container.load(failing);
    await app.start();
    app.container.get(Foreign);
    const { failures } = await rejection(StopError, app.stop());
    expect(failures.map(({ token: name }) => name)).to.deep.equal(['a ContainerModule']);
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
