// Run as a process of its own: the tests of a service run once, with none of their code compiled yet.
import { readdirSync } from 'node:fs';
import { devNull } from 'node:os';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';

/** What the run of a suite took, in milliseconds. */
export interface SuiteRun {
  readonly tests: number;
  readonly failures: readonly string[];
  /** Loading the tests, and with them the service, slipway and the packages of both. */
  readonly importMs: number;
  /** From the first test's beginning to the last one's end, as mocha reports it. */
  readonly runMs: number;
  /** Of `runMs`, what the processor worked for this process, however busy the machine was. */
  readonly runCpuMs: number;
}

const folder = new URL('../../test/unit/essay-desk/service/', import.meta.url);

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const mocha = new Mocha({
  // A report would stand where the figures are to stand.
  reporter: 'json',
  reporterOptions: { output: devNull },
  timeout: 60_000,
});
for (const file of readdirSync(folder)) {
  if (file.endsWith('.test.js')) mocha.addFile(fileURLToPath(new URL(file, folder)));
}
const begun = performance.now();
await mocha.loadFilesAsync();
const importMs = performance.now() - begun;
const cpuBefore = cpuMs();
const failures: string[] = [];
const runner = await new Promise<Mocha.Runner>((resolve) => {
  const running = mocha.run(() => resolve(running));
  running.on('fail', (test, error: Error) => failures.push(`${test.fullTitle()}: ${error.message}`));
});
const { passes = 0, duration = Number.NaN } = runner.stats ?? {};
const run: SuiteRun = {
  tests: passes,
  failures,
  importMs,
  runMs: duration,
  runCpuMs: cpuMs() - cpuBefore,
};
console.log(JSON.stringify(run));
