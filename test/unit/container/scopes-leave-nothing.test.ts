import { expect } from 'chai';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Application, lazy, Provider, Scope, token } from '../../../src/index.js';
import { quiet } from '../../support/container/deferred.js';

const Pool = token<object>()('Pool');
const Session = token<object>()('Session');
const Later = token<object>()('Later');
const User = token<object>()('User');

const scopes = 100_000;
const limitBytes = 1_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The least of a few looks: what is collected late must not count, what leaks is in every one. */
async function heapBytes(): Promise<number> {
  let least = Infinity;
  for (let look = 0; look < 4; look += 1) {
    await quiet();
    collectGarbage();
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
}

/** How many bytes more are in use after `work` was done for each scope. */
async function growth(work: () => void | Promise<void>): Promise<number> {
  const run = async (times: number): Promise<void> => {
    for (let index = 0; index < times; index += 1) {
      const done = work();
      if (done !== undefined) await done;
    }
  };
  await run(scopes / 20);
  const before = await heapBytes();
  await run(scopes);
  return (await heapBytes()) - before;
}

const provider = new Provider('p')
  .provide(Pool, { scope: Scope.APP, create: () => ({}) })
  .context(User, { scope: Scope.REQUEST })
  .provide(Later, { scope: Scope.REQUEST, create: async () => ({}), release: async () => undefined })
  .provide(Session, {
    scope: Scope.REQUEST,
    inject: [Pool, User, lazy(Later)],
    create: (pool, user) => ({ pool, user }),
    release: () => undefined,
  });

describe('100,000 scopes, opened and closed', function () {
  this.timeout(60_000);

  it('leave less than 1 MB: synchronous ones, by `using`', async () => {
    await using app = await Application.start([provider]);
    const bytes = await growth(() => {
      using request = app.enter(Scope.REQUEST, [[User, {}]]);
      request.getSync(Session);
    });
    expect(bytes).to.be.lessThan(limitBytes);
  });

  it('leave less than 1 MB: asynchronous ones, with a signal, a scope inside and a failure', async () => {
    await using app = await Application.start([provider]);
    const bytes = await growth(async () => {
      await using request = app.enter(Scope.REQUEST, [[User, {}]]);
      await Promise.all([request.get(Later), request.get(Session)]);
      await using action = request.enter();
      action.signal.addEventListener('abort', () => undefined);
      await action.get(Pool);
    });
    expect(bytes).to.be.lessThan(limitBytes);
  });
});
