import { eventRegistry } from '../events/event-registry.js';
import { asyncApi } from '../events/generators/async-api.js';
import { eventsTable } from '../events/generators/events-table.js';
import { jsonSchemas } from '../events/generators/json-schemas.js';
import type { Command, CommandArgs } from './command.js';
import { envFileOption, readEnvironment } from './environment.js';
import { exitCodes } from './io.js';
import { exportOption, listOf, loadModule, moduleError } from './modules/load-module.js';
import { eventsOf } from './modules/recognise.js';
import { outputOption, writeOutput } from './modules/write-output.js';

const formats = ['table', 'asyncapi', 'json-schema'] as const;

export const events: Command = {
  name: 'events',
  operands: '<module>',
  count: [1, 1],
  summary: 'Lists the events of a module: types, topics, keys, versions; or their AsyncAPI document.',
  description:
    'Imports the module and reads the events it exports: a registry, definitions, an Application or providers that have some. Nothing is built or started, and no connection opened.',
  options: [
    { name: 'format', short: 'f', value: '<format>', help: 'Default table, in Markdown.', choices: formats },
    { name: 'title', value: '<text>', help: 'The title of the AsyncAPI document. Default: the module.' },
    {
      name: 'api-version',
      value: '<text>',
      help: 'The version of the AsyncAPI document. Default 1.0.0.',
    },
    outputOption,
    exportOption,
    envFileOption,
  ],
  examples: [
    ['events dist/events.js', 'a table'],
    ['events dist/events.js -f asyncapi -o asyncapi.json', 'the AsyncAPI document'],
  ],
  async run(args, io) {
    const [module = ''] = args.positionals;
    const { variables: env } = readEnvironment(args, io);
    const exported = await loadModule({ module, only: args.get('export'), cwd: io.cwd, env });
    const found = eventsOf(exported);
    if (found.length === 0) {
      throw moduleError(
        module,
        `exports no events: no registry, no definition, and no Application or providers that have some. ${listOf(exported)}`,
      );
    }
    await writeOutput(args, io, render(args, module, eventRegistry(found)));
    return exitCodes.ok;
  },
};

function render(args: CommandArgs, module: string, registry: ReturnType<typeof eventRegistry>): string {
  const format = args.get('format') ?? 'table';
  if (format === 'table') return `${eventsTable(registry)}\n`;
  if (format === 'asyncapi') {
    const document = asyncApi(registry, {
      title: args.get('title') ?? module,
      version: args.get('api-version') ?? '1.0.0',
    });
    return `${JSON.stringify(document, undefined, 2)}\n`;
  }
  return `${JSON.stringify(jsonSchemas(registry), undefined, 2)}\n`;
}
