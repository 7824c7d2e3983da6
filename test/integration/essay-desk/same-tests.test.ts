import { expect } from 'chai';
import { join } from 'node:path';
import { projectRoot } from '../../support/project-root.js';
import { run } from '../../support/run.js';

describe('SLIPWAY_TEST_REAL=1', function () {
  this.timeout(120_000);

  it('runs the tests of services on real servers, in mocha workers at a time', async () => {
    const mocha = join(projectRoot, 'node_modules', 'mocha', 'bin', 'mocha.js');
    const files = ['essay-desk/service', 'quick-start/essays'].map((name) =>
      join(projectRoot, 'build', 'test', 'unit', `${name}.test.js`),
    );
    const { exitCode, output } = await run(
      process.execPath,
      [mocha, '--no-config', '--parallel', '--jobs', '2', '--timeout', '60000', ...files],
      // The servers of this run: its variables are the switch's.
      { cwd: projectRoot, env: { SLIPWAY_TEST_REAL: '1' } },
    );
    expect(output).to.include('5 passing');
    expect(exitCode).to.equal(0);
  });
});
