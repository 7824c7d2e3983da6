import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The source folder of the benchmarks: what peers are compared with is installed there, not beside the output. */
export const peersFolder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'bench');

/** Runs `npm ci` in bench/ unless what its lock file names is installed. */
export async function installPeers(): Promise<void> {
  const wanted = join(peersFolder, 'package-lock.json');
  const installed = join(peersFolder, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  console.error('Installing the packages to compare with (npm ci --prefix bench) ...');
  await new Promise<void>((resolve, reject) => {
    const args = ['ci', '--prefix', peersFolder, '--ignore-scripts', '--no-audit', '--no-fund'];
    execFile('npm', args, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`npm ci --prefix bench failed:\n${stderr}`, { cause: error }));
    });
  });
}
