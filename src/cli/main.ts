#!/usr/bin/env node
import { runCli } from './run-cli.js';

const { stdout, stderr } = process;
// Whoever reads, `head` say, may go before the end.
for (const stream of [stdout, stderr]) stream.on('error', () => process.exit(process.exitCode ?? 0));

const code = await runCli(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  out: (text) => stdout.write(text),
  err: (text) => stderr.write(text),
});
process.exitCode = code;
for (const stream of [stdout, stderr]) await new Promise<unknown>((resolve) => stream.write('', resolve));
// What a check gave up waiting for, a name server say, must not keep the process.
process.exit(code);
