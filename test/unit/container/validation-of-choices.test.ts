import { expect } from 'chai';
import {
  type AnyProvider,
  Application,
  type GraphProblem,
  Inject,
  Provider,
  Scope,
  token,
} from '../../../src/index.js';
import { type Thing } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');
const D = token<Thing>()('D');
const Clock = token<Thing>()('Clock');

function thing(...parts: readonly unknown[]): Thing {
  return { name: 'thing', parts };
}

function problems(...providers: readonly AnyProvider[]): readonly GraphProblem[] {
  return new Application(providers).validate();
}

function kinds(...providers: readonly AnyProvider[]): readonly string[] {
  return problems(...providers).map(({ kind }) => kind);
}

describe('Application.validate, of what was chosen', () => {
  describe('duplicate', () => {
    it('names both providers', () => {
      const [problem, ...others] = problems(
        new Provider('one').provide(A, { scope: Scope.APP, create: thing }),
        new Provider('two').provide(A, { scope: Scope.APP, create: thing }),
      );
      expect(others).to.deep.equal([]);
      expect(problem).to.include({
        kind: 'duplicate',
        token: 'A',
        message: "A is provided twice: in provider 'one' and in provider 'two'.",
      });
      expect(problem?.hint).to.include('override: true');
    });

    it('is an alias, a context value or a class of a token that is provided', () => {
      const first = new Provider('first').provide(A, { scope: Scope.APP, create: thing });
      expect(
        kinds(first, new Provider('p').provide(B, { scope: Scope.APP, create: thing }).alias(A, B)),
      ).to.deep.equal(['duplicate']);
      expect(kinds(first, new Provider('p').context(A, { scope: Scope.APP }))).to.deep.equal(['duplicate']);
    });

    it('is not what is collected, switched off, or says override: true', () => {
      const provider = new Provider('p')
        .provide(A, { scope: Scope.APP, create: thing })
        .provide(A, { scope: Scope.APP, override: true, create: thing })
        .provide(A, { scope: Scope.APP, when: () => false, create: thing })
        .provide(A, { scope: Scope.APP, collect: true, create: thing });
      expect(problems(provider)).to.deep.equal([]);
    });
  });

  describe('overrides', () => {
    it('of nothing are told, with the nearest token', () => {
      const provider = new Provider('p').provide(Clock, { scope: Scope.APP, create: thing });
      const app = new Application([provider], { overrides: [[token<Thing>()('Clok'), thing()]] });
      expect(app.validate()).to.deep.equal([
        {
          kind: 'nothing-to-override',
          token: 'Clok',
          path: ['Clok'],
          message: 'The override of Clok replaces nothing: no factory provides it.',
          hint: 'Did you mean Clock?',
        },
      ]);
    });

    it('of one token twice are told', () => {
      const provider = new Provider('p').provide(A, { scope: Scope.APP, create: thing });
      const app = new Application([provider], {
        overrides: [
          [A, thing()],
          [A, thing()],
        ],
      });
      expect(app.validate().map(({ kind, token: name }) => ({ kind, name }))).to.deep.equal([
        { kind: 'duplicate', name: 'A' },
      ]);
    });

    it('that stand before what they override, or override nothing, are told', () => {
      const [problem, ...others] = problems(
        new Provider('first').provide(A, { scope: Scope.APP, override: true, create: thing }),
      );
      expect(others).to.deep.equal([]);
      expect(problem).to.include({ kind: 'nothing-to-override', token: 'A' });
      expect(problem?.message).to.include(
        "provider 'first' says override: true, but nothing before it provides A",
      );
    });

    it('in another scope are told', () => {
      const [problem, ...others] = problems(
        new Provider('real').provide(A, { scope: Scope.REQUEST, create: thing }),
        new Provider('test').provide(A, { scope: Scope.APP, override: true, create: thing }),
      );
      expect(others).to.deep.equal([]);
      expect(problem).to.deep.equal({
        kind: 'override-scope',
        token: 'A',
        path: ['A'],
        message: "A is overridden in the scope APP, but its factory in provider 'real' lives in REQUEST.",
        hint: 'Give the override the scope REQUEST.',
      });
    });
  });

  it('tells of a decorator that wraps nothing, but not of one whose factory is switched off', () => {
    expect(problems(new Provider('p').decorate(A, { create: (inner) => inner }))).to.deep.equal([
      {
        kind: 'nothing-to-decorate',
        token: 'A',
        path: ['A'],
        message: "A is decorated in provider 'p', but nothing provides A.",
        hint: 'Provide A, or remove its decorator.',
      },
    ]);
    const off = new Provider('p')
      .provide(A, { scope: Scope.APP, when: () => false, create: thing })
      .decorate(A, { create: (inner) => inner });
    expect(problems(off)).to.deep.equal([]);
  });

  it('tells of an unknown scope, and the nearest', () => {
    const provider = new Provider('p')
      .provide(A, { scope: 'REQEST', create: thing })
      .provide(B, { scope: 'forever', create: thing })
      .context(C, { scope: 'STEPS' })
      .provide(D, { create: thing } as unknown as { scope: string; create: () => Thing });
    const found = problems(provider);
    expect(found.map(({ kind }) => kind)).to.deep.equal(Array<string>(4).fill('unknown-scope'));
    expect(found[0]?.message).to.equal(
      "A has the scope 'REQEST', which is none of RUNTIME, APP, SESSION, REQUEST, ACTION, STEP.",
    );
    expect(found.map(({ hint }) => hint)).to.deep.equal([
      "Did you mean 'REQUEST'?",
      'Name one of these.',
      "Did you mean 'STEP'?",
      'Name one of these.',
    ]);
    expect(found[3]?.message).to.include('the scope undefined');
  });

  describe('declaration', () => {
    it('is at fault where a constructor parameter has no token', () => {
      class Service {
        constructor(
          @Inject(A) readonly a: Thing,
          readonly b: Thing,
        ) {}
      }
      const provider = new Provider('p')
        .provide(A, { scope: Scope.APP, create: thing })
        .provideClass(Service, { scope: Scope.APP });
      const [problem, ...others] = problems(provider);
      expect(others).to.deep.equal([]);
      expect(problem).to.include({ kind: 'declaration', token: 'Service' });
      expect(problem?.message).to.include("Parameter 2 of Service's constructor has no token");
    });

    it('is at fault where whether a factory takes part depends on itself', () => {
      const provider = new Provider('p')
        .provide(A, { scope: Scope.APP, when: ({ has }) => !has(B), create: thing })
        .provide(B, { scope: Scope.APP, when: ({ has }) => !has(A), create: thing });
      const found = problems(provider);
      expect(found.map(({ kind }) => kind)).to.deep.equal(['declaration']);
      expect(found[0]?.message).to.equal('Whether A takes part depends on itself.');
    });
  });

  it('sees what was bound on the container since', () => {
    const provider: AnyProvider = new Provider('p').provide(A, {
      scope: Scope.APP,
      inject: [B],
      create: thing,
    });
    const app = new Application([provider]);
    expect(app.validate().map(({ token: name }) => name)).to.deep.equal(['B']);
    app.container.bind(B).toConstantValue(thing());
    expect(app.validate()).to.deep.equal([]);
    app.container.unbind(B);
    expect(app.validate()).to.have.length(1);
  });
});
