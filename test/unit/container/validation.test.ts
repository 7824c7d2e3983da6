import { expect } from 'chai';
import {
  all,
  type AnyProvider,
  Application,
  GraphError,
  type GraphProblem,
  Inject,
  lazy,
  optional,
  Provider,
  Scope,
  token,
} from '../../../src/index.js';
import { rejection } from '../../support/container/failure.js';
import { type Journal, type Thing, traced } from '../../support/container/traced.js';

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

describe('Application.validate', () => {
  it('finds nothing wrong with a sound graph, and builds nothing', () => {
    const journal: Journal = [];
    const provider = new Provider('sound')
      .provide(A, { scope: Scope.REQUEST, inject: [B], ...traced(journal, 'A') })
      .provide(B, { scope: Scope.APP, ...traced(journal, 'B') });
    expect(new Application([provider]).validate()).to.deep.equal([]);
    expect(journal).to.deep.equal([]);
  });

  describe('missing', () => {
    it('draws the path from what nothing else needs down to what is missing', () => {
      const Mailer = token<Thing>()('Mailer');
      const provider = new Provider('p')
        .provide(A, { scope: Scope.APP, inject: [B], create: thing })
        .provide(B, { scope: Scope.APP, inject: [C], create: thing })
        .provide(C, { scope: Scope.APP, inject: [Mailer], create: thing });
      expect(problems(provider)).to.deep.equal([
        {
          kind: 'missing',
          token: 'Mailer',
          path: ['A', 'B', 'C', 'Mailer'],
          message: 'C needs Mailer, which nothing provides.',
          hint: 'Provide Mailer, or inject optional(Mailer).',
        },
      ]);
    });

    it('names the nearest tokens', () => {
      const Clocks = token<Thing>()('Clocks');
      const Cloak = token<Thing>()('cloak');
      const provider = new Provider('p')
        .provide(Clock, { scope: Scope.APP, create: thing })
        .provide(Cloak, { scope: Scope.APP, create: thing })
        .provide(token<Thing>()('Calendar'), { scope: Scope.APP, create: thing })
        .provide(A, { scope: Scope.APP, inject: [Clocks], create: thing });
      const [problem] = problems(provider);
      expect(problem?.hint).to.equal(
        'Did you mean Clock or cloak? Otherwise: Provide Clocks, or inject optional(Clocks).',
      );
    });

    it('tells that another token has the same name', () => {
      const provider = new Provider('p')
        .provide(Clock, { scope: Scope.APP, create: thing })
        .provide(A, { scope: Scope.APP, inject: [token<Thing>()('Clock')], create: thing });
      const [problem] = problems(provider);
      expect(problem?.kind).to.equal('missing');
      expect(problem?.hint).to.include('Another token is also called Clock: two calls of token()');
    });

    it('is found behind an alias, a decorator, a collected factory, a class and a lazy', () => {
      class Service {
        constructor(@Inject(D) readonly d: Thing) {}
      }
      const provider = new Provider('p')
        .alias(A, D)
        .provide(B, { scope: Scope.APP, create: thing })
        .decorate(B, { inject: [D], create: (inner) => inner })
        .provide(C, { scope: Scope.APP, collect: true, inject: [D], create: thing })
        .provideClass(Service, { scope: Scope.APP })
        .provide(Clock, { scope: Scope.APP, inject: [lazy(D)], create: thing });
      const found = problems(provider);
      expect(found.map(({ kind }) => kind)).to.deep.equal(Array<string>(5).fill('missing'));
      expect(found.map(({ path }) => path.join(' -> '))).to.have.members([
        'A -> D',
        'B -> D',
        'C -> D',
        'Service -> D',
        'Clock -> () => D -> D',
      ]);
    });

    it('does not mind an optional, nor all of nothing', () => {
      const provider: AnyProvider = new Provider('p').provide(A, {
        scope: Scope.APP,
        inject: [optional(B), all(C)],
        create: thing,
      });
      expect(problems(provider)).to.deep.equal([]);
    });
  });

  it('calls missing what is switched off by its `when` inactive', () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, inject: [B], create: thing })
      .provide(B, { scope: Scope.APP, when: () => false, create: thing });
    expect(problems(provider)).to.deep.equal([
      {
        kind: 'inactive',
        token: 'B',
        path: ['A', 'B'],
        message: 'A needs B, whose factories are all switched off by their `when`.',
        hint: 'Let one of them take part, or inject optional(B).',
      },
    ]);
  });

  describe('cycle', () => {
    it('names its members in order, and what would break it', () => {
      const provider = new Provider('p')
        .provide(D, { scope: Scope.APP, inject: [A], create: thing })
        .provide(A, { scope: Scope.APP, inject: [B], create: thing })
        .provide(B, { scope: Scope.APP, inject: [C], create: thing })
        .provide(C, { scope: Scope.APP, inject: [A], create: thing });
      expect(problems(provider)).to.deep.equal([
        {
          kind: 'cycle',
          token: 'A',
          path: ['A', 'B', 'C'],
          message: 'A -> B -> C -> A is a cycle: none of them can be built first.',
          hint: 'Inject lazy(A) into C, or move what both need into a third.',
        },
      ]);
    });

    it('is found where something needs itself, and where a decorator needs what needs it', () => {
      expect(
        kinds(new Provider('p').provide(A, { scope: Scope.APP, inject: [A], create: thing })),
      ).to.deep.equal(['cycle']);
      const decorated = new Provider('p')
        .provide(A, { scope: Scope.APP, create: thing })
        .provide(B, { scope: Scope.APP, inject: [A], create: thing })
        .decorate(A, { inject: [B], create: (inner) => inner });
      expect(problems(decorated).map(({ kind, path }) => [kind, path])).to.deep.equal([
        ['cycle', ['A', 'B']],
      ]);
    });

    it('is found through an alias, whichever of the two comes first', () => {
      const through = token<Thing>()('Through');
      const alias = new Provider('alias').alias(through, A);
      const factory = new Provider('factory').provide(A, {
        scope: Scope.APP,
        inject: [through],
        create: thing,
      });
      expect(problems(alias, factory).map(({ kind, path }) => [kind, path])).to.deep.equal([
        ['cycle', ['A']],
      ]);
      expect(problems(factory, alias).map(({ kind, path }) => [kind, path])).to.deep.equal([
        ['cycle', ['A']],
      ]);
    });

    it('is found through an optional and through all of a token', () => {
      const throughOptional = new Provider('p')
        .provide(A, { scope: Scope.APP, inject: [optional(B)], create: thing })
        .provide(B, { scope: Scope.APP, inject: [A], create: thing });
      expect(problems(throughOptional).map(({ path }) => path)).to.deep.equal([['A', 'B']]);
      const throughAll = new Provider('p')
        .provide(B, { scope: Scope.APP, inject: [all(C)], create: thing })
        .provide(C, { scope: Scope.APP, collect: true, inject: [all(C)], create: thing });
      expect(problems(throughAll).map(({ kind, path }) => [kind, path])).to.deep.equal([
        ['cycle', ['C[]', 'C']],
      ]);
    });

    it('of aliases is told once, however many need them', () => {
      const provider = new Provider('p')
        .provide(D, { scope: Scope.APP, inject: [A, B], create: thing })
        .alias(A, B)
        .alias(B, C)
        .alias(C, A);
      expect(problems(provider)).to.deep.equal([
        {
          kind: 'cycle',
          token: 'C',
          path: ['C', 'A', 'B'],
          message: 'C -> A -> B -> C is a cycle of aliases: none of them stands for a factory.',
          hint: 'Provide one of them by a factory.',
        },
      ]);
    });

    it('is none where something in it is lazy, also through an alias or a list met half made', () => {
      const Other = token<Thing>()('Other');
      const lazily = new Provider('p')
        .provide(A, { scope: Scope.APP, inject: [B], create: thing })
        .provide(B, { scope: Scope.APP, inject: [lazy(A)], create: thing })
        .alias(Other, C)
        .provide(C, { scope: Scope.APP, inject: [lazy(Other)], create: thing })
        .provide(Clock, { scope: Scope.REQUEST, inject: [all(D)], create: thing })
        .provide(D, { scope: Scope.REQUEST, collect: true, inject: [lazy(all(D))], create: thing });
      expect(problems(lazily)).to.deep.equal([]);
    });
  });

  describe('captive', () => {
    it('names both scopes and both ways out', () => {
      const provider = new Provider('p')
        .provide(A, { scope: Scope.APP, inject: [B], create: thing })
        .provide(B, { scope: Scope.APP, inject: [C], create: thing })
        .provide(C, { scope: Scope.REQUEST, create: thing });
      expect(problems(provider)).to.deep.equal([
        {
          kind: 'captive',
          token: 'C',
          path: ['A', 'B', 'C'],
          message:
            "B lives in APP but needs C, which lives only in REQUEST: it would keep one REQUEST's for all others.",
          hint: 'Give B the scope REQUEST, or C the scope APP.',
        },
      ]);
    });

    it('is found behind an alias, an optional, a list, a lazy and a context value', () => {
      const provider = new Provider('p')
        .context(D, { scope: Scope.REQUEST })
        .alias(C, D)
        .provide(B, { scope: Scope.STEP, collect: true, create: thing })
        .provide(A, {
          scope: Scope.APP,
          inject: [C, optional(D), all(B), lazy(D)],
          create: thing,
        });
      const found = problems(provider);
      expect(found.map(({ kind }) => kind)).to.deep.equal(Array<string>(4).fill('captive'));
      expect(found.map(({ path }) => path.join(' -> '))).to.deep.equal([
        'A -> D',
        'A -> D',
        'A -> B[]',
        'A -> () => D',
      ]);
    });

    it('is a decorator that lives longer than what it wraps', () => {
      const provider = new Provider('p')
        .provide(A, { scope: Scope.REQUEST, create: thing })
        .decorate(A, { scope: Scope.APP, create: (inner) => inner });
      expect(kinds(provider)).to.deep.equal(['captive']);
    });
  });

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

  it('lists every problem of every kind at once', () => {
    class Service {
      constructor(readonly a: Thing) {}
    }
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, inject: [token<Thing>()('Nowhere'), B], create: thing })
      .provide(B, { scope: Scope.REQUEST, create: thing })
      .provide(B, { scope: Scope.REQUEST, create: thing })
      .provide(B, { scope: Scope.STEP, override: true, create: thing })
      .provide(C, { scope: Scope.APP, inject: [D], create: thing })
      .provide(D, { scope: Scope.APP, inject: [C, token<Thing>()('Elsewhere')], create: thing })
      .provide(token<Thing>()('Lost'), { scope: 'NOWHERE', create: thing })
      .provide(token<Thing>()('Off'), { scope: Scope.APP, when: () => false, create: thing })
      .provideClass(Service as new () => Service, { scope: Scope.APP })
      .decorate(token<Thing>()('Bare'), { create: (inner) => inner });
    const app = new Application([provider as AnyProvider], { overrides: [[Clock, thing()]] });
    expect(
      app
        .validate()
        .map(({ kind, token: name }) => `${kind} ${name}`)
        .toSorted(),
    ).to.deep.equal([
      'captive B',
      'cycle C',
      'declaration Service',
      'duplicate B',
      'missing Elsewhere',
      'missing Nowhere',
      'nothing-to-decorate Bare',
      'nothing-to-override Clock',
      'override-scope B',
      'unknown-scope Lost',
    ]);
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

