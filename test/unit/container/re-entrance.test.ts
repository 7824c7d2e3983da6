import { expect } from 'chai';
import {
  Application,
  BuildError,
  lazy,
  type OpenScope,
  Provider,
  Scope,
  StartError,
  type Token,
  token,
} from '../../../src/index.js';
import { Deferred, isPending, quiet } from '../../support/container/deferred.js';
import { rejection, thrown } from '../../support/container/failure.js';
import { type Thing, traced, tracedAfter } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');

/** Something that asks the container for `key` while it is built. */
function asking(
  scope: () => OpenScope | Application,
  key: Token<Thing>,
  before: () => Promise<void> = quiet,
) {
  return async (): Promise<Thing> => {
    await before();
    return { name: 'asking', parts: [await scope().get(key)] };
  };
}

describe('a factory that asks the container', () => {
  it('gets what does not wait for it', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, create: asking(() => app, B) })
      .provide(B, { scope: Scope.APP, create: asking(() => app, C) })
      .provide(C, { scope: Scope.APP, ...traced([], 'C') });
    const app: Application = new Application([provider]);
    await app.start();
    expect(app.getSync(A).parts).to.deep.equal([app.getSync(B)]);
    expect(app.getSync(B).parts).to.deep.equal([app.getSync(C)]);
    await app.stop();
  });

  it('for itself gets a cycle error: at once, after an await, and by getSync', async () => {
    const creations: readonly ((scope: () => OpenScope) => () => Thing | Promise<Thing>)[] = [
      (scope) => () => scope().get(A),
      (scope) => () => scope().getSync(A),
      (scope) => async () => {
        await quiet();
        return scope().get(A);
      },
    ];
    for (const creation of creations) {
      const provider = new Provider('p').provide(A, {
        scope: Scope.REQUEST,
        create: creation(() => request),
      });
      await using app = await Application.start([provider]);
      await using request: OpenScope = app.enter();
      const error = await rejection(BuildError, request.get(A));
      expect(error.code).to.equal('SLIPWAY_CONTAINER_CYCLE');
      expect(error.rawMessage)
        .to.include('The factory of A waits for itself')
        .and.include('Inject lazy(...)');
    }
  });

  it('for itself gets a cycle error in a constructor too, also where that waited for its arguments', async () => {
    let open: OpenScope | undefined;
    class Service {
      readonly self: Service | undefined;
      constructor(readonly a: Thing) {
        this.self = open?.getSync(Service);
      }
    }
    for (const create of [traced([], 'A').create, tracedAfter([], 'A', {}).create]) {
      const provider = new Provider('p')
        .provide(A, { scope: Scope.REQUEST, create: (): Thing | Promise<Thing> => create() })
        .provideClass(Service, { scope: Scope.REQUEST, inject: [A] });
      await using app = await Application.start([provider]);
      open = app.enter();
      expect((await rejection(BuildError, open.get(Service))).code).to.equal('SLIPWAY_CONTAINER_CYCLE');
      await open.close();
    }
  });

  it('for what needs it gets a cycle error with the path, not a deadlock', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, create: asking(() => request, C) })
      .provide(B, { scope: Scope.REQUEST, inject: [A], create: (a) => a })
      .provide(C, { scope: Scope.REQUEST, inject: [B], create: (b) => b });
    await using app = await Application.start([provider]);
    await using request: OpenScope = app.enter();
    const error = await rejection(BuildError, request.get(C));
    expect(error.code).to.equal('SLIPWAY_CONTAINER_CYCLE');
    expect(error.path).to.include.members(['A', 'C']);
  });

  it('gets a cycle error where two that are built at once ask for each other', async () => {
    const meet = new Deferred();
    let asked = 0;
    const both = async (): Promise<void> => {
      asked += 1;
      if (asked === 2) meet.resolve();
      await meet.promise;
    };
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, create: asking(() => app, B, both) })
      .provide(B, { scope: Scope.APP, create: asking(() => app, A, both) });
    const app: Application = new Application([provider]);
    const error = await rejection(StartError, app.start());
    expect(error.errors.map((each) => (each as BuildError).code)).to.deep.equal(['SLIPWAY_CONTAINER_CYCLE']);
  });

  it('gets a cycle error around three, through injection and calls', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, create: asking(() => request, B) })
      .provide(B, { scope: Scope.REQUEST, inject: [C], create: (c) => c })
      .provide(C, { scope: Scope.REQUEST, create: asking(() => request, A) });
    await using app = await Application.start([provider]);
    await using request: OpenScope = app.enter();
    const asked = [A, B, C].map((key) => rejection(BuildError, request.get(key)));
    for (const error of await Promise.all(asked)) expect(error.code).to.equal('SLIPWAY_CONTAINER_CYCLE');
  });

  it('gets a cycle error across scopes', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, eager: false, create: asking(() => request, B) })
      .provide(B, { scope: Scope.REQUEST, inject: [A], create: (a) => a });
    await using app = await Application.start([provider]);
    const request: OpenScope = app.enter();
    const error = await rejection(BuildError, request.get(B));
    expect(error.code).to.equal('SLIPWAY_CONTAINER_CYCLE');
    await request.close();
  });

  it('gets a cycle error through a lazy that it calls', async () => {
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.APP,
        inject: [lazy(B)],
        create: async (later): Promise<Thing> => ({ name: 'A', parts: [await later()] }),
      })
      .provide(B, { scope: Scope.APP, inject: [A], create: (a) => a });
    const error = await rejection(StartError, Application.start([provider]));
    expect((error.errors[0] as BuildError).code).to.equal('SLIPWAY_CONTAINER_CYCLE');
  });

  it('gets a cycle error through the inversify container', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, create: (): Promise<Thing> => app.container.getAsync(B) })
      .provide(B, { scope: Scope.APP, inject: [A], create: (a) => a });
    const app: Application = new Application([provider]);
    const error = await rejection(StartError, app.start());
    expect((error.errors[0] as BuildError).code).to.equal('SLIPWAY_CONTAINER_CYCLE');
  });

  describe('where something on the way is not cached', () => {
    it('for itself gets a cycle error, not ever more of it', async () => {
      let built = 0;
      const provider = new Provider('p').provide(A, {
        scope: Scope.REQUEST,
        cached: false,
        create: async (): Promise<Thing> => {
          built += 1;
          await quiet();
          return request.get(A);
        },
      });
      await using app = await Application.start([provider]);
      await using request: OpenScope = app.enter();
      const error = await rejection(BuildError, request.get(A));
      expect(error.code).to.equal('SLIPWAY_CONTAINER_CYCLE');
      expect(built).to.be.lessThan(3);
    });

    it('gets a cycle error too, injected or asked for', async () => {
      const provider = new Provider('p')
        .provide(A, { scope: Scope.REQUEST, cached: false, create: asking(() => request, B) })
        .provide(B, { scope: Scope.REQUEST, inject: [A], create: (a) => a });
      await using app = await Application.start([provider]);
      await using request: OpenScope = app.enter();
      expect((await rejection(BuildError, request.get(B))).code).to.equal('SLIPWAY_CONTAINER_CYCLE');
      expect((await rejection(BuildError, request.get(A))).code).to.equal('SLIPWAY_CONTAINER_CYCLE');
      const asked = new Provider('p')
        .provide(A, { scope: Scope.REQUEST, cached: false, create: asking(() => second, B) })
        .provide(B, { scope: Scope.REQUEST, create: asking(() => second, A) });
      await using other = await Application.start([asked]);
      await using second: OpenScope = other.enter();
      expect((await rejection(BuildError, second.get(B))).code).to.equal('SLIPWAY_CONTAINER_CYCLE');
    });

    it('is not blamed for another of the same token that waits for it', async () => {
      const end = new Deferred();
      let made = 0;
      const provider = new Provider('p')
        .provide(A, {
          scope: Scope.REQUEST,
          cached: false,
          create: async (): Promise<Thing> => {
            made += 1;
            const mine = made;
            if (mine === 1) await request.get(C);
            return { name: String(mine), parts: [] };
          },
        })
        .provide(B, {
          scope: Scope.REQUEST,
          inject: [A],
          create: async (a) => {
            await end.promise;
            return a;
          },
        })
        .provide(C, { scope: Scope.REQUEST, create: asking(() => request, B) });
      await using app = await Application.start([provider]);
      await using request: OpenScope = app.enter();
      const [first, c] = [request.get(A), request.get(C)];
      end.resolve();
      expect((await c).parts).to.deep.equal([{ name: '2', parts: [] }]);
      expect((await first).name).to.equal('1');
    });
  });

  it('is free again once it is built: its own calls later wait for nobody', async () => {
    let call: (() => Promise<Thing>) | undefined;
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.APP,
        create: async () => {
          await quiet();
          call = () => app.get(B);
          return { name: 'A', parts: [] };
        },
      })
      .provide(B, {
        scope: Scope.APP,
        inject: [A],
        eager: false,
        create: (a) => ({ name: 'B', parts: [a] }),
      });
    const app: Application = new Application([provider]);
    await app.start();
    expect((await call?.())?.name).to.equal('B');
    await app.stop();
  });

  it('may open a scope while the application starts? No: that is a typed error, and its start fails', async () => {
    const provider = new Provider('p').provide(A, {
      scope: Scope.APP,
      create: () => {
        app.enter();
        return { name: 'A', parts: [] };
      },
    });
    const app: Application = new Application([provider]);
    const error = await rejection(StartError, app.start());
    expect(error.message).to.include('SLIPWAY_CONTAINER_NOT_STARTED');
  });

  it('cannot ask for what is on the stack by getSync, through others', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, create: (): Thing => request.getSync(B) })
      .provide(B, { scope: Scope.REQUEST, inject: [A], create: (a) => a });
    await using app = await Application.start([provider]);
    await using request: OpenScope = app.enter();
    expect(thrown(BuildError, () => request.getSync(A)).code).to.equal('SLIPWAY_CONTAINER_CYCLE');
    expect(await isPending(request.close())).to.equal(false);
  });
});
