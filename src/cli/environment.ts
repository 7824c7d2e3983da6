import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { describeError } from '../errors/describe.js';
import { type EnvironmentVariables, readText } from '../settings/environment.js';
import { type CommandArgs, type CommandOption, usageError } from './command.js';
import type { CliIo } from './io.js';

export const envFileOption: CommandOption = {
  name: 'env-file',
  value: '<path>',
  help: 'Reads variables from a file too, as node --env-file does: what is set already wins.',
};

/** Variables, and where each comes from. */
export interface Environment {
  readonly variables: EnvironmentVariables;
  /** `environment`, the path of a file, or `undefined` for one that is not set. */
  readonly sourceOf: (name: string) => string | undefined;
}

/** @throws SlipwayError SLIPWAY_CLI_USAGE for a file that cannot be read. */
export function readEnvironment(args: CommandArgs, io: CliIo): Environment {
  const path = args.get('env-file');
  const file = path === undefined ? {} : parseEnv(readFile(resolve(io.cwd, path), path));
  const own = Object.fromEntries(Object.entries(io.env).filter(([name]) => isSet(io.env, name)));
  return {
    variables: { ...file, ...own },
    sourceOf: (name) => {
      if (isSet(io.env, name)) return 'environment';
      return isSet(file, name) ? path : undefined;
    },
  };
}

function isSet(env: EnvironmentVariables, name: string): boolean {
  return readText(env, name, true) !== undefined;
}

function readFile(path: string, given: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usageError(`--env-file ${given} cannot be read: ${describeError(error)}.`, error);
  }
}
