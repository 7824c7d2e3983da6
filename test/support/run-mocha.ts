import { join } from 'node:path';
import { projectRoot } from './project-root.js';
import { type Run, run } from './run.js';

/** Runs one file of build/test/ in a mocha of its own, with the project's hooks, by default on this Node. */
export function runMocha(
  file: string,
  env: Readonly<Record<string, string>> = {},
  node = process.execPath,
): Promise<Run> {
  const mocha = join(projectRoot, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const build = join(projectRoot, 'build', 'test');
  const args = [
    '--no-config',
    '--timeout',
    '30000',
    '--require',
    join(build, 'support', 'setup.js'),
    join(build, file),
  ];
  return run(node, [mocha, ...args], {
    cwd: projectRoot,
    // Its results are not those of this run.
    env: { SLIPWAY_TEST_RESULTS: '', ...env },
  });
}
