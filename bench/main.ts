// npm run bench -- [suite ...] [--json] [--quick] [--check]
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installPeers } from './install-peers.js';
import { type Figure, meetsGoal } from './measure/figure.js';
import { jsonLine, table } from './measure/format.js';
import type { Suite, SuiteOptions } from './suite.js';

const suitesFolder = fileURLToPath(new URL('suites', import.meta.url));

const thorough: SuiteOptions = { race: { rounds: 41, sliceMs: 8, warmUpMs: 150 }, quick: false };
const quick: SuiteOptions = { race: { rounds: 5, sliceMs: 3, warmUpMs: 50 }, quick: true };

interface Arguments {
  readonly names: readonly string[];
  readonly json: boolean;
  readonly quick: boolean;
  readonly check: boolean;
}

/** @throws Error if the arguments make no sense. */
function readArguments(): Arguments {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
  });
  const known = readdirSync(suitesFolder)
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -'.js'.length));
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`There is no suite ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  }
  return { ...values, names: positionals.length === 0 ? known : positionals };
}

/** Runs one suite, prints its figures, and gives how many goals were missed. */
async function runSuite(name: string, { json, quick: isQuick }: Arguments): Promise<number> {
  const { suite } = (await import(`./suites/${name}.js`)) as { readonly suite: Suite };
  if (suite.needsPeers) await installPeers();
  const figures: Figure[] = [];
  for await (const figure of suite.figures(isQuick ? quick : thorough)) {
    figures.push(figure);
    if (json) console.log(jsonLine(figure));
  }
  if (!json) console.log(`${table(figures)}\n`);
  return figures.filter((figure) => meetsGoal(figure) === false).length;
}

let wanted: Arguments | undefined;
try {
  wanted = readArguments();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
if (wanted !== undefined) {
  let missed = 0;
  for (const name of wanted.names) missed += await runSuite(name, wanted);
  if (wanted.check && missed > 0) process.exitCode = 1;
}
