import { expect } from 'chai';
import { runMocha } from '../../support/run-mocha.js';

const fixture = 'integration/support/real-servers.fixture.js';

/** No program to be found, so no server and no package manager either. */
const bareMachine = {
  PATH: '/nonexistent',
  JAVA_HOME: '',
  SLIPWAY_TEST_REDIS_URL: '',
  SLIPWAY_TEST_KAFKA: '',
  SLIPWAY_TEST_CHROMIUM: '',
};

describe('real-server suites on a machine without servers', () => {
  it('are left out and named with the command that would make them run', async () => {
    const run = await runMocha(fixture, { ...bareMachine, CI: '' });

    expect(run.output).to.not.include('runs only with its servers');
    const end = run.output.slice(run.output.indexOf('NOT RUN'));
    expect(end).to.include('test/integration/support/real-servers.fixture.ts: NeedsServers (tests: 1)');
    expect(end.trim().split('\n').at(-1)).to.match(/ install .*openjdk.* redis.* && npm test$/);
    expect(run.exitCode).to.equal(0);
  });

  it('fail the run with CI=true', async () => {
    const run = await runMocha(fixture, { ...bareMachine, CI: 'true' });

    expect(run.exitCode).to.equal(1);
    expect(run.output).to.include('redis-server is not installed');
  });

  it('use the servers that the variables name and start none', async () => {
    const run = await runMocha(fixture, {
      ...bareMachine,
      CI: 'true',
      SLIPWAY_TEST_REDIS_URL: 'redis://127.0.0.1:1',
      SLIPWAY_TEST_KAFKA: '127.0.0.1:1',
    });

    expect(run.exitCode).to.equal(0);
    expect(run.output).to.include('1 passing');
  });

  it('are left out where they need a browser that is missing, and fail with CI=true', async () => {
    const browser = 'integration/chromium/browser.fixture.js';
    const [alone, ci] = await Promise.all([
      runMocha(browser, { ...bareMachine, CI: '' }),
      runMocha(browser, { ...bareMachine, CI: 'true' }),
    ]);

    const end = alone.output.slice(alone.output.indexOf('NOT RUN'));
    expect(end).to.include('test/integration/chromium/browser.fixture.ts: NeedsBrowser (tests: 1)');
    expect(end.trim().split('\n').at(-1)).to.match(/ install .*chromium && npm test$/);
    expect([alone.exitCode, ci.exitCode]).to.deep.equal([0, 1]);
    expect(ci.output).to.include('chromium is not installed');
  });
});
