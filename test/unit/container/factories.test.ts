import { expect } from 'chai';
import {
  type AnyProvider,
  Application,
  type BuildContext,
  BuildError,
  optional,
  type Outcome,
  Provider,
  Scope,
  SlipwayError,
  StartError,
  token,
} from '../../../src/index.js';
import { Deferred, quiet } from '../../support/container/deferred.js';
import { fakeClock, restored } from '../../support/container/fake-clock.js';
import { rejection, thrown } from '../../support/container/failure.js';
import { type Journal, type Thing, traced, untilAborted } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const Text = token<string | undefined>()('Text');

function thing(name: string): Thing {
  return { name, parts: [] };
}

describe('a factory', () => {
  it('may be a value, which lives in the application and may have a release', async () => {
    const released: unknown[] = [];
    const value = thing('value');
    const app = await Application.start([
      new Provider('p').provide(A, { value, release: (given) => void released.push(given) }),
    ]);
    using request = app.enter();
    expect(request.getSync(A)).to.equal(value);
    request[Symbol.dispose]();
    await app.stop();
    expect(released).to.deep.equal([value]);
  });

  it('may give undefined, which is kept like any other value', async () => {
    let built = 0;
    const provider = new Provider('p').provide(Text, {
      scope: Scope.REQUEST,
      create: () => {
        built += 1;
        return undefined;
      },
    });
    await using app = await Application.start([provider]);
    await using request = app.enter();
    expect(await request.get(Text)).to.equal(undefined);
    expect(request.getSync(Text)).to.equal(undefined);
    expect(built).to.equal(1);
  });

  it('gets its dependencies in order and then its context, however many they are', async () => {
    const names = ['1', '2', '3', '4', '5'];
    const tokens = names.map((name) => token<string>()(name));
    for (let count = 0; count <= tokens.length; count += 1) {
      const provider: AnyProvider = new Provider('p');
      for (const key of tokens) provider.provide(key, { value: String(tokens.indexOf(key)) });
      let given: readonly unknown[] = [];
      provider.provide(A, {
        scope: Scope.APP,
        inject: tokens.slice(0, count),
        create: (...args: readonly unknown[]) => {
          given = args;
          return thing('A');
        },
      });
      await using _app = await Application.start([provider]);
      expect(given.slice(0, -1)).to.deep.equal(['0', '1', '2', '3', '4'].slice(0, count));
      expect((given.at(-1) as BuildContext).signal).to.be.instanceOf(AbortSignal);
    }
  });

  it('may be asynchronous, and may give any thenable', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, create: async () => thing('A') })
      .provide(B, {
        scope: Scope.APP,
        // oxlint-disable-next-line unicorn/no-thenable -- what other promise libraries give
        create: (): PromiseLike<Thing> => ({ then: (...then) => Promise.resolve(thing('B')).then(...then) }),
      });
    await using app = await Application.start([provider]);
    expect([app.getSync(A).name, app.getSync(B).name]).to.deep.equal(['A', 'B']);
  });

  it('that fails is not kept: the next call tries again, the dependencies are kept', async () => {
    const journal: Journal = [];
    let attempts = 0;
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, ...traced(journal, 'A') })
      .provide(B, {
        scope: Scope.REQUEST,
        inject: [A],
        create: async (a): Promise<Thing> => {
          attempts += 1;
          if (attempts === 1) throw new Error('first');
          return { name: 'B', parts: [a] };
        },
      });
    await using app = await Application.start([provider]);
    await using request = app.enter();
    const error = await rejection(BuildError, request.get(B));
    expect(error.rawMessage).to.equal('The factory of B failed: first.');
    expect((await request.get(B)).parts).to.deep.equal([request.getSync(A)]);
    expect(journal).to.deep.equal(['open A']);
  });

  it('that fails tells all who wait the same, each with its own path', async () => {
    const C = token<Thing>()('C');
    const failure = new Error('down');
    const end = new Deferred<Thing>();
    const provider = new Provider('p')
      .provide(A, { scope: Scope.REQUEST, create: () => end.promise })
      .provide(B, { scope: Scope.REQUEST, inject: [A], create: (a) => a })
      .provide(C, { scope: Scope.REQUEST, inject: [B], create: (b) => b });
    await using app = await Application.start([provider]);
    await using request = app.enter();
    const asked = [A, B, C].map((key) => rejection(BuildError, request.get(key)));
    end.reject(failure);
    const errors = await Promise.all(asked);
    expect(errors.map(({ path }) => path.join(' -> '))).to.deep.equal(['A', 'B -> A', 'C -> B -> A']);
    expect(errors.every(({ cause }) => cause === failure)).to.equal(true);
  });

  it('may throw anything at all', async () => {
    for (const reason of ['text', undefined, null, 7]) {
      const create = (): Thing => {
        throw reason;
      };
      const provider = new Provider('p').provide(A, { scope: Scope.REQUEST, create });
      await using app = await Application.start([provider]);
      await using request = app.enter();
      const error = thrown(BuildError, () => request.getSync(A));
      expect(error.cause).to.equal(reason);
      expect(error.rawMessage).to.equal(`The factory of A failed: ${String(reason)}.`);
    }
  });

  it('that is not cached makes a new one for each who asks; the scope releases them all', async () => {
    const journal: Journal = [];
    let made = 0;
    const provider = new Provider('p')
      .provide(A, {
        scope: Scope.REQUEST,
        cached: false,
        create: async () => {
          made += 1;
          return thing(String(made));
        },
        release: ({ name }) => void journal.push(`close ${name}`),
      })
      .provide(B, {
        scope: Scope.REQUEST,
        inject: [A, A],
        create: (...parts) => ({ name: 'B', parts: parts.slice(0, 2) }),
      });
    await using app = await Application.start([provider]);
    const request = app.enter();
    const [first, second, b] = await Promise.all([request.get(A), request.get(A), request.get(B)]);
    expect(new Set([first, second, ...b.parts]).size).to.equal(4);
    await request.close();
    expect(journal).to.have.members(['close 1', 'close 2', 'close 3', 'close 4']);
  });

  it('that is not cached is not eager: start() would make one for nobody', async () => {
    const journal: Journal = [];
    await using app = await Application.start([
      new Provider('p').provide(A, { scope: Scope.APP, cached: false, ...traced(journal, 'A') }),
    ]);
    expect(journal).to.deep.equal([]);
    expect(app.getSync(A)).to.not.equal(app.getSync(A));
  });

  it("eager 'if-used' is built at start() only where something eager depends on it", async () => {
    const journal: Journal = [];
    const part = new Provider('part').provide(A, {
      scope: Scope.APP,
      eager: 'if-used',
      ...traced(journal, 'A'),
    });
    await using _unused = await Application.start([part]);
    expect(journal).to.deep.equal([]);
    const user = new Provider('user').provide(B, { scope: Scope.REQUEST, inject: [A], ...traced([], 'B') });
    await using _used = await Application.start([part, user]);
    expect(journal).to.deep.equal(['open A']);
  });
});

