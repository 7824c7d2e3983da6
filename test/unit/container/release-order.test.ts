import { expect } from 'chai';
import { Application, lazy, type OpenScope, Provider, Scope, token } from '../../../src/index.js';
import { Deferred, quiet } from '../../support/container/deferred.js';
import { type Journal, type Thing, traced, tracedAfter } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');

describe('the order of release', () => {
  let journal: Journal;
  let end: Deferred;

  beforeEach(() => {
    journal = [];
    end = new Deferred();
  });

  /** Releases only when the test says so. */
  function held(name: string) {
    return { scope: Scope.REQUEST, ...tracedAfter(journal, name, { closed: end.promise }) };
  }

  /** What has been done to the scope's values once all that need not wait for `end` has happened. */
  async function whileHeld(scope: OpenScope): Promise<readonly string[]> {
    journal.length = 0;
    const closed = scope.close();
    await quiet();
    const done = [...journal];
    end.resolve();
    await closed;
    return done;
  }

  it('is none between things that only hold each other lazily', async () => {
    const provider = new Provider('p')
      .provide(A, { ...held('A'), inject: [lazy(B)] })
      .provide(B, { ...held('B'), inject: [lazy(A)] });
    await using app = await Application.start([provider]);
    const request = app.enter();
    await request.get(A);
    await request.get(B);
    expect(await whileHeld(request)).to.have.members(['closing A', 'closing B']);
  });

  it('has a dependant first where what it depends on holds it lazily', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, inject: [lazy(B)], ...traced(journal, 'A') })
      .provide(B, { ...held('B'), inject: [A] })
      .provide(C, { scope: Scope.REQUEST, inject: [A], ...traced(journal, 'C') });
    await using app = await Application.start([provider]);
    const request = app.enter();
    await request.get(B);
    await request.get(C);
    expect(await whileHeld(request)).to.have.members(['closing B', 'close C']);
    expect(journal.slice(2)).to.deep.equal(['close B', 'close A']);
  });

  it('has every one of those made anew after all that may have been given it', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, cached: false, ...traced(journal, 'A') })
      .provide(B, { ...held('B'), inject: [A] })
      .provide(C, { scope: Scope.REQUEST, inject: [A], ...traced(journal, 'C') });
    await using app = await Application.start([provider]);
    const request = app.enter();
    await request.get(B);
    await request.get(C);
    expect(await whileHeld(request)).to.have.members(['closing B', 'close C']);
    expect(journal.slice(2)).to.deep.equal(['close B', 'close A', 'close A']);
  });

  it('lets one made anew go that was built after what needs another of it', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, cached: false, inject: [lazy(B)], ...traced(journal, 'A') })
      .provide(B, { ...held('B'), inject: [A] });
    await using app = await Application.start([provider]);
    const request = app.enter();
    await request.get(B);
    await request.get(A);
    expect(await whileHeld(request)).to.have.members(['close A', 'closing B']);
    expect(journal.slice(2)).to.deep.equal(['close B', 'close A']);
  });

  it('is not that of things of other scopes', async () => {
    const outside = Array.from({ length: 4 }, (_, index) => token<Thing>()(`outside ${index}`));
    const inside = Array.from({ length: 4 }, (_, index) => token<Thing>()(`inside ${index}`));
    const provider: Provider<string, string> = new Provider('p');
    for (const key of outside) provider.provide(key, { scope: Scope.APP, ...traced(journal, 'outside') });
    // Whatever slot a thing inside has: one outside that the first depends on has the same.
    provider.provide(A, { ...held('A'), inject: outside });
    for (const key of inside) provider.provide(key, { scope: Scope.REQUEST, ...traced(journal, 'inside') });
    await using app = await Application.start([provider]);
    const request = app.enter();
    for (const key of [...inside, A]) await request.get(key);
    expect(await whileHeld(request)).to.deep.equal(['closing A', ...inside.map(() => 'close inside')]);
  });
});
