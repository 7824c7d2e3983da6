import { createRequire } from 'node:module';
import { describeError } from '../errors/describe.js';
import { nearest } from '../errors/nearest.js';
import { SlipwayError } from '../errors/slipway-error.js';
import { check } from './check/check.js';
import { type Command, readArgs, usageError } from './command.js';
import { env } from './env.js';
import { events } from './events.js';
import { graph } from './graph.js';
import { explain, overview } from './help.js';
import { type CliIo, type ExitCode, exitCodes } from './io.js';

/** In the order the help lists them. */
export const commands: readonly Command[] = [check, graph, env, events];

/**
 * Carries out one command line.
 * @param args what stands behind `slipway`.
 * @returns what to exit with. Never rejects: what goes wrong is told on `io.err`.
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<ExitCode> {
  const [name = '--help', ...rest] = args;
  try {
    return await carryOut(name, rest, io);
  } catch (error) {
    const text = SlipwayError.is(error) ? error.rawMessage : describeError(error);
    const isUsage = SlipwayError.is(error, 'SLIPWAY_CLI_USAGE');
    const known = commands.some((command) => command.name === name);
    io.err(`slipway: ${text}\n`);
    if (isUsage) io.err(`See: slipway ${known ? `${name} ` : ''}--help\n`);
    return exitCodes.usage;
  }
}

async function carryOut(name: string, args: readonly string[], io: CliIo): Promise<ExitCode> {
  if (['--help', '-h', 'help'].includes(name)) {
    const [asked] = args;
    const about = commands.find((command) => command.name === asked);
    if (about === undefined && asked !== undefined && !asked.startsWith('-')) throw unknownCommand(asked);
    io.out(about === undefined ? overview(commands) : explain(about));
    return exitCodes.ok;
  }
  if (name === '--version' || name === '-v') {
    io.out(`${version()}\n`);
    return exitCodes.ok;
  }
  const command = commands.find((each) => each.name === name);
  if (command === undefined) throw unknownCommand(name);
  const read = readArgs(command, args);
  if (read.has('help')) {
    io.out(explain(command));
    return exitCodes.ok;
  }
  return command.run(read, io);
}

function unknownCommand(name: string): SlipwayError {
  const names = commands.map((command) => command.name);
  const [closest] = nearest(name, names);
  const guess = closest === undefined ? `It has ${names.join(', ')}` : `Did you mean ${closest}`;
  return usageError(
    `There is no command ${JSON.stringify(name)}. ${guess}${closest === undefined ? '.' : '?'}`,
  );
}

/** Of the package: found from build/src/cli and from dist/cli. */
function version(): string {
  const require = createRequire(import.meta.url);
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const manifest = require(path) as { readonly name?: unknown; readonly version?: unknown };
      if (manifest.name === 'slipway' && typeof manifest.version === 'string') return manifest.version;
    } catch {
      // Not at this depth: the next one.
    }
  }
  return 'unknown';
}