describe('a generator', () => {
  const outcomes: Outcome[] = [];

  beforeEach(() => {
    outcomes.length = 0;
  });

  it('yields the value; what follows is its release, which gets the outcome', async () => {
    const provider = new Provider('p').provide(A, {
      scope: Scope.REQUEST,
      create: function* () {
        outcomes.push(yield thing('A'));
      },
    });
    await using app = await Application.start([provider]);
    {
      using request = app.enter();
      expect(request.getSync(A).name).to.equal('A');
      expect(outcomes).to.deep.equal([]);
    }
    expect(outcomes).to.deep.equal([{}]);
    const failure = new Error('work');
    const request = app.enter();
    await request.get(A);
    await request.close(failure);
    expect(outcomes[1]).to.deep.equal({ error: failure });
  });

  it('may be asynchronous, before and after its yield', async () => {
    const journal: Journal = [];
    const closed = new Deferred();
    const provider = new Provider('p').provide(A, {
      scope: Scope.APP,
      create: async function* () {
        await quiet();
        journal.push('open');
        yield thing('A');
        await closed.promise;
        journal.push('close');
      },
    });
    const app = await Application.start([provider]);
    expect(app.getSync(A).name).to.equal('A');
    const stopped = app.stop();
    await quiet();
    expect(journal).to.deep.equal(['open']);
    closed.resolve();
    await stopped;
    expect(journal).to.deep.equal(['open', 'close']);
  });

  for (const [what, create] of [
    ['a generator', function* (): Generator<Thing, void, Outcome> {}],
    ['an asynchronous generator', async function* (): AsyncGenerator<Thing, void, Outcome> {}],
  ] as const) {
    it(`is refused where ${what} ends without a yield`, async () => {
      const provider = new Provider('p').provide(A, { scope: Scope.APP, create: create as () => never });
      const error = await rejection(StartError, Application.start([provider]));
      expect(SlipwayError.is(error.cause) && error.cause.code).to.equal('SLIPWAY_CONTAINER_PROVIDER_INVALID');
      expect(error.rawMessage).to.include('ended without a yield');
    });
  }

  for (const [what, create] of [
    [
      'a generator',
      function* (): Generator<Thing, void, Outcome> {
        try {
          yield thing('1');
          yield thing('2');
        } finally {
          outcomes.push({});
        }
      },
    ],
    [
      'an asynchronous generator',
      async function* (): AsyncGenerator<Thing, void, Outcome> {
        try {
          yield thing('1');
          yield thing('2');
        } finally {
          outcomes.push({});
        }
      },
    ],
  ] as const) {
    it(`is ended where ${what} yields twice, and that is told`, async () => {
      const provider = new Provider('p').provide(A, { scope: Scope.APP, create: create as () => never });
      const app = await Application.start([provider]);
      const error = await rejection(SlipwayError, app.stop());
      expect(error.rawMessage).to.include(
        'A: [SLIPWAY_CONTAINER_PROVIDER_INVALID] The generator yielded a second time',
      );
      expect(outcomes).to.have.length(1);
    });
  }

  it('that throws after its yield fails its release', async () => {
    const provider = new Provider('p').provide(A, {
      scope: Scope.APP,
      create: function* () {
        yield thing('A');
        throw new Error('close failed');
      },
    });
    const app = await Application.start([provider]);
    expect((await rejection(SlipwayError, app.stop())).rawMessage).to.include('A: close failed');
  });
});

