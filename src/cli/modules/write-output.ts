import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describeError } from '../../errors/describe.js';
import { type CommandArgs, type CommandOption, usageError } from '../command.js';
import type { CliIo } from '../io.js';

export const outputOption: CommandOption = {
  name: 'output',
  short: 'o',
  value: '<file>',
  help: 'Writes to this file and not to standard output.',
};

/** Prints, or writes into the file that was asked for. */
export async function writeOutput(args: CommandArgs, io: CliIo, text: string): Promise<void> {
  const path = args.get('output');
  if (path === undefined) {
    io.out(text);
    return;
  }
  try {
    await writeFile(resolve(io.cwd, path), text);
  } catch (error) {
    throw usageError(`--output ${path} cannot be written: ${describeError(error)}.`, error);
  }
  io.err(`Written: ${path}\n`);
}
