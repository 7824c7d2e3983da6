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
const quick: SuiteOptions = { race: { rounds: 5, sliceMs: 2, warmUpMs: 10 }, quick: true };

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

let missed = 0;
for (const name of positionals.length === 0 ? known : positionals) {
  const { suite } = (await import(`./suites/${name}.js`)) as { readonly suite: Suite };
  if (suite.needsPeers) await installPeers();
  const figures: Figure[] = [];
  for await (const figure of suite.figures(values.quick ? quick : thorough)) {
    figures.push(figure);
    if (meetsGoal(figure) === false) missed += 1;
    if (values.json) console.log(jsonLine(figure));
  }
  if (!values.json) console.log(`${table(figures)}\n`);
}
if (values.check && missed > 0) process.exitCode = 1;
