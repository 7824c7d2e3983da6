import { expect } from 'chai';
import { type AnyProvider, Application, Provider, Scope, type Token, token } from '../../../src/index.js';

const [A, B, C, D, E, Missing] = ['A', 'B', 'C', 'D', 'E', 'Missing'].map((name) =>
  token<string>()(name),
) as [Token<string>, Token<string>, Token<string>, Token<string>, Token<string>, Token<string>];

interface Needs {
  readonly of: Token<string>;
  readonly eager?: boolean | 'if-used';
  readonly inject: readonly Token<string>[];
}

/** The path of the one problem that is told of `Missing`. */
function pathOf(...factories: readonly Needs[]): readonly string[] | undefined {
  const provider: AnyProvider = new Provider('p');
  for (const { of, eager = true, inject } of factories) {
    provider.provide(of, { scope: Scope.APP, eager, inject, create: () => '' });
  }
  const missing = new Application<readonly AnyProvider[]>([provider])
    .validate()
    .filter(({ kind }) => kind === 'missing');
  expect(missing).to.have.length(1);
  return missing[0]?.path;
}

describe('the path of a problem', () => {
  const needsMissing: Needs = { of: A, inject: [Missing] };

  it('is the thing itself where nothing needs it', () => {
    expect(pathOf(needsMissing)).to.deep.equal(['A', 'Missing']);
  });

  it('begins where nothing needs it any more', () => {
    expect(pathOf(needsMissing, { of: B, inject: [A] }, { of: C, inject: [B] })).to.deep.equal([
      'C',
      'B',
      'A',
      'Missing',
    ]);
  });

  it('is the shortest of several', () => {
    const long: readonly Needs[] = [
      { of: B, inject: [A] },
      { of: C, inject: [B] },
    ];
    expect(pathOf(needsMissing, ...long, { of: D, inject: [A] })).to.deep.equal(['D', 'A', 'Missing']);
    for (const eager of [false, 'if-used'] as const) {
      const lazily = [needsMissing, ...long, { of: D, inject: [A] }].map((each) => ({ ...each, eager }));
      expect(pathOf(...lazily)).to.deep.equal(['D', 'A', 'Missing']);
    }
  });

  it('is a longer one where only that begins with something eager', () => {
    expect(
      pathOf(
        needsMissing,
        { of: D, eager: 'if-used', inject: [A] },
        { of: B, eager: false, inject: [A] },
        { of: C, inject: [B] },
      ),
    ).to.deep.equal(['C', 'B', 'A', 'Missing']);
  });

  it('ends somewhere in a circle where there is nothing but a circle', () => {
    const path = pathOf({ of: A, inject: [Missing, B] }, { of: B, inject: [C] }, { of: C, inject: [A] });
    expect(path).to.deep.equal(['B', 'C', 'A', 'Missing']);
  });

  it('leads out of a circle where something needs it', () => {
    const path = pathOf(
      { of: A, inject: [Missing, B] },
      { of: B, inject: [C] },
      { of: C, inject: [A] },
      { of: E, eager: false, inject: [C] },
    );
    expect(path).to.deep.equal(['E', 'C', 'A', 'Missing']);
  });
});
