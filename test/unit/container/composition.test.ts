import { expect } from 'chai';
import {
  type AnyProvider,
  Application,
  BuildError,
  Inject,
  Injectable,
  lazy,
  named,
  type Outcome,
  Provider,
  Scope,
  token,
} from '../../../src/index.js';
import { rejection } from '../../support/container/failure.js';
import { type Journal, type Thing, traced, tracedAfter } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');
const Label = token<string>()('Label');

const labels = new Provider('labels')
  .provide(Label, { value: 'plain' })
  .provide(named(Label, 'loud'), { value: 'LOUD' });

describe('a class', () => {
  @Injectable()
  class Greeter {
    constructor(
      @Inject(Label) readonly label: string,
      @Inject(named(Label, 'loud')) readonly loud: string,
    ) {}
  }

  it('gets the tokens of its Injects in the order of its parameters', async () => {
    await using app = await Application.start([
      labels,
      new Provider('p').provideClass(Greeter, { scope: Scope.APP }),
    ]);
    const greeter = app.getSync(Greeter);
    expect(greeter).to.be.instanceOf(Greeter);
    expect([greeter.label, greeter.loud]).to.deep.equal(['plain', 'LOUD']);
  });

  it('may stand for a token, and be released', async () => {
    interface Greets {
      readonly label: string;
    }
    const Greets = token<Greets>()('Greets');
    const released: Greets[] = [];
    const provider = new Provider('p').provide(Greets, {
      scope: Scope.REQUEST,
      class: Greeter,
      release: (greeter) => void released.push(greeter),
    });
    await using app = await Application.start([labels, provider]);
    const request = app.enter();
    const greeter = await request.get(Greets);
    await request.close();
    expect(released).to.deep.equal([greeter]);
  });

  for (let count = 0; count <= 5; count += 1) {
    it(`of ${count} parameters may take its tokens from a tuple`, async () => {
      class Many {
        readonly parts: readonly unknown[];
        constructor(...parts: readonly unknown[]) {
          this.parts = parts;
        }
      }
      const keys = [1, 2, 3, 4, 5].slice(0, count).map((index) => token<string>()(`part ${index}`));
      const provider: AnyProvider = new Provider('p').provideClass(Many, {
        scope: Scope.REQUEST,
        inject: keys,
      });
      for (const key of keys) provider.provide(key, { value: `value of ${keys.indexOf(key)}` });
      await using app = await Application.start([provider]);
      await using first = app.enter();
      await using second = app.enter();
      const parts = keys.map((_key, index) => `value of ${index}`);
      expect(first.getSync(Many).parts).to.deep.equal(parts);
      expect((await second.get(Many)).parts).to.deep.equal(parts);
    });
  }

  it('that inherits a constructor without declaring its parameters is a problem, not undefined', () => {
    class Loud extends Greeter {}
    class Louder extends Loud {}
    for (const target of [Loud, Louder]) {
      const [problem, ...others] = new Application([
        labels,
        new Provider('p').provideClass(target, { scope: Scope.APP }),
      ]).validate();
      expect(others).to.deep.equal([]);
      expect(problem?.kind).to.equal('declaration');
      expect(problem?.message).to.include(`${target.name} inherits a constructor from`);
      expect(problem?.hint).to.equal('Every constructor parameter needs its token.');
    }
  });

  it('that inherits may be given its tuple, or a constructor of its own', async () => {
    class Loud extends Greeter {}
    class Fixed extends Greeter {
      constructor(@Inject(named(Label, 'loud')) loud: string) {
        super(loud, loud);
      }
    }
    const provider = new Provider('p')
      .provideClass(Loud, { scope: Scope.APP, inject: [named(Label, 'loud'), Label] })
      .provideClass(Fixed, { scope: Scope.APP });
    await using app = await Application.start([labels, provider]);
    expect(app.getSync(Loud).label).to.equal('LOUD');
    expect(app.getSync(Fixed).label).to.equal('LOUD');
  });

  it('that inherits from one that takes nothing needs no declaration', async () => {
    class Base {
      readonly name = 'base';
    }
    class Derived extends Base {}
    await using app = await Application.start([
      new Provider('p').provideClass(Derived, { scope: Scope.APP }),
    ]);
    expect(app.getSync(Derived).name).to.equal('base');
  });

  it('whose constructor throws fails like any factory', async () => {
    const failure = new Error('no');
    class Broken {
      readonly name = 'broken';
      constructor() {
        throw failure;
      }
    }
    await using app = await Application.start([
      new Provider('p')
        .provideClass(Broken, { scope: Scope.REQUEST, inject: [] })
        .provide(A, { scope: Scope.REQUEST, inject: [Broken], create: () => ({ name: 'A', parts: [] }) }),
    ]);
    await using request = app.enter();
    const error = await rejection(BuildError, request.get(A));
    expect(error.cause).to.equal(failure);
    expect(error.path).to.deep.equal(['A', 'Broken']);
  });
});