describe('GraphError', () => {
  it('is what start() rejects with, before anything is opened', async () => {
    const journal: Journal = [];
    const provider: AnyProvider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...traced(journal, 'A') })
      .provide(B, { scope: Scope.APP, inject: [A, C], ...traced(journal, 'B') });
    const app = new Application([provider]);
    const error = await rejection(GraphError, app.start());
    expect(error.code).to.equal('SLIPWAY_CONTAINER_INVALID');
    expect(error.problems).to.deep.equal(app.validate());
    expect(error.context).to.deep.equal({ problems: [{ kind: 'missing', key: 'C', path: ['B', 'C'] }] });
    expect(journal).to.deep.equal([]);
  });

  it('draws every path and every cycle', async () => {
    const Mailer = token<Thing>()('Mailer');
    const provider: AnyProvider = new Provider('p')
      .provide(A, { scope: Scope.APP, inject: [B], create: thing })
      .provide(B, { scope: Scope.APP, inject: [C], create: thing })
      .provide(C, { scope: Scope.APP, inject: [Mailer], create: thing })
      .provide(D, { scope: Scope.APP, inject: [Clock], create: thing })
      .provide(Clock, { scope: Scope.APP, inject: [D], create: thing });
    const { rawMessage } = await rejection(GraphError, new Application([provider]).start());
    expect(rawMessage).to.equal(
      `The container has 2 problems:

1. C needs Mailer, which nothing provides.
   A
   └─> B
      └─> C
         └─> Mailer
   Hint: Provide Mailer, or inject optional(Mailer).

2. D -> Clock -> D is a cycle: none of them can be built first.
   ╭─> D
   ╰─< Clock
   Hint: Inject lazy(D) into Clock, or move what both need into a third.`,
    );
  });

  it('draws longer cycles and those of one', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, inject: [B], create: thing })
      .provide(B, { scope: Scope.APP, inject: [C], create: thing })
      .provide(C, { scope: Scope.APP, inject: [A], create: thing })
      .provide(D, { scope: Scope.APP, inject: [D], create: thing });
    const { rawMessage } = await rejection(GraphError, new Application([provider]).start());
    expect(rawMessage).to.include('   ╭─> A\n   │ ▼ B\n   ╰─< C\n').and.include('   ╭─> D\n   ╰───╯\n');
  });
});
