import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './project-root.js';

export interface MochaRun {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs one file of build/test/ in a mocha of its own, with the project's hooks. */
export function runMocha(file: string, env: Readonly<Record<string, string>> = {}): Promise<MochaRun> {
  const mocha = join(projectRoot, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const build = join(projectRoot, 'build', 'test');
  const args = ['--no-config', '--require', join(build, 'support', 'setup.js'), join(build, file)];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [mocha, ...args],
      { cwd: projectRoot, env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : Number(error.code);
        resolve({ exitCode, output: stdout + stderr });
      },
    );
  });
}
