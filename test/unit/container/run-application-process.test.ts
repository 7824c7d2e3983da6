import { expect } from 'chai';
import { Child } from '../../support/child.js';

const fixture = 'test/fixtures/run-application.fixture.ts';

function start(fault = ''): Child {
  return Child.node(fixture, { env: { RUN_FIXTURE: fault } });
}

describe('a process that runs an application', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`stops in order on ${signal} and exits with 0`, async () => {
      await using child = start();
      await child.until(/started/);
      child.signal(signal);

      expect(await child.ended).to.deep.equal({ code: 0, signal: null });
      expect(child.stderr).to.match(
        /^Stopping on SIG\w+\nServer released in .* ms\nStore released in .* ms\nStopped in .* ms\n$/,
      );
    });
  }

  it('stays alive without any socket or timer of its own', async () => {
    await using child = start();
    await child.until(/started/);
    // Node would end it with 13, for the await that never settles.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(child.isRunning).to.equal(true);
  });

  it('exits with 1 after a failed start, with one line', async () => {
    await using child = start('failed-start');

    expect(await child.ended).to.deep.equal({ code: 1, signal: null });
    expect(child.stderr).to.match(/^\[SLIPWAY_CONTAINER_START\] .*Store.*the store is shut.*\n$/);
  });

  it('shows the stack of the cause to NODE_DEBUG=slipway', async () => {
    await using child = Child.node(fixture, { env: { RUN_FIXTURE: 'failed-start', NODE_DEBUG: 'slipway' } });
    await child.ended;

    expect(child.stderr).to.match(
      /SLIPWAY \d+: Error: the store\nis shut\n {4}at .*run-application\.fixture/,
    );
  });

  it('can be forced to end a start that hangs', async () => {
    await using child = start('hung-start');
    await child.until(/building/);
    const again = setInterval(() => child.signal('SIGTERM'), 100);

    expect(await child.ended).to.deep.equal({ code: 143, signal: null });
    clearInterval(again);
  });

  it('exits with 2 after a stop that could not release all', async () => {
    await using child = start('failed-release');
    await child.until(/started/);
    child.signal('SIGTERM');

    expect(await child.ended).to.deep.equal({ code: 2, signal: null });
    expect(child.stderr).to.match(/Store not released after .* ms: the store did not close\n/);
    expect(child.stderr).to.match(/\n\[SLIPWAY_CONTAINER_STOP\] .*the store did not close\.\n$/);
  });

  for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    it(`exits with ${code} by a second ${signal}`, async () => {
      await using child = start('hung-release');
      await child.until(/started/);
      child.signal(signal);
      await child.until(/Server released/);
      // The first of these are taken for the same as the one before.
      const again = setInterval(() => child.signal(signal), 100);

      expect(await child.ended).to.deep.equal({ code, signal: null });
      clearInterval(again);
      expect(child.stderr).to.match(new RegExp(`Forced to end by ${signal}\n$`));
    });
  }
});
