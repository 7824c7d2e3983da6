import { once } from 'node:events';
import { expect } from 'chai';
import {
  Application,
  BackgroundTasks,
  Intake,
  Provider,
  runApplication,
  type Runnable,
  Scope,
  token,
} from '../../../src/index.js';
import { runFake } from '../../support/container/fake-process.js';

const Store = token<string>()('Store');

/** What the application is asked to wait for when `signal` comes. */
async function unreadyBy(
  signal: 'SIGINT' | 'SIGTERM',
  options: { readonly unreadyMs?: number } = {},
): Promise<number | undefined> {
  let asked: number | undefined;
  const app: Runnable = {
    start: () => Promise.resolve(),
    stop: (how) => {
      asked = how?.unreadyMs;
      return Promise.resolve();
    },
  };
  const { process, started, ended } = runFake(app, options);
  await started;
  process.emit(signal, signal);
  await ended;
  return asked;
}

describe(`the stop of ${runApplication.name}`, () => {
  describe('unreadyMs', () => {
    afterEach(() => {
      delete globalThis.process.env['KUBERNETES_SERVICE_HOST'];
    });

    it('is for SIGTERM, which load balancers have to find out about, and not for SIGINT', async () => {
      expect(await unreadyBy('SIGTERM', { unreadyMs: 3 })).to.equal(3);
      expect(await unreadyBy('SIGINT', { unreadyMs: 3 })).to.equal(0);
    });

    it('is 5 s by default in Kubernetes, and nothing elsewhere', async () => {
      expect(await unreadyBy('SIGTERM')).to.equal(0);
      globalThis.process.env['KUBERNETES_SERVICE_HOST'] = '10.0.0.1';
      expect(await unreadyBy('SIGTERM')).to.equal(5_000);
      expect(await unreadyBy('SIGTERM', { unreadyMs: 0 })).to.equal(0);
    });
  });

  it('tells of intakes and background tasks as they end, and of the time it is not ready', async () => {
    const app = new Application([
      new Provider('test')
        .provide(Store, {
          scope: Scope.APP,
          inject: [BackgroundTasks],
          create: (tasks) => {
            tasks.run('poll', (signal) => once(signal, 'abort').then(() => undefined));
            tasks.run('broken', async (signal) => {
              await once(signal, 'abort');
              throw new Error('no table');
            });
            return 'store';
          },
        })
        .provide(Intake, {
          scope: Scope.APP,
          collect: true,
          create: () => ({ name: 'http', open: () => {}, close: () => {} }),
        })
        .provide(Intake, {
          scope: Scope.APP,
          collect: true,
          create: () => ({ name: 'queue', open: () => {}, close: () => Promise.reject(new Error('stuck')) }),
        }),
    ]);
    const { process, started, ended } = runFake(app, { unreadyMs: 1 });
    await started;
    process.emit('SIGTERM', 'SIGTERM');
    await ended;

    expect(process.stderr.lines.map((line) => line.replaceAll(/\d+(\.\d)? ms/g, '_'))).to.deep.equal([
      'Stopping on SIGTERM',
      'Not ready any more; work is still taken',
      'Taking no more work after _',
      'http closed in _',
      'queue not closed after _: stuck',
      'Background task poll ended',
      'Background task broken failed: no table',
      'Stopped in _',
      '[SLIPWAY_CONTAINER_STOP] The application closed, but not all of it could be released: queue: stuck; broken: no table.',
    ]);
    expect(process.exitCodes).to.deep.equal([2]);
  });
});
