import { expect } from 'chai';
import { type AnyProvider, Provider, Scope, type Token, token } from '../../../src/index.js';
import { Request } from '../../support/container/request.js';

const count = 6;

/** As many tokens in `scope` as any slot has a number; each gives its own name. */
function named(provider: AnyProvider, scope: string): readonly Token<string>[] {
  return Array.from({ length: count }, (_, index) => {
    const key = token<string>()(`${scope} ${index}`);
    provider.provide(key, { scope, eager: false, create: () => `${scope} ${index}` });
    return key;
  });
}

/** What a class with so many parameters got, whatever it is. */
class Args {
  readonly all: readonly unknown[];

  constructor(...all: unknown[]) {
    this.all = all;
  }
}

describe('the arguments of a class', () => {
  for (const amount of [0, 1, 2, 3, 4, count]) {
    for (const way of ['get', 'getSync'] as const) {
      it(`are built in order by ${way}, ${amount} of them`, async () => {
        const provider: AnyProvider = new Provider('p');
        const keys = named(provider, Scope.REQUEST).slice(0, amount);
        provider.provide(Args, { scope: Scope.REQUEST, inject: keys, class: Args });
        await using request = await Request.open(provider);
        const { all } = await request.scope[way](Args);
        expect(all).to.deep.equal(keys.map((_key, index) => `REQUEST ${index}`));
        expect(await request.scope[way](Args)).to.equal(await request.scope.get(Args));
      });
    }
  }

  it('come from the scope they live in, whatever stands at the same place of another', async () => {
    const provider: AnyProvider = new Provider('p');
    const outside = named(provider, Scope.APP);
    const between = named(provider, Scope.SESSION);
    const inside = named(provider, Scope.REQUEST);
    provider.provide(Args, {
      scope: Scope.REQUEST,
      cached: false,
      inject: [...outside, ...between, ...inside],
      class: Args,
    });
    await using request = await Request.open(provider);
    for (const key of inside) request.scope.getSync(key);
    const expected = [Scope.APP, Scope.SESSION, Scope.REQUEST].flatMap((scope) =>
      inside.map((_key, index) => `${scope} ${index}`),
    );
    for (let time = 0; time < 2; time += 1) expect(request.scope.getSync(Args).all).to.deep.equal(expected);
    for (const [index, key] of outside.entries()) expect(request.scope.getSync(key)).to.equal(`APP ${index}`);
    for (const [index, key] of between.entries())
      expect(request.scope.getSync(key)).to.equal(`SESSION ${index}`);
  });
});
