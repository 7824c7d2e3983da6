import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './project-root.js';
import { run } from './run.js';
import { CannotInstall, commandOf } from './servers/install.js';

const requirements = join(projectRoot, 'scripts', 'python', 'requirements.txt');
/** For a machine that reaches no package index: pip would try for many minutes. */
const pipLimitMs = 120_000;

let ready: Promise<string> | undefined;

/**
 * The command of a Python that has what scripts/python/requirements.txt names, in an environment of its own under
 * .cache/, which is made at the first call.
 * @throws CannotInstall where there is no Python, or nowhere to get its packages from.
 */
export function pythonOfOriginal(): Promise<string> {
  ready ??= environment();
  return ready;
}

async function environment(): Promise<string> {
  const text = await readFile(requirements, 'utf8');
  const key = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const folder = join(projectRoot, '.cache', 'python', key);
  const command = join(folder, 'bin', 'python');
  if (existsSync(command)) return command;
  const python = await commandOf('python');
  const unfinished = `${folder}.${randomUUID()}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await install(python, unfinished);
    // Renamed when whole: a cut download is never taken for an installation.
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(command)) throw error; // else another run was faster
  }
  return command;
}

async function install(python: string, folder: string): Promise<void> {
  const venv = await run(python, ['-m', 'venv', folder]);
  if (venv.exitCode !== 0) throw new CannotInstall(`python -m venv failed: ${lastLine(venv.output)}`, []);
  const patience = ['--timeout', '15', '--retries', '2'];
  const pip = ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', ...patience, '-r', requirements];
  const installed = await run(join(folder, 'bin', 'python'), pip, { timeoutMs: pipLimitMs });
  if (installed.exitCode === 0) return;
  throw new CannotInstall(`pip could not install aiokafka and pydantic: ${lastLine(installed.output)}`, []);
}

function lastLine(output: string): string {
  const lines = output.trim().split('\n');
  return lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? '';
}
