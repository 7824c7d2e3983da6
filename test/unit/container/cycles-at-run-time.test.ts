import { expect } from 'chai';
import { BuildError, type OpenScope, Provider, Scope, type Token, token } from '../../../src/index.js';
import { Deferred, quiet } from '../../support/container/deferred.js';
import { rejection } from '../../support/container/failure.js';
import { Request } from '../../support/container/request.js';
import type { Thing } from '../../support/container/traced.js';

const [A, B, C, D] = ['A', 'B', 'C', 'D'].map((name) => token<Thing>()(name)) as [
  Token<Thing, 'A'>,
  Token<Thing, 'B'>,
  Token<Thing, 'C'>,
  Token<Thing, 'D'>,
];

describe('a cycle that only calls close', () => {
  let scope: OpenScope;

  /** A factory in REQUEST that asks for `keys`, all at once and after an await. */
  function asking(...keys: readonly Token<Thing>[]) {
    return {
      scope: Scope.REQUEST,
      create: async (): Promise<Thing> => {
        await quiet();
        return { name: 'asking', parts: await Promise.all(keys.map((key) => scope.get(key))) };
      },
    };
  }

  it('is found whichever of several calls closes it', async () => {
    const end = new Deferred();
    const provider = new Provider('p')
      .provide(A, asking(B, C))
      .provide(B, {
        scope: Scope.REQUEST,
        create: () => end.promise.then(() => ({ name: 'B', parts: [] })),
      })
      .provide(C, {
        scope: Scope.REQUEST,
        create: async () => {
          await quiet();
          await quiet();
          return scope.get(A);
        },
      });
    await using request = await Request.open(provider);
    scope = request.scope;
    const error = await rejection(BuildError, scope.get(C));
    expect(error.code).to.equal('SLIPWAY_CONTAINER_CYCLE');
    end.resolve();
  });

  it('tells who asked for whom', async () => {
    const provider = new Provider('p')
      .provide(A, { ...asking(B), cached: false })
      .provide(B, { scope: Scope.REQUEST, inject: [A], create: (a) => a });
    await using request = await Request.open(provider);
    scope = request.scope;
    const error = await rejection(BuildError, scope.get(B));
    expect(error.path.slice(-2)).to.deep.equal(['A', 'B']);
    expect(error.rawMessage).to.equal(
      'The factory of A waits for itself: what it asks the container for needs A. Inject lazy(...) and ask after the build. Path: B -> A -> B.',
    );
  });

  it('is none through what was injected and is there', async () => {
    const end = new Deferred();
    const provider = new Provider('p')
      .provide(A, { ...asking(B) })
      .provide(B, {
        scope: Scope.REQUEST,
        inject: [D],
        create: (d) => end.promise.then(() => ({ name: 'B', parts: [d] })),
      })
      .provide(D, { scope: Scope.REQUEST, create: () => ({ name: 'D', parts: [] }) });
    await using request = await Request.open(provider);
    scope = request.scope;
    const b = scope.get(B);
    const a = scope.get(A);
    await quiet();
    await quiet();
    end.resolve();
    expect((await a).parts).to.deep.equal([await b]);
  });

  it('is none through a build that has failed and is waited for no more', async () => {
    const end = new Deferred();
    const tried = [new Deferred(), new Deferred()];
    let tries = 0;
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.REQUEST,
        create: async () => {
          await scope.get(B).catch(() => undefined);
          await end.promise;
          return { name: 'A', parts: [] };
        },
      })
      .provide(B, { scope: Scope.REQUEST, inject: [D], create: (d) => d })
      .provide(D, {
        scope: Scope.REQUEST,
        create: async () => {
          await quiet();
          tries += 1;
          tried[tries - 1]?.resolve();
          if (tries === 1) throw new Error('not yet');
          return { name: 'D', parts: [await scope.get(A)] };
        },
      });
    await using request = await Request.open(provider);
    scope = request.scope;
    const a = scope.get(A);
    await tried[0]?.promise;
    await quiet();
    const d = scope.get(D);
    await tried[1]?.promise;
    await quiet();
    end.resolve();
    expect((await d).parts).to.deep.equal([await a]);
  });

  describe('where what is asked for is not cached', () => {
    it('is none where only others wait for the asker', async () => {
      const provider = new Provider('p')
        .provide(A, { ...asking(B), cached: false })
        .provide(B, { scope: Scope.REQUEST, cached: false, create: () => ({ name: 'B', parts: [] }) })
        .provide(C, { scope: Scope.REQUEST, inject: [A], create: (a) => a });
      await using request = await Request.open(provider);
      scope = request.scope;
      expect((await scope.get(C)).parts).to.deep.equal([{ name: 'B', parts: [] }]);
    });

    it('is found among others that are built meanwhile', async () => {
      const end = new Deferred();
      const provider = new Provider('p')
        .provide(A, { ...asking(B) })
        .provide(B, { scope: Scope.REQUEST, cached: false, inject: [A], create: (a) => a })
        .provide(D, {
          scope: Scope.REQUEST,
          create: () => end.promise.then(() => ({ name: 'D', parts: [] })),
        });
      await using request = await Request.open(provider);
      scope = request.scope;
      const d = scope.get(D);
      const error = await rejection(BuildError, scope.get(B));
      expect(error.code).to.equal('SLIPWAY_CONTAINER_CYCLE');
      expect(error.path.slice(-2)).to.deep.equal(['A', 'B']);
      end.resolve();
      await d;
    });
  });
});
