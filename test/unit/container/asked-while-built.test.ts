import { expect } from 'chai';
import {
  type AnyProvider,
  BackgroundTasks,
  type OpenScope,
  Provider,
  Scope,
  token,
} from '../../../src/index.js';
import { Deferred, quiet } from '../../support/container/deferred.js';
import { Request } from '../../support/container/request.js';
import { type Journal, type Thing, traced, tracedAfter } from '../../support/container/traced.js';

const A = token<Thing>()('A');
const B = token<Thing>()('B');
const C = token<Thing>()('C');
const Setting = token<string>()('Setting');

function thing(): Thing {
  return { name: 'thing', parts: [] };
}

describe('what a factory asked for while it ran', () => {
  let journal: Journal;
  let scope: OpenScope;
  let end: Deferred;
  /** Does A wait for its arguments? */
  let isLate: boolean;

  beforeEach(() => {
    journal = [];
    end = new Deferred();
    isLate = false;
  });

  /** B and C, and A which asks for them by `create` and whose release ends when the test says so. */
  function asking(create: (tasks: BackgroundTasks) => Thing | Promise<Thing>): AnyProvider {
    const { release } = tracedAfter(journal, 'A', { closed: end.promise });
    return new Provider('p')
      .provide(A, { scope: Scope.REQUEST, inject: [BackgroundTasks, Setting], create, release })
      .provide(Setting, {
        scope: Scope.REQUEST,
        create: (): string | Promise<string> => (isLate ? Promise.resolve('') : ''),
      })
      .provide(B, { scope: Scope.REQUEST, ...traced(journal, 'B') })
      .provide(C, { scope: Scope.REQUEST, ...traced(journal, 'C') });
  }

  /** The releases begun while that of A goes on, and all of them. */
  async function closings(): Promise<readonly [meanwhile: readonly string[], all: readonly string[]]> {
    journal.length = 0;
    const closed = scope.close();
    await quiet();
    const meanwhile = [...journal];
    end.resolve();
    await closed;
    return [meanwhile, journal];
  }

  const waysToAsk: Readonly<Record<string, (tasks: BackgroundTasks) => Thing | Promise<Thing>>> = {
    'by getSync': () => scope.getSync(B),
    'by get': () => scope.get(B),
    'by getSync after an await': async () => {
      await quiet();
      return scope.getSync(B);
    },
    'by get after an await': async () => {
      await quiet();
      return scope.get(B);
    },
    'by getSync after it began a background task': (tasks) => {
      tasks.run('task', () => Promise.resolve());
      return scope.getSync(B);
    },
  };
  for (const [how, create] of Object.entries(waysToAsk)) {
    for (const late of [false, true]) {
      it(`is released after what it made: ${how}${late ? ', having waited for its arguments' : ''}`, async () => {
        isLate = late;
        await using request = await Request.open(asking(create));
        scope = request.scope;
        await scope.get(A);
        expect(await closings()).to.deep.equal([['closing A'], ['closing A', 'close A', 'close B']]);
      });
    }
  }

  it('is released after what it made however much it was', async () => {
    await using request = await Request.open(
      asking(async () => {
        await scope.get(B);
        return scope.get(C);
      }),
    );
    scope = request.scope;
    await scope.get(A);
    const [meanwhile, all] = await closings();
    expect(meanwhile).to.deep.equal(['closing A']);
    expect(all.slice(1)).to.have.members(['close A', 'close B', 'close C']);
  });

  it('is not what is asked for later, by what it made', async () => {
    const built = new Deferred();
    let later: (() => Promise<Thing>) | undefined;
    const provider = asking(async () => {
      await quiet();
      later = () => scope.get(B);
      return thing();
    });
    const Slow = token<Thing>()('Slow');
    provider.provide(Slow, { scope: Scope.REQUEST, create: () => built.promise.then(thing) });
    await using request = await Request.open(provider);
    scope = request.scope;
    await scope.get(A);
    // While something is built, whoever calls is looked for.
    const slow = scope.get(Slow);
    await later?.();
    built.resolve();
    await slow;
    expect((await closings())[0]).to.have.members(['closing A', 'close B']);
  });

  it('in a longer-lived scope orders nothing there', async () => {
    const outside = Array.from({ length: 6 }, (_, index) => token<Thing>()(`outside ${index}`));
    const Asked = token<Thing>()('Asked');
    const provider: AnyProvider = new Provider('p');
    provider.provide(Asked, { scope: Scope.APP, ...traced(journal, 'Asked') });
    // Whatever slot a thing that asks has: one outside has the same.
    for (const key of outside) {
      provider.provide(key, {
        scope: Scope.APP,
        ...tracedAfter(journal, 'outside', { closed: end.promise }),
      });
    }
    const askers = outside.map((_key, index) => token<Thing>()(`asker ${index}`));
    for (const key of askers) {
      provider.provide(key, { scope: Scope.REQUEST, create: () => scope.getSync(Asked) });
    }
    await using request = await Request.open(provider);
    scope = request.scope;
    for (const key of askers) await scope.get(key);
    await scope.close();
    journal.length = 0;
    const stopped = request.app.stop();
    await quiet();
    expect(journal).to.include('close Asked').and.not.include('close outside');
    end.resolve();
    await stopped;
  });
});
