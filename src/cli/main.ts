#!/usr/bin/env node
import { describeError } from '../errors/describe.js';
import { exitCodes } from './io.js';
import { runCli } from './run-cli.js';

const { stdout, stderr } = process;
const out = stdout.write.bind(stdout);
const err = stderr.write.bind(stderr);
// What a module prints while it is loaded, as dotenv does, must not stand in the middle of a document.
stdout.write = err;

let hasEnded = false;
function end(code: number): never {
  hasEnded = true;
  process.exit(code);
}

/** A module that is imported may do what it likes: Node would tell some of it as the code for something else, or for success. */
function giveUp(why: string): void {
  hasEnded = true;
  err(`slipway: ${why}\n`);
  process.exitCode = exitCodes.usage;
}

// Whoever reads, `head` say, may go before the end.
for (const stream of [stdout, stderr]) stream.on('error', () => end(Number(process.exitCode ?? 0)));
process.on('uncaughtException', (error) => {
  giveUp(describeError(error));
  process.exit();
});
process.on('beforeExit', () => {
  if (!hasEnded) giveUp('The module waits at its top level for what never comes.');
});
process.on('exit', (code) => {
  if (!hasEnded)
    giveUp(`The module has ended the process with ${code}. Export what makes things, and start nothing.`);
});

// Not awaited here: Node has a warning and a code of its own for what is awaited at the top level and never comes.
void runCli(process.argv.slice(2), { env: process.env, cwd: process.cwd(), out, err }).then(async (code) => {
  process.exitCode = code;
  for (const write of [out, err]) await new Promise<unknown>((resolve) => write('', resolve));
  // What a check gave up waiting for, a name server say, must not keep the process.
  end(code);
});
