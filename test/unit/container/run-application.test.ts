import { EventEmitter, once } from 'node:events';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import * as sinon from 'sinon';
import {
  Application,
  type Logger,
  Provider,
  runApplication,
  type Runnable,
  Scope,
  SettingsError,
  token,
} from '../../../src/index.js';
import { FakeProcess, runFake } from '../../support/container/fake-process.js';
import { MemoryLog } from '../../support/memory-log.js';

const Server = token<string>()('Server');
const Store = token<string>()('Store');

interface Releases {
  readonly server?: () => void | Promise<void>;
  readonly store?: () => void | Promise<void>;
}

function application({ server = () => {}, store = () => {} }: Releases = {}) {
  return new Application([
    new Provider('test')
      .provide(Store, { scope: Scope.APP, create: () => 'store', release: store })
      .provide(Server, { scope: Scope.APP, inject: [Store], create: () => 'server', release: server }),
  ]);
}

describe(runApplication.name, () => {
  afterEach(() => sinon.restore());

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`stops in order on ${signal}, tells each step with its time, and exits with 0`, async () => {
      const { process, started, ended } = runFake(application());
      await started;
      process.emit(signal, signal);
      await ended;

      expect(process.exitCodes).to.deep.equal([0]);
      const [first, ...steps] = process.stderr.lines;
      expect(first).to.equal(`Stopping on ${signal}`);
      expect(steps[0]).to.match(/^Server released in \d+(\.\d)? ms$/);
      expect(steps[1]).to.match(/^Store released in \d+(\.\d)? ms$/);
      expect(steps[2]).to.match(/^Stopped in \d+(\.\d)? ms$/);
      expect(steps).to.have.length(3);
    });
  }

  it('leaves no listener and no timer behind', async () => {
    const { process, started, ended } = runFake(application());
    await started;
    process.emit('SIGTERM', 'SIGTERM');
    await ended;

    expect(process.eventNames()).to.deep.equal([]);
    expect(process.stderr.listenerCount('error')).to.equal(0);
  });

  it('goes on until a signal comes', async () => {
    const { process, started, ended } = runFake(application());
    await started;
    const first = await Promise.race([ended.then(() => 'ended'), Promise.resolve('still running')]);

    expect(first).to.equal('still running');
    expect(process.exitCodes).to.deep.equal([]);
    process.emit('SIGTERM', 'SIGTERM');
    await ended;
  });

  it('takes a signal for an echo of the first within half a second, and exits by one after it', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['performance'] });
    const door = new EventEmitter();
    const store = async (): Promise<void> => {
      await once(door, 'open');
    };
    const { process, started, ended } = runFake(application({ store }));
    await started;
    process.emit('SIGINT', 'SIGINT');
    clock.tick(499);
    process.emit('SIGINT', 'SIGINT');
    expect(process.exitCodes).to.deep.equal([]);

    clock.tick(1);
    process.emit('SIGTERM', 'SIGTERM');
    expect(process.exitCodes).to.deep.equal([143]);
    expect(process.stderr.lines.at(-1)).to.equal('Forced to end by SIGTERM');
    process.emit('SIGINT', 'SIGINT');
    expect(process.exitCodes).to.deep.equal([143, 130]);

    // A real process would be gone by now.
    while (door.listenerCount('open') === 0) await new Promise(setImmediate);
    door.emit('open');
    await ended;
  });

  it('exits with 2 where not all could be released, and says what', async () => {
    const app = application({ server: () => Promise.reject(new Error('port\nstuck')) });
    const { process, started, ended } = runFake(app);
    await started;
    process.emit('SIGTERM', 'SIGTERM');
    await ended;

    expect(process.exitCodes).to.deep.equal([2]);
    expect(process.stderr.text).to.match(
      /Server not released after \d+(\.\d)? ms: port\nstuck\nStore released/,
    );
    expect(process.stderr.lines.at(-1)).to.match(/^\[SLIPWAY_CONTAINER_STOP\] .*Server: port stuck\.$/);
  });

  it('exits with 1 after a failed start, with one line on stderr', async () => {
    const app = new Application([
      new Provider('test').provide(Store, {
        scope: Scope.APP,
        create: () => {
          throw new Error('cannot reach redis://user:sesame@10.0.0.1:\n  refused');
        },
      }),
    ]);
    const { process, ended } = runFake(app);
    await ended;

    expect(process.exitCodes).to.deep.equal([1]);
    expect(process.stderr.lines).to.have.length(1);
    expect(process.stderr.text).to.match(
      /^\[SLIPWAY_CONTAINER_START\] .*Store.*redis:\/\/user:\*\*\*@10\.0\.0\.1: refused/,
    );
  });

  it('tells the faults of the settings line by line, from where the application is made', async () => {
    const faults = [
      { variable: 'PORT', got: 'x', expected: 'a port' },
      { variable: 'HOST', got: undefined, expected: 'a host' },
    ];
    const { process, ended } = runFake((): Application => {
      throw new SettingsError(faults);
    });
    await ended;

    expect(process.exitCodes).to.deep.equal([1]);
    expect(process.stderr.lines).to.have.length(4);
    expect(process.stderr.text).to.include('\n  PORT is "x", expected a port.\n');
  });

  it('stops what has started where onStarted fails, and exits with 1', async () => {
    const released = sinon.fake();
    const { process, ended } = runFake(application({ store: released }), {
      onStarted: () => Promise.reject(new Error('no banner')),
    });
    await ended;

    expect(process.exitCodes).to.deep.equal([1]);
    expect(process.stderr.text).to.equal('no banner\n');
    expect(released.callCount).to.equal(1);
  });

  it('ends a start that goes on when the signal comes, and exits with 0', async () => {
    const signalOf: { current?: AbortSignal } = {};
    const released = sinon.fake();
    const app = new Application([
      new Provider('test')
        .provide(Store, { scope: Scope.APP, create: () => 'store', release: released })
        .provide(Server, {
          scope: Scope.APP,
          inject: [Store],
          create: async (_store, { signal }) => {
            signalOf.current = signal;
            await once(signal, 'abort');
            throw signal.reason;
          },
        }),
    ]);
    const { process, ended } = runFake(app);
    while (signalOf.current === undefined) await new Promise(setImmediate);
    process.emit('SIGINT', 'SIGINT');
    await ended;

    expect(process.exitCodes).to.deep.equal([0]);
    expect(released.callCount).to.equal(1);
    expect(process.stderr.text).to.not.include('SLIPWAY_');
  });

  it('starts nothing where the signal comes while the application is made', async () => {
    const start = sinon.fake.resolves(undefined);
    const stop = sinon.fake.resolves(undefined);
    let give!: (app: Runnable) => void;
    const { process, ended } = runFake(() => new Promise<Runnable>((resolve) => (give = resolve)));
    process.emit('SIGTERM', 'SIGTERM');
    give({ start, stop });
    await ended;

    expect(process.exitCodes).to.deep.equal([0]);
    expect([start.callCount, stop.callCount]).to.deep.equal([0, 0]);
  });

  it('waits for no application that is still being made when the signal comes, whatever becomes of it', async () => {
    let fail!: (error: Error) => void;
    const making = new Promise<Runnable>((_, reject) => {
      fail = reject;
    });
    const { process, ended } = runFake(() => making);
    process.emit('SIGTERM', 'SIGTERM');
    await ended;
    expect(process.exitCodes).to.deep.equal([0]);
    fail(new Error('too late'));
    await new Promise(setImmediate);
  });

  it('tells the steps to a logger', async () => {
    const logger: sinon.SinonStubbedInstance<Logger> = {
      debug: sinon.stub(),
      info: sinon.stub(),
      warn: sinon.stub(),
      error: sinon.stub(),
    };
    const failing = application({ store: () => Promise.reject(new Error('stuck')) });
    const { process, started, ended } = runFake(failing, { steps: logger });
    await started;
    process.emit('SIGTERM', 'SIGTERM');
    await ended;

    const infos = logger.info.args.map(([text]) => text.replaceAll(/[\d.]+ ms/g, '_ ms'));
    expect(infos).to.deep.equal(['Stopping on SIGTERM', 'Server released in _ ms']);
    const [text, data] = logger.warn.firstCall.args;
    expect(text).to.match(/^Store not released after .*: stuck$/);
    expect(data).to.include({ token: 'Store', scope: 'APP' });
    expect(process.stderr.lines).to.have.length(1);
  });

  it('waits for what runs before the exit, after the stop and whatever became of it', async () => {
    const order: string[] = [];
    const stopped = application({ store: () => void order.push('store') });
    const { process, started, ended } = runFake(stopped, {
      beforeExit: async () => {
        await new Promise(setImmediate);
        order.push('flushed');
      },
    });
    process.once('exited', () => order.push('exited'));
    await started;
    process.emit('SIGTERM', 'SIGTERM');
    await ended;
    expect(order).to.deep.equal(['store', 'flushed', 'exited']);

    const beforeExit = sinon.spy();
    const failed = runFake(() => Promise.reject(new Error('no')), { beforeExit });
    await failed.ended;
    sinon.assert.calledOnce(beforeExit);
    expect(failed.process.exitCodes).to.deep.equal([1]);
  });

  it('exits where what runs before the exit fails or hangs', async () => {
    for (const beforeExit of [
      () => Promise.reject(new Error('no')),
      () => {
        throw new Error('no');
      },
      () => new Promise<void>(() => {}),
    ]) {
      const { process, started, ended } = runFake(application(), { beforeExit });
      await started;
      process.emit('SIGTERM', 'SIGTERM');
      await ended;
      expect(process.exitCodes).to.deep.equal([0]);
    }
  });

  it('tells nothing of the steps where it is not to', async () => {
    const { process, started, ended } = runFake(application(), { steps: false });
    await started;
    process.emit('SIGTERM', 'SIGTERM');
    await ended;

    expect(process.stderr.text).to.equal('');
  });

  it('tells that open scopes are waited for', async () => {
    const app = application();
    const { process, started, ended } = runFake(app);
    await started;
    const scope = app.enter(Scope.REQUEST);
    process.emit('SIGTERM', 'SIGTERM');
    await new Promise(setImmediate);
    await scope.close();
    await ended;

    expect(process.stderr.lines[1]).to.match(/^Waiting for open scopes after \d+(\.\d)? ms$/);
    expect(process.stderr.lines[2]).to.match(/^Waited for open scopes until \d+(\.\d)? ms$/);
    expect(process.exitCodes).to.deep.equal([0]);
  });

  it('stops to the end where stderr is broken', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    const process = Object.assign(new FakeProcess(), { stderr: broken as MemoryLog });
    const released = sinon.fake();
    const running = runApplication(application({ store: released }), {
      process,
      onStarted: () => void process.emit('SIGTERM', 'SIGTERM'),
    });
    await running;

    expect(released.callCount).to.equal(1);
    expect(process.exitCodes).to.deep.equal([0]);
  });

  it('goes on without an onStarted too', async () => {
    const process = new FakeProcess();
    const app = application();
    const ended = runApplication(app, { process });
    await app.start();
    await new Promise(setImmediate);
    process.emit('SIGTERM', 'SIGTERM');
    await ended;
    expect(process.exitCodes).to.deep.equal([0]);
  });

  it('exits with 1 where the stop after a failed start fails too', async () => {
    const failing = {
      start: () => Promise.reject(new Error('no')),
      stop: () => Promise.reject(new Error('stuck')),
    };
    const { process, ended } = runFake(failing);
    await ended;
    expect(process.exitCodes).to.deep.equal([1]);
    expect(process.stderr.text).to.equal('no\nstuck\n');
  });

  for (const end of ['release', 'destroy'] as const) {
    it(`exits only when the last line is out, or stderr is gone: ${end}`, async () => {
      const held = Object.assign(new FakeProcess(), {
        stderr: new MemoryLog({ held: true, highWaterMark: 1 }),
      });
      const running = runApplication(application(), {
        process: held,
        onStarted: () => void held.emit('SIGTERM', 'SIGTERM'),
      });
      const first = await Promise.race([
        running.then(() => 'ended'),
        new Promise((resolve) => setTimeout(resolve, 50, 'waits')),
      ]);
      expect([first, held.exitCodes]).to.deep.equal(['waits', []]);
      held.stderr[end]();
      await running;
      expect(held.exitCodes).to.deep.equal([0]);
    });
  }

  it('tells a logger the data of each step, and nothing after the end', async () => {
    const logger = { debug: sinon.stub(), info: sinon.stub(), warn: sinon.stub(), error: sinon.stub() };
    const { process, started, ended } = runFake(
      application({ store: () => Promise.reject(new Error('x')) }),
      {
        steps: logger,
      },
    );
    await started;
    process.emit('SIGTERM', 'SIGTERM');
    await ended;
    const [begun, released] = logger.info.args;
    expect(begun).to.deep.equal(['Stopping on SIGTERM', { signal: 'SIGTERM' }]);
    expect(released?.[1]).to.include.keys('token', 'scope', 'durationMs');
    expect(logger.warn.args.map(([text]) => String(text).replaceAll(/[\d.]+ ms/g, '_ ms'))).to.deep.equal([
      'Store not released after _ ms: x',
      'Stopped in _ ms',
    ]);
    expect(logger.warn.lastCall.args[1]).to.have.keys('durationMs');
    const told = logger.info.callCount;
    await application()
      .start()
      .then((app) => app.stop());
    expect(logger.info.callCount).to.equal(told);
  });
});