describe('startTimeoutMs of a factory', () => {
  it('holds in every scope: the signal is aborted, the caller told, a late value released, and it may be tried again', async () => {
    const clock = fakeClock();
    const released: unknown[] = [];
    const late = new Deferred<Thing>();
    const signals: AbortSignal[] = [];
    let left: number;
    try {
      const provider = new Provider('p').provide(A, {
        scope: Scope.REQUEST,
        startTimeoutMs: 100,
        create: ({ signal }): Promise<Thing> => {
          signals.push(signal);
          return signals.length === 1 ? late.promise : Promise.resolve(thing('second'));
        },
        release: (value) => void released.push(value.name),
      });
      const app = await Application.start([provider]);
      const request = app.enter();
      const refused = rejection(BuildError, request.get(A));
      await clock.tickAsync(99);
      expect(signals[0]?.aborted).to.equal(false);
      await clock.tickAsync(1);
      expect((await refused).code).to.equal('SLIPWAY_CONTAINER_TIMEOUT');
      expect(signals[0]?.aborted).to.equal(true);
      expect((await request.get(A)).name).to.equal('second');
      late.resolve(thing('late'));
      await quiet();
      expect(released).to.deep.equal(['late']);
      await request.close();
      expect(released).to.deep.equal(['late', 'second']);
      await app.stop();
    } finally {
      left = restored(clock);
    }
    expect(left).to.equal(0);
  });

  it('releases what an asynchronous generator yields late', async () => {
    const clock = fakeClock();
    try {
      const opened = new Deferred();
      const outcomes: Outcome[] = [];
      const provider = new Provider('p').provide(A, {
        scope: Scope.APP,
        startTimeoutMs: 100,
        create: async function* () {
          await opened.promise;
          outcomes.push(yield thing('A'));
        },
      });
      const failed = rejection(StartError, Application.start([provider]));
      await clock.tickAsync(100);
      await failed;
      opened.resolve();
      await quiet();
      expect(outcomes).to.have.length(1);
      expect(outcomes[0]?.error).to.be.instanceOf(BuildError);
    } finally {
      clock.restore();
    }
  });

  it('is the same signal that is aborted when the scope is closed by force', async () => {
    const provider = new Provider('p').provide(A, { scope: Scope.REQUEST, create: untilAborted });
    const app = await Application.start([provider], { drainTimeoutMs: 1 });
    const refused = rejection(BuildError, app.enter().get(A));
    await app.stop();
    expect(SlipwayError.is((await refused).cause)).to.equal(true);
  });
});

