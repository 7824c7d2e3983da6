import { once } from 'node:events';
import { expect } from 'chai';
import type { SinonFakeTimers } from 'sinon';
import {
  Application,
  BackgroundTasks,
  containerEvents,
  Provider,
  Scope,
  SlipwayError,
  StartError,
  StopError,
  type TaskEvent,
  token,
} from '../../../src/index.js';
import { fakeClock, restored } from '../../support/container/fake-clock.js';
import { rejection, thrown } from '../../support/container/failure.js';

interface Client {
  readonly name: string;
}
const Client = token<Client>()('Client');
const Poller = token<object>()('Poller');

/** A task that ends with its signal, and tells `log` of it. */
function pollInto(log: string[]): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    log.push('begun');
    await once(signal, 'abort');
    log.push('ended');
  };
}

function pollerThat(work: (signal: AbortSignal) => Promise<void>, log: string[] = []) {
  return new Provider('poller')
    .provide(Client, {
      scope: Scope.APP,
      create: () => ({ name: 'client' }),
      release: () => {
        log.push('client released');
      },
    })
    .provide(Poller, {
      scope: Scope.APP,
      inject: [BackgroundTasks, Client],
      create: (tasks) => {
        tasks.run('poll', work);
        return {};
      },
    });
}

describe('BackgroundTasks', () => {
  it('are aborted and awaited by stop() before anything is released', async () => {
    const log: string[] = [];
    const app = await Application.start([pollerThat(pollInto(log), log)]);
    await app.stop();
    expect(log).to.deep.equal(['begun', 'ended', 'client released']);
  });

  it('go on while open scopes drain', async () => {
    const log: string[] = [];
    const app = await Application.start([pollerThat(pollInto(log), log)]);
    const request = app.enter();
    const stopped = app.stop();
    await new Promise(setImmediate);
    expect(log).to.deep.equal(['begun']);
    await request.close();
    await stopped;
    expect(log).to.deep.equal(['begun', 'ended', 'client released']);
  });

  it('end without a failure where they reject with the reason of their signal, or an AbortError', async () => {
    const reasons = [
      (signal: AbortSignal) => signal.reason as Error,
      () => new DOMException('', 'AbortError'),
    ];
    for (const reason of reasons) {
      const app = await Application.start([
        pollerThat(async (signal) => {
          await once(signal, 'abort');
          throw reason(signal);
        }),
      ]);
      await app.stop();
    }
  });

  it('that fail are told at once by an event, and again by stop()', async () => {
    const events: TaskEvent[] = [];
    const listen = (event: unknown): void => void events.push(event as TaskEvent);
    containerEvents.task.subscribe(listen);
    try {
      const fault = new Error('no table');
      const app = await Application.start([pollerThat(() => Promise.reject(fault))]);
      await new Promise(setImmediate);
      expect(events.map(({ task, error }) => ({ task, error }))).to.deep.equal([
        { task: 'poll', error: fault },
      ]);
      const error = await app.stop().catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(StopError);
      expect((error as StopError).failures).to.deep.equal([{ token: 'poll', error: fault }]);
    } finally {
      containerEvents.task.unsubscribe(listen);
    }
  });

  it('that hang are named and left, and everything else is released', async () => {
    const log: string[] = [];
    const app = new Application([pollerThat(() => new Promise(() => {}), log)], { stopTimeoutMs: 20 });
    await app.start();
    const error = await app.stop().catch((reason: unknown) => reason);
    expect((error as StopError).failures.map(({ token: name }) => name)).to.deep.equal(['poll']);
    expect((error as StopError).message).to.include("The background task 'poll' did not end within");
    expect(log).to.deep.equal(['client released']);
  });

  it('of a failed start are ended before the clean-up, and may be begun by the next', async () => {
    const log: string[] = [];
    let isDown = true;
    const Broken = token<object>()('Broken');
    const broken = new Provider('broken').provide(Broken, {
      scope: Scope.APP,
      inject: [Poller],
      create: () => {
        if (isDown) throw new Error('down');
        return {};
      },
    });
    const app = new Application([pollerThat(pollInto(log), log), broken]);
    const error = await app.start().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(StartError);
    expect(log).to.deep.equal(['begun', 'ended', 'client released']);
    isDown = false;
    await app.start();
    await app.stop();
    expect(log.slice(3)).to.deep.equal(['begun', 'ended', 'client released']);
  });

  it('are refused once the application has ended', async () => {
    const app = await Application.start([new Provider('none')]);
    const tasks = await app.get(BackgroundTasks);
    await app.stop();
    expect(() => tasks.run('late', () => Promise.resolve()))
      .to.throw(SlipwayError, "The background task 'late' is not begun")
      .with.property('code', 'SLIPWAY_CONTAINER_CLOSED');
  });

  it('may ask the container for what the factory that began them is part of', async () => {
    let seen: unknown;
    const provider = new Provider('poller').provide(Poller, {
      scope: Scope.APP,
      inject: [BackgroundTasks],
      create: async (tasks) => {
        tasks.run('look', async () => {
          seen = await app.get(Poller);
        });
        await new Promise(setImmediate);
        return {};
      },
    });
    const app: Application = new Application([provider]);
    await app.start();
    await app.stop();
    expect(seen).to.be.an('object');
  });

  it('are refused while those that run are ended, and may be begun again after a failed start', async () => {
    let refused: SlipwayError | undefined;
    const app = await Application.start([
      pollerThat(async (signal) => {
        await once(signal, 'abort');
        refused = thrown(SlipwayError, () =>
          app.getSync(BackgroundTasks).run('late', () => Promise.resolve()),
        );
      }),
    ]);
    await app.stop();
    expect(refused?.code).to.equal('SLIPWAY_CONTAINER_CLOSED');
    expect(refused?.context).to.deep.equal({ task: 'late' });
  });

  it('that fail are failures, before their abort whatever they say, and after it unless it is of the abort', async () => {
    const reasons = [new Error('down'), new DOMException('', 'AbortError'), undefined];
    for (const isAborted of [false, true]) {
      for (const reason of reasons) {
        const app = await Application.start([
          pollerThat(async (signal) => {
            if (isAborted) await once(signal, 'abort');
            // eslint-disable-next-line typescript/only-throw-error -- anything may be thrown
            throw reason;
          }),
        ]);
        if (isAborted && reason instanceof DOMException) {
          await app.stop();
          continue;
        }
        const { failures } = await rejection(StopError, app.stop());
        expect(failures).to.deep.equal([{ token: 'poll', error: reason }]);
      }
    }
  });

  describe('in time', () => {
    const events: TaskEvent[] = [];
    const onTask = (event: unknown): void => void events.push(event as TaskEvent);
    let clock: SinonFakeTimers;

    beforeEach(() => {
      clock = fakeClock();
      events.length = 0;
      containerEvents.task.subscribe(onTask);
    });

    afterEach(() => {
      containerEvents.task.unsubscribe(onTask);
      expect(restored(clock)).to.equal(0);
    });

    it('are waited for, and tell how long they ran', async () => {
      let reason: unknown;
      const app = await Application.start([
        pollerThat(async (signal) => {
          await once(signal, 'abort');
          reason = signal.reason;
          await new Promise((resolve) => setTimeout(resolve, 9_000));
        }),
      ]);
      await clock.tickAsync(500);
      const stopped = app.stop();
      await clock.tickAsync(9_000);
      await stopped;
      expect(reason).to.be.instanceOf(SlipwayError).with.property('rawMessage', 'The application is ending.');
      expect(events).to.deep.equal([{ task: 'poll', durationMs: 9_500 }]);
    });

    it('or are named and left, by the limit of each and by that of the stop', async () => {
      for (const [stopTimeoutMs, limitMs] of [
        [25_000, 10_000],
        [700, 700],
      ] as const) {
        const app = await Application.start([pollerThat(() => new Promise(() => undefined))], {
          stopTimeoutMs,
        });
        const stopped = rejection(StopError, app.stop());
        await clock.tickAsync(limitMs);
        const [failure] = (await stopped).failures;
        const error = failure?.error as SlipwayError;
        expect(error.rawMessage).to.equal(
          `The background task 'poll' did not end within ${limitMs} ms of its abort and was left. Let it heed its signal.`,
        );
        expect(error.context).to.deep.equal({ task: 'poll', elapsedMs: limitMs });
      }
    });
  });
});
