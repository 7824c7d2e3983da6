import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeError } from '../../errors/describe.js';
import { nearest } from '../../errors/nearest.js';
import { SlipwayError } from '../../errors/slipway-error.js';
import type { EnvironmentVariables } from '../../settings/environment.js';
import type { CommandOption } from '../command.js';

export const exportOption: CommandOption = {
  name: 'export',
  short: 'e',
  value: '<name>',
  help: 'Looks at this export alone. A function is called with the environment, and what it returns is looked at.',
};

/** What a module exports, by name. */
export type Exports = Readonly<Record<string, unknown>>;

export interface ModuleRequest {
  /** A path, or the name of a package. */
  readonly module: string;
  readonly only?: string | undefined;
  readonly cwd: string;
  readonly env: EnvironmentVariables;
}

/**
 * Imports a module.
 * @throws SlipwayError SLIPWAY_CLI_MODULE
 */
export async function loadModule({ module, only, cwd, env }: ModuleRequest): Promise<Exports> {
  const exported = await importModule(module, cwd);
  if (only === undefined) return exported;
  if (!(only in exported)) {
    const [closest] = nearest(only, Object.keys(exported));
    const guess = closest === undefined ? listOf(exported) : `Did you mean ${closest}?`;
    throw moduleError(module, `exports no ${only}. ${guess}`);
  }
  const value = exported[only];
  // A token or a class is no function to be called here.
  if (typeof value !== 'function' || /^class\b/.test(Function.prototype.toString.call(value)))
    return { [only]: value };
  try {
    return { [only]: await (value as (env: EnvironmentVariables) => unknown)(env) };
  } catch (error) {
    throw moduleError(module, `exports ${only}, which failed: ${describeError(error)}`, error);
  }
}

export function moduleError(module: string, what: string, cause?: unknown): SlipwayError {
  return new SlipwayError('SLIPWAY_CLI_MODULE', {
    message: `${module} ${what}`,
    context: { module },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** For messages: what a module has. */
export function listOf(exported: Exports): string {
  const names = Object.keys(exported);
  return names.length === 0 ? 'It exports nothing.' : `It exports ${names.join(', ')}.`;
}

async function importModule(module: string, cwd: string): Promise<Exports> {
  const url = locate(module, cwd);
  try {
    return (await import(url)) as Exports;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isTypeScript = code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?tsx?$/.test(module);
    if (isTypeScript) {
      const fix =
        'Compile it and give the JavaScript; or load a hook that reads TypeScript: NODE_OPTIONS="--import tsx".';
      throw moduleError(module, `is TypeScript, which this Node does not read. ${fix}`, error);
    }
    throw moduleError(module, `cannot be loaded: ${describeError(error)}`, error);
  }
}

/** A path that exists is a path; everything else is a package as `cwd` would have it. */
function locate(module: string, cwd: string): string {
  if (module.startsWith('file:')) return module;
  const path = resolve(cwd, module);
  if (existsSync(path)) return pathToFileURL(path).href;
  if (/^\.{0,2}[/\\]/.test(module) || /\.[cm]?[jt]sx?$/.test(module))
    throw moduleError(module, `is not there: ${path}. Compile first, if it is compiled.`);
  try {
    return pathToFileURL(createRequire(join(cwd, 'slipway.js')).resolve(module)).href;
  } catch (error) {
    throw moduleError(
      module,
      `is neither a file nor a package: ${describeError(error).split('\n')[0]}`,
      error,
    );
  }
}
