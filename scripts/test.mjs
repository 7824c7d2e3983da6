// npm test [-- mocha's arguments]
// All tests, in three mochas at a time, for most of their time is waiting for servers. With arguments: one mocha.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
const all = 'build/test/**/*.test.js';
const integration = 'build/test/integration/**/*.test.js';
const unit = 'build/test/unit/**/*.test.js';
const folder = mkdtempSync(join(tmpdir(), 'slipway-test-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

function start(name, args, stdio) {
  const results = join(folder, name);
  const child = spawn(process.execPath, [mocha, ...args], {
    stdio: ['inherit', stdio, stdio],
    env: { ...process.env, SLIPWAY_TEST_RESULTS: results, ...(process.stdout.isTTY && { FORCE_COLOR: '1' }) },
  });
  const held = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => held.push(chunk));
  const ended = new Promise((resolve) => {
    child.once('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(held), results }));
  });
  return { child, ended };
}

/** What the mochas counted, after the titles of what failed; one that died early counts as a failure. */
function sum(files) {
  const counts = files.map((file) => {
    try {
      const text = readFileSync(file, 'utf8');
      const [line = '', passed, failed] = /^(\d+) passed, (\d+) failed\n/.exec(text) ?? [];
      return { passed: Number(passed), failed: Number(failed), titles: text.slice(line.length) };
    } catch {
      return { passed: 0, failed: 1, titles: '- a mocha that died early\n' };
    }
  });
  const total = (which) => counts.reduce((before, each) => before + each[which], 0);
  const titles = counts.map((each) => each.titles).join('');
  return `${titles}${total('passed')} passed, ${total('failed')} failed\n`;
}

const args = process.argv.slice(2);
if (args.length === 0) {
  const { status } = spawnSync(process.execPath, ['build/test/support/servers/prepare.js'], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}
const runs =
  args.length > 0
    ? [start('all', [all, ...args], 'inherit')]
    : [
        start('integration', [integration], 'inherit'),
        start('unit', [unit], 'pipe'),
        start('others', [all, '--ignore', integration, '--ignore', unit], 'pipe'),
      ];
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => runs.forEach(({ child }) => child.kill(signal)));
}
const ended = await Promise.all(runs.map((run) => run.ended));
for (const { output } of ended) process.stdout.write(output);
const told = sum(ended.map(({ results }) => results));
if (runs.length > 1) console.log(told);
const wanted = process.env['SLIPWAY_TEST_RESULTS'] ?? '';
if (wanted !== '') writeFileSync(wanted, told);
process.exitCode = Math.max(...ended.map(({ code }) => code));
