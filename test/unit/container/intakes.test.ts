import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import {
  Application,
  containerEvents,
  type Intake as IntakeShape,
  Intake,
  type IntakeEvent,
  Lifecycle,
  Provider,
  Scope,
  StartError,
  StopError,
  token,
} from '../../../src/index.js';
import { rejection } from '../../support/container/failure.js';

const Client = token<string>()('Client');

function application(
  log: string[],
  intakes: readonly IntakeShape[],
  options: ConstructorParameters<typeof Application>[1] = {},
) {
  const provider = new Provider('p').provide(Client, {
    scope: Scope.APP,
    create: () => 'client',
    release: () => void log.push('client released'),
  });
  for (const each of intakes) {
    provider.provide(Intake, { scope: Scope.APP, collect: true, inject: [Client], create: () => each });
  }
  return new Application([provider], options);
}

function intake(log: string[], name: string, parts: Partial<IntakeShape> = {}): IntakeShape {
  return {
    name,
    open: () => void log.push(`${name} open`),
    close: () => void log.push(`${name} closed`),
    ...parts,
  };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

describe('Intake', () => {
  const events: IntakeEvent[] = [];
  const onIntake = (event: unknown): void => void events.push(event as IntakeEvent);
  let log: string[];

  beforeEach(() => {
    log = [];
    events.length = 0;
    containerEvents.intake.subscribe(onIntake);
  });

  afterEach(() => {
    containerEvents.intake.unsubscribe(onIntake);
  });

  it('is opened when all is built and scopes can be entered, and closed before anything is released', async () => {
    const app: Application = application(log, [
      intake(log, 'http', {
        open: async () => {
          await app.runInScope(Scope.REQUEST, [], async (scope) => {
            log.push(`${await scope.get(Client)} in ${app.phase}`);
          });
        },
      }),
    ]);
    expect(app.phase).to.equal('new');
    await app.start();
    log.push(app.phase);
    await app.stop();
    expect(log).to.deep.equal(['client in starting', 'started', 'http closed', 'client released']);
    expect(app.phase).to.equal('stopped');
    expect(events.map(({ intake: name, state }) => `${name} ${state}`)).to.deep.equal([
      'http opened',
      'http closed',
    ]);
  });

  it('may bring what it took into scopes while it closes, and nothing afterwards', async () => {
    let answer!: () => void;
    const app: Application = application(log, [
      intake(log, 'http', {
        close: async () => {
          await new Promise<void>((resolve) => {
            answer = resolve;
          });
          await app.runInScope(Scope.REQUEST, [], () => void log.push('answered'));
        },
      }),
    ]);
    await app.start();
    const held = app.enter();
    const stopped = app.stop();
    expect(app.phase).to.equal('stopping');
    await until(() => answer !== undefined);
    answer();
    await until(() => log.includes('answered'));
    await until(() => isRefused(app));
    await held.close();
    await stopped;
    expect(log).to.deep.equal(['http open', 'answered', 'client released']);
  });

  it('all are asked to close at once', async () => {
    const both = ['a', 'b'].map((name) =>
      intake(log, name, {
        close: async () => {
          log.push(`${name} closing`);
          await until(() => log.includes('a closing') && log.includes('b closing'));
        },
      }),
    );
    const app = application(log, both);
    await app.start();
    await app.stop();
    expect(log.slice(2)).to.deep.equal(['a closing', 'b closing', 'client released']);
  });

  it('that does not open fails the start, and those that did are closed', async () => {
    const failure = new Error('the port is taken');
    const app = application(log, [
      intake(log, 'consumer'),
      intake(log, 'http', { open: () => Promise.reject(failure) }),
    ]);
    const error = await rejection(StartError, app.start());
    expect(error.message).to.include('The intake http did not open: the port is taken');
    expect(error.token).to.equal('http');
    expect(error.cause).to.equal(failure);
    expect(log).to.deep.equal(['consumer open', 'consumer closed', 'http closed', 'client released']);
    expect(app.phase).to.equal('new');
  });

  it('that opens for too long is told to end, and fails the start', async () => {
    const app = application(
      log,
      [
        intake(log, 'http', {
          open: (signal) => {
            signal.addEventListener('abort', () => log.push('told'));
            return new Promise(() => {});
          },
        }),
      ],
      { startTimeoutMs: 20 },
    );
    const error = await rejection(StartError, app.start());
    expect(error.message).to.include('The intake http did not open');
    expect(log).to.deep.equal(['told', 'http closed', 'client released']);
  });

  it('that is being opened is told to end by stop(), which ends the start', async () => {
    const app = application(log, [
      intake(log, 'http', {
        open: (signal) => {
          log.push('opening');
          return once(signal, 'abort').then(() => undefined);
        },
      }),
    ]);
    const started = rejection(StartError, app.start());
    await until(() => log.length > 0);
    await app.stop();
    expect((await started).message).to.include('stop() was called before start() had ended');
    expect(log).to.deep.equal(['opening', 'http closed', 'client released']);
  });

  it('is told to cut what is left when the drain has lasted long enough', async () => {
    const app = application(
      log,
      [
        intake(log, 'http', {
          close: async (signal) => {
            await once(signal, 'abort');
            log.push('cut');
          },
        }),
      ],
      { drainTimeoutMs: 10 },
    );
    await app.start();
    await app.stop();
    expect(log).to.deep.equal(['http open', 'cut', 'client released']);
  });

  it('cuts only after work that was asked to end has had a moment to say so', async () => {
    const app = application(
      log,
      [
        intake(log, 'http', {
          close: async (signal) => {
            await once(signal, 'abort');
            log.push('cut');
          },
        }),
      ],
      { drainTimeoutMs: 10 },
    );
    await app.start();
    const served = app.runInScope(Scope.REQUEST, [], async ({ signal }) => {
      await once(signal, 'abort');
      // Longer than one turn of the event loop, as an answer on its way out.
      await delay(20);
      log.push('answered');
    });
    await Promise.all([app.stop(), served]);
    expect(log).to.deep.equal(['http open', 'answered', 'cut', 'client released']);
  });

  it('that fails to close, or hangs, is named by stop(); all else ends', async () => {
    const failure = new Error('no');
    const app = application(
      log,
      [
        intake(log, 'bad', { close: () => Promise.reject(failure) }),
        intake(log, 'hung', { close: () => new Promise(() => {}) }),
      ],
      { drainTimeoutMs: 10, stopTimeoutMs: 50 },
    );
    await app.start();
    const { failures, message } = await rejection(StopError, app.stop());
    expect(failures.map(({ token: name }) => name)).to.deep.equal(['bad', 'hung']);
    expect(message).to.include('The intake hung did not close within');
    expect(log.at(-1)).to.equal('client released');
    expect(events.find(({ intake: name, state }) => name === 'bad' && state === 'closed')?.error).to.equal(
      failure,
    );
  });

  it('goes on taking work while the application only says that it is not ready', async () => {
    const app = application(log, [intake(log, 'http')]);
    await app.start();
    const lifecycle = await app.get(Lifecycle);
    const stopped = app.stop({ unreadyMs: 20 });
    expect(lifecycle.phase).to.equal('stopping');
    await app.enter().close();
    log.push('still serving');
    await stopped;
    expect(log).to.deep.equal(['http open', 'still serving', 'http closed', 'client released']);
  });

  it('has half of the stop to finish what it took, however long the application is to say that it is not ready', async () => {
    const clock = useFakeTimers();
    try {
      const app = application(log, [intake(log, 'http')], { stopTimeoutMs: 10_000 });
      await app.start();
      const stopped = app.stop({ unreadyMs: 60_000 });
      await clock.tickAsync(4_990);
      expect(log).to.deep.equal(['http open']);
      await clock.tickAsync(20);
      await stopped;
      expect(log).to.deep.equal(['http open', 'http closed', 'client released']);
    } finally {
      clock.restore();
    }
  });

  it('of a narrower scope is a failure of the start that says so', async () => {
    const provider = new Provider('p').provide(Intake, {
      scope: Scope.REQUEST,
      collect: true,
      create: () => intake(log, 'http'),
    });
    const error = await rejection(StartError, new Application([provider]).start());
    expect(error.message).to.match(/Intake.*REQUEST/);
  });
});

describe('Lifecycle', () => {
  it('gives what is built, and builds nothing', async () => {
    const provider = new Provider('p').provide(Client, {
      scope: Scope.APP,
      eager: false,
      create: () => 'client',
    });
    const app = new Application([provider]);
    expect(app.built(Client)).to.equal(undefined);
    await app.start();
    expect(app.built(Client)).to.equal(undefined);
    await app.get(Client);
    expect(app.built(Client)).to.equal('client');
    expect(app.built(token<string>()('Unknown'))).to.equal(undefined);
    await app.stop();
    expect(app.built(Client)).to.equal(undefined);
  });
});

function isRefused(app: Application): boolean {
  try {
    void app.enter().close();
    return false;
  } catch {
    return true;
  }
}