describe('when', () => {
  const settings = token<string>()('settings');

  it('decides whether a factory takes part, by what else does', async () => {
    const make = (...others: readonly AnyProvider[]): Application =>
      new Application<readonly AnyProvider[]>([
        new Provider('p')
          .provide(A, { scope: Scope.APP, when: ({ has }) => has(settings), create: () => thing('real') })
          .provide(A, { scope: Scope.APP, when: ({ has }) => !has(settings), create: () => thing('memory') }),
        ...others,
      ]);
    await using memory = await make().start();
    expect(memory.getSync(A).name).to.equal('memory');
    await using real = await make(new Provider('settings').provide(settings, { value: 'x' })).start();
    expect(real.getSync(A).name).to.equal('real');
  });

  it('sees overrides and what was bound on the container', async () => {
    const provider = new Provider('p').provide(A, {
      scope: Scope.APP,
      when: ({ has }) => has(settings),
      create: () => thing('A'),
    });
    const app = new Application([provider]);
    app.container.bind(settings).toConstantValue('x');
    await app.start();
    expect(app.getSync(A).name).to.equal('A');
    await app.stop();
    const off = new Provider('off').provide(settings, { value: 'x', when: () => false });
    await using without = await Application.start([provider, off]);
    expect(await without.get(optional(A))).to.equal(undefined);
  });

  it('that is false leaves a hint of what could be had', async () => {
    await using app = await Application.start([
      new Provider('p').provide(A, { scope: Scope.APP, when: () => false, create: () => thing('A') }),
    ]);
    expect((await rejection(BuildError, app.get(A))).code).to.equal('SLIPWAY_CONTAINER_MISSING');
  });
});

describe('override: true', () => {
  it('replaces what was provided before it, whose factory never runs', async () => {
    const journal: Journal = [];
    const real = new Provider('real').provide(A, { scope: Scope.APP, ...traced(journal, 'real') });
    const test = new Provider('test').provide(A, {
      scope: Scope.APP,
      override: true,
      ...traced(journal, 'test'),
    });
    const app = await Application.start([real, test]);
    expect(app.getSync(A).name).to.equal('test');
    await app.stop();
    expect(journal).to.deep.equal(['open test', 'close test']);
  });

  it('works for an alias too', async () => {
    const provider = new Provider('p')
      .provide(A, { scope: Scope.APP, create: () => thing('A') })
      .provide(B, { scope: Scope.APP, create: () => thing('B') })
      .alias(A, B, { override: true });
    await using app = await Application.start([provider]);
    expect(app.getSync(A)).to.equal(app.getSync(B));
  });
});
