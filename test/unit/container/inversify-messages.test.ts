import { expect } from 'chai';
import { type AnyProvider, Application, BuildError, Provider, Scope, token } from '../../../src/index.js';
import { rejection, thrown } from '../../support/container/failure.js';
import { type Journal, type Thing, traced } from '../../support/container/traced.js';

const Redis = token<Thing>()('Redis');
const Repo = token<Thing>()('Repo');
const Svc = token<Thing>()('Svc');
const Req = token<Thing>()('Req');

function thing(name: string): Thing {
  return { name, parts: [] };
}

/** svc needs repo, which needs redis. */
function three(journal: Journal) {
  return new Provider('three')
    .provide(Redis, { scope: Scope.APP, eager: false, ...traced(journal, 'redis') })
    .provide(Repo, { scope: Scope.APP, eager: false, inject: [Redis], ...traced(journal, 'repo') })
    .provide(Svc, { scope: Scope.APP, eager: false, inject: [Repo], ...traced(journal, 'svc') });
}

describe('inversify, its messages and costs', () => {
  describe('messages', () => {
    it('name the asynchronous dependency, not only the root', async () => {
      const provider = new Provider('p')
        .provide(Redis, { scope: Scope.REQUEST, create: async () => thing('redis') })
        .provide(Svc, { scope: Scope.REQUEST, inject: [Redis], create: (redis) => redis });
      await using app = await Application.start([provider]);
      await using request = app.enter();
      expect(thrown(BuildError, () => request.getSync(Svc)).path).to.deep.equal(['Svc', 'Redis']);
    });

    it('name every missing token with its whole path', () => {
      const provider: AnyProvider = new Provider('p')
        .provide(Svc, { scope: Scope.APP, inject: [Repo], create: (repo) => repo })
        .provide(Repo, { scope: Scope.APP, inject: [Redis, Req], create: (redis) => redis });
      expect(new Application([provider]).validate().map(({ path }) => path.join(' -> '))).to.deep.equal([
        'Svc -> Repo -> Redis',
        'Svc -> Repo -> Req',
      ]);
    });

    it('of a failing factory carry its token and path', async () => {
      const failure = new Error('down');
      const provider = new Provider('p')
        .provide(Redis, { scope: Scope.REQUEST, create: () => Promise.reject(failure) })
        .provide(Svc, { scope: Scope.REQUEST, inject: [Redis], create: (redis) => redis });
      await using app = await Application.start([provider]);
      await using request = app.enter();
      const error = await rejection(BuildError, request.get(Svc));
      expect([error.path, error.cause]).to.deep.equal([['Svc', 'Redis'], failure]);
    });
  });

  it('validation resolves nothing: no factory runs, of ours or of others', () => {
    let ran = 0;
    const run = (): Thing => {
      ran += 1;
      return thing('x');
    };
    const provider: AnyProvider = new Provider('p')
      .provide(Redis, { scope: Scope.APP, create: run })
      .provide(Repo, { scope: Scope.APP, inject: [Svc], create: run });
    const app = new Application([provider]);
    app.container.bind(Svc).toDynamicValue(run);
    expect(app.validate()).to.deep.equal([]);
    expect(ran).to.equal(0);
  });

  it('opening scopes costs the container nothing: no child containers, whose number makes every bind slower', async () => {
    await using app = await Application.start([three([])]);
    const before = app.container.changes;
    const scopes = Array.from({ length: 100 }, () => app.enter());
    expect(app.container.changes).to.equal(before);
    await Promise.all(scopes.map((scope) => scope.close()));
  });
});