describe('an alias', () => {
  it('gives the same object under a second token, however it is asked for', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .alias(C, B)
      .alias(B, A)
      .provide(A, { scope: Scope.REQUEST, ...traced(journal, 'A') });
    await using app = await Application.start([provider]);
    const request = app.enter();
    expect(await request.get(C)).to.equal(await request.get(A));
    expect(request.getSync(B)).to.equal(request.getSync(A));
    await request.close();
    expect(journal).to.deep.equal(['open A', 'close A']);
  });
});

describe('a decorator', () => {
  it('wraps what the factory gives; several wrap in the order they were added', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, ...traced(journal, 'A') })
      .decorate(A, { ...traced(journal, 'inner') })
      .decorate(A, { inject: [Label], ...traced(journal, 'outer') });
    await using app = await Application.start([labels, provider]);
    const request = app.enter();
    const outer = await request.get(A);
    expect(outer.name).to.equal('outer');
    expect(outer.parts[1]).to.equal('plain');
    const inner = outer.parts[0] as Thing;
    expect(inner.name).to.equal('inner');
    expect(inner.parts).to.have.length(1);
    expect((inner.parts[0] as Thing).name).to.equal('A');
    await request.close();
    expect(journal).to.deep.equal([
      'open A',
      'open inner',
      'open outer',
      'close outer',
      'close inner',
      'close A',
    ]);
  });

  it('may come from a provider that stands before the factory', async () => {
    const decorating: AnyProvider = new Provider('d').decorate(A, {
      create: (inner) => ({ name: 'wrapped', parts: [inner] }),
    });
    const providing = new Provider('p').provide(A, { scope: Scope.APP, ...traced([], 'A') });
    await using app = await Application.start([decorating, providing]);
    expect(app.getSync(A).name).to.equal('wrapped');
  });

  it('may live in a narrower scope: one wrapper a scope around one thing', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...traced(journal, 'A') })
      .decorate(A, { scope: Scope.REQUEST, ...traced(journal, 'wrapper') });
    await using app = await Application.start([provider]);
    await using first = app.enter();
    await using second = app.enter();
    const [one, other] = [first.getSync(A), second.getSync(A)];
    expect(one).to.not.equal(other);
    expect(one.parts[0]).to.equal(other.parts[0]);
    await first.close();
    expect(journal).to.deep.equal(['open A', 'open wrapper', 'open wrapper', 'close wrapper']);
  });

  it('may be asynchronous or a generator, released before what it wraps', async () => {
    const journal: Journal = [];
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...tracedAfter(journal, 'A', {}) })
      .decorate(A, {
        create: async function* (inner): AsyncGenerator<Thing, void, Outcome> {
          yield { name: 'generated', parts: [inner] };
          journal.push('close generated');
        },
      });
    const app = await Application.start([provider]);
    expect(app.getSync(A).name).to.equal('generated');
    await app.stop();
    expect(journal.slice(-3)).to.deep.equal(['close generated', 'closing A', 'close A']);
  });

  it('is what everybody gets, also one that the wrapped thing reaches lazily', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, inject: [lazy(B)], create: () => ({ name: 'plain', parts: [] }) })
      .provide(B, { scope: Scope.APP, inject: [A], create: (a) => ({ name: 'B', parts: [a] }) })
      .decorate(A, { create: (inner) => ({ name: 'wrapped', parts: [inner] }) });
    await using app = await Application.start([provider]);
    expect((app.getSync(B).parts[0] as Thing).name).to.equal('wrapped');
  });

  it('of an alias wraps it for that token alone', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, ...traced([], 'A') })
      .alias(B, A)
      .decorate(B, { create: (inner) => ({ name: 'wrapped', parts: [inner] }) });
    await using app = await Application.start([provider]);
    expect(app.getSync(B).parts[0]).to.equal(app.getSync(A));
  });

  it('wraps a binding of somebody else too', async () => {
    const provider: AnyProvider = new Provider('p').decorate(A, {
      create: (inner) => ({ name: 'wrapped', parts: [inner] }),
    });
    const app = new Application([provider]);
    const bound = { name: 'bound', parts: [] };
    app.container.bind(A).toConstantValue(bound);
    await app.start();
    expect((await app.get(A)).parts).to.deep.equal([bound]);
    await app.stop();
  });
});

describe('Provider.include', () => {
  it('takes in the factories, decorators and overrides of others as if provided here', async () => {
    const test = new Provider('test').provide(Label, { value: 'test', override: true });
    const loud = new Provider('loud').decorate(Label, { create: (inner) => `${inner}!` }) as AnyProvider;
    await using app = await Application.start([new Provider('all').include(labels, test, loud)]);
    expect(app.getSync(Label)).to.equal('test!');
  });
});

describe('a provider that two others include', () => {
  it('is there once', async () => {
    const Base = token<string>()('Base');
    const base = new Provider('base').provide(Base, { value: 'base' });
    const left = new Provider('left').include(base);
    const right = new Provider('right').include(base);
    await using app = await Application.start([left, right]);
    expect(app.getSync(Base)).to.equal('base');
  });
});
