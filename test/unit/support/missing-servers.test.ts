import { expect } from 'chai';
import { runMocha } from '../../support/run-mocha.js';

const fixture = 'integration/support/real-servers.fixture.js';

/** No program to be found, so no server and no package manager either. */
const bareMachine = {
  PATH: '/nonexistent',
  JAVA_HOME: '',
  SLIPWAY_TEST_REDIS_URL: '',
  SLIPWAY_TEST_KAFKA: '',
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
});
