import { expect } from 'chai';
import {
  all,
  Application,
  type AnyProvider,
  type DescribedToken,
  lazy,
  optional,
  Provider,
  Scope,
  token,
} from '../../../../src/index.js';

const A = token<string>()('A');
const B = token<string>()('B');
const C = token<string>()('C');
const create = (): string => 'value';

function described(providers: readonly AnyProvider[]): readonly DescribedToken[] {
  return new Application(providers).describe().tokens;
}

/** What each token needs, by name; `~` before what it holds lazily. */
function needs(tokens: readonly DescribedToken[]): Record<string, readonly string[]> {
  const names = new Map(tokens.map(({ id, name }) => [id, name]));
  return Object.fromEntries(
    tokens.map(({ name, dependencies, lazyDependencies }) => [
      name,
      [
        ...dependencies.map((id) => names.get(id) ?? '?'),
        ...lazyDependencies.map((id) => `~${names.get(id) ?? '?'}`),
      ],
    ]),
  );
}

describe('Application.describe', () => {
  it('tells how each token is made, where it lives and what it needs', () => {
    const provider = new Provider('p')
      .provide(A, { value: 'a' })
      .provide(B, { scope: Scope.REQUEST, inject: [A], create, cached: false })
      .context(C, { scope: Scope.SESSION });
    const { scopes, tokens, problems, criticalPath } = new Application([provider]).describe();
    expect(scopes).to.deep.equal(['APP', 'SESSION', 'REQUEST']);
    expect(problems).to.deep.equal([]);
    expect(criticalPath).to.deep.equal([]);
    const common = { provider: 'p', aliases: [], lazyDependencies: [], problems: [], onCriticalPath: false };
    expect(tokens).to.deep.equal([
      {
        id: 't1',
        name: 'A',
        kind: 'value',
        scope: 'APP',
        eager: true,
        cached: true,
        dependencies: [],
        ...common,
      },
      {
        id: 't2',
        name: 'B',
        kind: 'create',
        scope: 'REQUEST',
        eager: true,
        cached: false,
        dependencies: ['t1'],
        ...common,
      },
      {
        id: 't3',
        name: 'C',
        kind: 'context',
        scope: 'SESSION',
        eager: false,
        cached: true,
        dependencies: [],
        ...common,
      },
    ]);
  });

  it('shows aliases at what they stand for, and both a decorator and what it wraps', () => {
    const tokens = described([
      new Provider('p')
        .provide(A, { value: 'a' })
        .alias(B, A)
        .decorate(A, { create: (a) => a }),
    ]);
    expect(tokens.map(({ name, kind, aliases }) => [name, kind, aliases])).to.deep.equal([
      ['A', 'value', []],
      ['A', 'decorate', ['B']],
    ]);
    expect(tokens[1]?.dependencies).to.deep.equal(['t1']);
  });

  it('shows what is held lazily as a line of its own kind', () => {
    const tokens = described([
      new Provider('p')
        .provide(A, { scope: Scope.APP, inject: [lazy(B)], create })
        .provide(B, { scope: Scope.APP, inject: [A], create }),
    ]);
    expect(needs(tokens)).to.deep.equal({ A: ['~B'], B: ['A'] });
  });

  it('shows a list with its members', () => {
    const tokens = described([
      new Provider('p')
        .provide(A, { value: '1', collect: true })
        .provide(A, { value: '2', collect: true })
        .provide(B, { scope: Scope.APP, inject: [all(A), all(C)], create }),
    ]);
    expect(needs(tokens)).to.deep.include({ B: ['A[]', 'C[]'], 'A[]': ['A', 'A'] });
    expect(tokens.find(({ name }) => name === 'C[]')?.scope).to.equal('APP');
  });

  it('shows what optional asks for in vain, and what is missing, where it is needed', () => {
    const tokens = described([
      new Provider('p').provide(A, {
        scope: Scope.REQUEST,
        inject: [optional(B), C, lazy(C)],
        create,
      }),
    ]);
    expect(tokens.map(({ name, kind, scope }) => [name, kind, scope])).to.deep.equal([
      ['A', 'create', 'REQUEST'],
      ['B?', 'absent', 'REQUEST'],
      ['C', 'missing', 'REQUEST'],
    ]);
    expect(needs(tokens)['A']).to.deep.equal(['B?', 'C', '~C']);
  });

  it('shows an alias of nothing', () => {
    const tokens = described([
      new Provider('p').alias(A, B).provide(C, { scope: Scope.APP, inject: [A], create }),
    ]);
    expect(needs(tokens)).to.deep.equal({ C: ['A'], A: ['B'], B: [] });
    expect(tokens.every(({ scope, problems }) => scope === 'APP' && problems.length > 0)).to.equal(true);
  });

  it('lays each problem to those who have a part in it', () => {
    const tokens = described([
      new Provider('p')
        .provide(A, { scope: Scope.APP, inject: [B], create })
        .provide(B, { scope: Scope.APP, inject: [C], create })
        .provide(C, { scope: Scope.REQUEST, create }),
    ]);
    expect(tokens.map(({ name, problems }) => [name, problems.length])).to.deep.equal([
      ['A', 0],
      ['B', 1],
      ['C', 1],
    ]);
  });

  it('is of the graph as it stands: overrides, conditions and rebinds applied', () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, inject: [B], create })
      .provide(B, { value: 'b' })
      .provide(C, { scope: Scope.APP, create, when: () => false });
    const app = new Application([provider], { overrides: [[A, 'stub']] });
    app.container.rebind(B).toConstantValue('rebound');
    expect(app.describe().tokens.map(({ name, kind, provider: from }) => [name, kind, from])).to.deep.equal([
      ['A', 'value', 'overrides'],
      ['B', 'opaque', ''],
    ]);
  });

  it('has the times and the critical path of the last start', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, create: async () => (await Promise.resolve(), 'a') })
      .provide(B, { scope: Scope.APP, inject: [A], create })
      .provide(C, { scope: Scope.REQUEST, create });
    await using app = await Application.start([provider]);
    const { tokens, criticalPath } = app.describe();
    expect(criticalPath).to.deep.equal(['t1', 't2']);
    const [a, b, c] = tokens;
    expect(a?.durationMs).to.be.at.least(0);
    expect(b?.startedAtMs).to.be.at.least((a?.startedAtMs ?? NaN) + (a?.durationMs ?? NaN) - 0.001);
    expect([a, b, c].map((each) => each?.onCriticalPath)).to.deep.equal([true, true, false]);
    expect(c).to.not.have.any.keys('startedAtMs', 'durationMs');
    // The graph is made anew after a change; what was built keeps its times.
    app.container.rebind(C).toConstantValue('c');
    expect(app.describe().tokens[0]?.durationMs).to.equal(a?.durationMs);
  });
});
