import { SettingsError, type SettingsFault } from '../errors/settings-error.js';
import type { SettingsDefinition, SettingsVariable } from '../settings/define-settings.js';
import { envExample } from '../settings/env-example.js';
import { readText } from '../settings/environment.js';
import { kafkaVariables } from '../settings/kafka-variables.js';
import { loadSettings } from '../settings/load-settings.js';
import { showValue } from '../settings/masking.js';
import { redisVariables } from '../settings/redis-variables.js';
import { serviceVariables } from '../settings/service-variables.js';
import { settingsTable } from '../settings/settings-table.js';
import { columns } from './columns.js';
import type { Command } from './command.js';
import { type Environment, envFileOption, readEnvironment } from './environment.js';
import { type CliIo, exitCodes } from './io.js';
import { exportOption, loadModule } from './modules/load-module.js';
import { definitionsOf } from './modules/recognise.js';
import { outputOption, writeOutput } from './modules/write-output.js';

type Definition = SettingsDefinition<unknown>;

/** One variable as it stands. Its value without secrets. */
interface Row {
  readonly variable: string;
  /** `null` where it is not set and has no default. */
  readonly value: string | null;
  /** `environment`, the path of a file, `default`, or `null` where it has no value. */
  readonly from: string | null;
  readonly required: boolean;
  /** What was expected, where the value is wrong. */
  readonly expected?: string;
}

const formats = ['table', 'json', 'example', 'markdown'] as const;

export const env: Command = {
  name: 'env',
  operands: '[module]',
  count: [0, 1],
  summary:
    'Lists the variables that a service reads, their values (secrets masked) and where they come from.',
  description: [
    "Lists slipway's own variables, and those of the settings that the module defines (defineSettings). No connection is opened.",
    '',
    'It exits with 1 if a value is wrong or one that is required is missing; the whole list is printed all the same.',
  ].join('\n'),
  options: [
    {
      name: 'format',
      short: 'f',
      value: '<format>',
      help: 'Default table. example is the text of an .env.example, markdown the table of a document.',
      choices: formats,
    },
    { name: 'own', help: "Without slipway's own variables." },
    envFileOption,
    outputOption,
    exportOption,
  ],
  examples: [
    ['env', "slipway's own variables"],
    ['env dist/settings.js --env-file .env', 'with those of a service, and of a file'],
    ['env dist/settings.js -f example -o .env.example', 'a file to begin with'],
  ],
  async run(args, io) {
    const environment = readEnvironment(args, io);
    const groups = await groupsOf(args.positionals[0], args.get('export'), environment, io);
    const shown = args.has('own') ? groups.filter(([title]) => !title.startsWith('slipway ')) : groups;
    const definitions = shown.map(([, definition]) => definition);
    const format = (args.get('format') ?? 'table') as (typeof formats)[number];
    if (format === 'example' || format === 'markdown') {
      const text = format === 'example' ? envExample(definitions) : `${settingsTable(definitions)}\n`;
      await writeOutput(args, io, text);
      return exitCodes.ok;
    }
    const { faults, warnings } = faultsOf(groups, environment);
    const rows = shown.map(([title, { variables }]) => ({
      title,
      variables: variables.map((each) => rowOf(each, environment, faults)),
    }));
    const names = new Set(definitions.flatMap(({ variables }) => variables.map(({ name }) => name)));
    const told = faults.filter(({ variable }) => names.has(variable) || !args.has('own'));
    await writeOutput(
      args,
      io,
      format === 'json'
        ? `${JSON.stringify({ ok: told.length === 0, groups: rows, warnings }, undefined, 2)}\n`
        : rows.map(textOf).join('\n'),
    );
    for (const { variable, got, expected } of told)
      io.err(
        `${variable} ${got === undefined ? 'is not set' : `is ${JSON.stringify(got)}`}: expected ${expected}.\n`,
      );
    for (const warning of warnings) io.err(`${warning}\n`);
    return told.length === 0 ? exitCodes.ok : exitCodes.faults;
  },
};

async function groupsOf(
  module: string | undefined,
  only: string | undefined,
  { variables }: Environment,
  { cwd }: CliIo,
): Promise<readonly (readonly [title: string, definition: Definition])[]> {
  const own: readonly (readonly [string, Definition])[] = [
    ['slipway service', serviceVariables],
    ['slipway redis', redisVariables],
    ['slipway kafka', kafkaVariables],
  ];
  if (module === undefined) return own;
  const exported = await loadModule({ module, only, cwd, env: variables });
  const known = new Set(own.map(([, definition]) => definition));
  const more = [...definitionsOf(exported)].filter(([, definition]) => !known.has(definition));
  return [...own, ...more];
}

/** As a service that reads them all would have them. */
function faultsOf(
  groups: readonly (readonly [string, Definition])[],
  { variables }: Environment,
): { readonly faults: readonly SettingsFault[]; readonly warnings: readonly string[] } {
  const more = groups.slice(3).map(([, definition], index) => [`own${index}`, definition] as const);
  try {
    const { warnings } = loadSettings<Record<string, Definition>>(Object.fromEntries(more), variables);
    return { faults: [], warnings };
  } catch (error) {
    if (!SettingsError.is(error)) throw error;
    return { faults: error.faults, warnings: error.warnings };
  }
}

function rowOf(
  { name, secret, defaultText, required }: SettingsVariable,
  { variables, sourceOf }: Environment,
  faults: readonly SettingsFault[],
): Row {
  const text = readText(variables, name, secret);
  const fault = faults.find(({ variable }) => variable === name);
  const fallback = defaultText ?? null;
  return {
    variable: name,
    value: text === undefined ? fallback : showValue(text, secret),
    from: sourceOf(name) ?? (defaultText === undefined ? null : 'default'),
    required,
    ...(fault === undefined ? {} : { expected: fault.expected }),
  };
}

function textOf({
  title,
  variables,
}: {
  readonly title: string;
  readonly variables: readonly Row[];
}): string {
  const cells = variables.map(({ variable, value, from, required, expected }) => [
    expected === undefined ? ' ' : '!',
    variable,
    (value ?? (required ? '(required, not set)' : '-')).replaceAll(/\s+/g, ' '),
    from ?? '',
  ]);
  return `${title}\n${columns(cells).join('\n')}\n`;
}
