import { expect } from 'chai';
import {
  type AnyProvider,
  Application,
  type GraphProblem,
  Provider,
  Scope,
  token,
} from '../../../src/index.js';
import type { Thing } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');
const Missing = token<Thing>()('Missing');

function thing(): Thing {
  return { name: 'thing', parts: [] };
}

const inRequest = { scope: Scope.REQUEST, create: thing };

function problems(provider: AnyProvider, options?: { overrides: readonly [[typeof A, Thing]] }) {
  return new Application<readonly AnyProvider[]>([provider], options ?? {})
    .validate()
    .map(({ kind, token: name, hint }: GraphProblem) => [kind, name, hint]);
}

describe('what takes part in a graph', () => {
  it('is an override of something that has no scope of its own, in any scope', () => {
    const provider = new Provider('p')
      .provide(A, { value: thing() })
      .provide(A, { ...inRequest, override: true })
      .provide(B, { scope: Scope.STEP, create: thing })
      .alias(C, B)
      .provide(C, { ...inRequest, override: true });
    expect(problems(provider)).to.deep.equal([]);
  });

  it('is a value, or a decorator, only in a scope that there is', () => {
    const provider = new Provider('p')
      .provide(A, { value: thing(), scope: 'REQUES' })
      .provide(B, inRequest)
      .decorate(B, { scope: 'nowhere at all', create: (b) => b });
    expect(problems(provider)).to.deep.equal([
      ['unknown-scope', 'A', "Did you mean 'REQUEST'?"],
      ['unknown-scope', 'B', 'Name one of these.'],
    ]);
  });

  it('is no override of what is not there, whatever else it is called like', () => {
    const provider = new Provider('p').provide(token<Thing>()('Something'), inRequest);
    expect(problems(provider, { overrides: [[A, thing()]] })).to.deep.equal([
      ['nothing-to-override', 'A', 'Remove it, or add the provider it belongs to.'],
    ]);
    const second = new Provider('p').provide(A, { ...inRequest, override: true });
    expect(problems(second)).to.deep.equal([
      ['nothing-to-override', 'A', 'Remove override: true, or put the provider it overrides before it.'],
    ]);
  });

  it('is missing, not switched off, where an alias leads to nothing', () => {
    const provider = new Provider('p').alias(A, Missing).provide(B, { ...inRequest, inject: [A] });
    expect(problems(provider).map(([kind, name]) => [kind, name])).to.deep.equal([
      ['missing', 'Missing'],
      ['missing', 'A'],
    ]);
  });

  it('is nothing whose condition asks for itself', () => {
    let asked: boolean | undefined;
    const provider = new Provider('p').provide(A, {
      ...inRequest,
      when: ({ has }) => {
        asked = has(A);
        return true;
      },
    });
    expect(problems(provider)).to.deep.equal([
      [
        'declaration',
        'A',
        'Its `when` asks for a token whose own `when` asks back: decide one of them by something else.',
      ],
    ]);
    expect(asked).to.equal(false);
  });

  it('is seen by conditions where one of several takes part', () => {
    const seen: boolean[] = [];
    const provider = new Provider('p')
      .provide(A, { ...inRequest, collect: true, when: () => false })
      .provide(A, { ...inRequest, collect: true })
      .provide(B, { ...inRequest, when: () => false })
      .provide(C, { ...inRequest, when: ({ has }) => seen.push(has(A), has(B), has(Missing)) > 0 });
    expect(problems(provider)).to.deep.equal([]);
    expect(seen).to.deep.equal([true, false, false]);
  });
});
