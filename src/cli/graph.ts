import { graph as draw, type GraphFormat } from '../container/drawing/graph.js';
import type { Command } from './command.js';
import { envFileOption, readEnvironment } from './environment.js';
import { exitCodes } from './io.js';
import { exportOption, listOf, loadModule, moduleError } from './modules/load-module.js';
import { applicationOf } from './modules/recognise.js';
import { outputOption, writeOutput } from './modules/write-output.js';

const formats: readonly GraphFormat[] = ['mermaid', 'html', 'json'];

export const graph: Command = {
  name: 'graph',
  operands: '<module>',
  count: [1, 1],
  summary: 'Draws what an application is made of, and lists the problems of its graph.',
  description: [
    'Imports the module and draws the graph of the Application it exports, or of its providers. Nothing is built or started, and no connection opened.',
    '',
    'The drawing goes to standard output, problems to standard error; with problems it exits with 1.',
  ].join('\n'),
  options: [
    { name: 'format', short: 'f', value: '<format>', help: 'Default mermaid.', choices: formats },
    outputOption,
    exportOption,
    envFileOption,
  ],
  examples: [
    ['graph dist/application.js', 'a flowchart in the language of mermaid'],
    ['graph dist/application.js -f html -o graph.html', 'one page that loads nothing'],
    ['graph dist/application.js -e createApplication', 'of what a function returns, given the environment'],
  ],
  async run(args, io) {
    const [module = ''] = args.positionals;
    const { variables: env } = readEnvironment(args, io);
    const exported = await loadModule({ module, only: args.get('export'), cwd: io.cwd, env });
    const application = applicationOf(exported);
    if (application === undefined) {
      throw moduleError(
        module,
        `exports no Application and no providers. ${listOf(exported)} A function that makes one is called with --export <name>.`,
      );
    }
    const format = (args.get('format') ?? 'mermaid') as GraphFormat;
    await writeOutput(args, io, draw(application, format));
    const { problems } = application.describe();
    for (const { message } of problems) io.err(`${message}\n`);
    return problems.length === 0 ? exitCodes.ok : exitCodes.faults;
  },
};
