import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from './project-root.js';

const version = '24.21.0';

/** The command of a Node 24, which comes as an npm package and is kept under .cache/. This one, if it is new enough. */
export async function node24(): Promise<string> {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(projectRoot, '.cache', 'node', version);
  const command = join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(command)) return command;
  const unfinished = `${folder}.${randomUUID()}`;
  await mkdir(unfinished, { recursive: true });
  const flags = ['--no-audit', '--no-fund', '--no-save', '--ignore-scripts'];
  await promisify(execFile)('npm', ['install', '--prefix', unfinished, ...flags, `${name}@${version}`]);
  try {
    // Renamed when whole: a cut download is never taken for an installation.
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(command)) throw error; // else another run was faster
  }
  return command;
}
