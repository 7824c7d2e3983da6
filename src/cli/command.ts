import { parseArgs } from 'node:util';
import { describeError } from '../errors/describe.js';
import { nearest } from '../errors/nearest.js';
import { SlipwayError } from '../errors/slipway-error.js';
import type { CliIo, ExitCode } from './io.js';

/** One option as `--help` explains it. Options without a `value` are switches. */
export interface CommandOption {
  readonly name: string;
  readonly short?: string;
  /** What stands for its value in the help: `<ms>`. */
  readonly value?: string;
  readonly help: string;
  /** The only values it takes. */
  readonly choices?: readonly string[];
}

/** What a command was given. */
export interface CommandArgs {
  readonly positionals: readonly string[];
  /** Is the switch on? */
  readonly has: (name: string) => boolean;
  /** The value of an option; `undefined` where it was not given. */
  readonly get: (name: string) => string | undefined;
}

export interface Command {
  readonly name: string;
  /** Behind the name in its usage: `<module>`. */
  readonly operands: string;
  /** How many operands it takes. */
  readonly count: readonly [least: number, most: number];
  readonly summary: string;
  /** What it does, what it prints, what it exits with. */
  readonly description: string;
  readonly options: readonly CommandOption[];
  readonly examples: readonly (readonly [line: string, what: string])[];
  readonly run: (args: CommandArgs, io: CliIo) => Promise<ExitCode>;
}

/** Every command has it. */
export const helpOption: CommandOption = { name: 'help', short: 'h', help: 'Explains the command.' };

/** The command was given what it does not take, or what cannot be used. */
export function usageError(message: string, cause?: unknown): SlipwayError {
  return new SlipwayError('SLIPWAY_CLI_USAGE', { message, ...(cause === undefined ? {} : { cause }) });
}

/** @throws SlipwayError SLIPWAY_CLI_USAGE */
export function readArgs(command: Command, args: readonly string[]): CommandArgs {
  const options = [helpOption, ...command.options];
  assertKnown(command, options, args);
  const { values, positionals } = parse(options, args);
  const [least, most] = command.count;
  if (values['help'] !== true && (positionals.length < least || positionals.length > most)) {
    const wanted = command.operands === '' ? 'no operand' : command.operands;
    throw usageError(`${command.name} takes ${wanted}, and was given ${positionals.length || 'none'}.`);
  }
  for (const { name, choices } of options) {
    const given = values[name];
    if (choices === undefined || typeof given !== 'string' || choices.includes(given)) continue;
    throw usageError(`--${name} is ${JSON.stringify(given)}, and takes ${choices.join(', ')}.`);
  }
  return {
    positionals,
    has: (name) => values[name] === true,
    get: (name) => {
      const value = values[name];
      return typeof value === 'string' ? value : undefined;
    },
  };
}

function parse(options: readonly CommandOption[], args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      strict: true,
      options: Object.fromEntries(
        options.map(({ name, short, value }) => [
          name,
          {
            type: value === undefined ? ('boolean' as const) : ('string' as const),
            ...(short === undefined ? {} : { short }),
          },
        ]),
      ),
    });
  } catch (error) {
    const [sentence = ''] = describeError(error).split('. ');
    throw usageError(`${sentence.replace(/ \(ERR_\w+\)$/, '')}.`, error);
  }
}

/** Before parseArgs, which cannot say what was meant. */
function assertKnown(command: Command, options: readonly CommandOption[], args: readonly string[]): void {
  const end = args.indexOf('--');
  for (const arg of end === -1 ? args : args.slice(0, end)) {
    const given = /^--([^=]+)/.exec(arg)?.[1];
    if (given === undefined || options.some(({ name }) => name === given)) continue;
    const [closest] = nearest(
      given,
      options.map(({ name }) => name),
    );
    const guess = closest === undefined ? '' : ` Did you mean --${closest}?`;
    throw usageError(`${command.name} has no option --${given}.${guess}`);
  }
}
