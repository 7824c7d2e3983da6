import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { join } from 'node:path';
import { projectRoot } from '../../support/project-root.js';
import { run } from '../../support/run.js';

const unit = join(projectRoot, 'build', 'test', 'unit');
const service = join(unit, 'essay-desk', 'service');

describe('SLIPWAY_TEST_REAL=1', function () {
  this.timeout(120_000);

  it('runs the tests of services on real servers, in mocha workers at a time', async () => {
    const mocha = join(projectRoot, 'node_modules', 'mocha', 'bin', 'mocha.js');
    const files = readdirSync(service).filter((name) => name.endsWith('.test.js'));
    const { exitCode, output } = await run(
      process.execPath,
      [
        mocha,
        '--no-config',
        '--parallel',
        '--jobs=2',
        '--timeout=60000',
        ...files.map((name) => join(service, name)),
        join(unit, 'quick-start', 'essays.test.js'),
      ],
      // The servers of this run: its variables are the switch's.
      { cwd: projectRoot, env: { SLIPWAY_TEST_REAL: '1' } },
    );
    expect(output)
      .to.match(/[1-9]\d passing/)
      .and.not.match(/\d (?:failing|pending)/);
    expect(exitCode).to.equal(0);
  });
});
