// npm run faults -- [suite ...] [--short] [--json]
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { FaultSuite, Result } from './suite.js';

const suitesFolder = fileURLToPath(new URL('suites', import.meta.url));

interface Arguments {
  readonly names: readonly string[];
  readonly short: boolean;
  readonly json: boolean;
}

function suiteFiles(): readonly string[] {
  return readdirSync(suitesFolder).filter((file) => file.endsWith('.js'));
}

function suiteOf(file: string): string {
  return file.slice(0, -'.js'.length).replace(/-.*/, '');
}

/** @throws Error if the arguments make no sense. */
function readArguments(): Arguments {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { short: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
  });
  const known = [...new Set(suiteFiles().map(suiteOf))];
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`There is no suite ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  }
  return { ...values, names: positionals.length === 0 ? known : positionals };
}

function row({ id, ok, skipped, ...details }: Result): string {
  const verdict = skipped === undefined ? (ok ? 'ok' : 'FAILED') : 'not run';
  const told = Object.entries(details).filter(([, value]) => value !== undefined);
  const rest = told.map(([name, value]) => `${name} ${String(value)}`);
  return [id.padEnd(26), verdict.padEnd(8), skipped ?? rest.join(', ')].join('  ');
}

/** Runs one file of a suite, prints its results, and gives how many were not ok. */
async function runFile(file: string, { short, json }: Arguments): Promise<number> {
  const { suite } = (await import(`./suites/${file}`)) as { readonly suite: FaultSuite };
  const results: Result[] = [];
  for await (const result of suite.run({ short })) {
    console.log(json ? JSON.stringify(result) : row(result));
    results.push(result);
  }
  if (!json && results.length > 0 && suite.summary !== undefined)
    console.log(`\n${suite.summary(results)}\n`);
  return results.filter(({ ok }) => !ok).length;
}

let wanted: Arguments | undefined;
try {
  wanted = readArguments();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
if (wanted !== undefined) {
  let failed = 0;
  for (const name of wanted.names) {
    for (const file of suiteFiles().filter((each) => suiteOf(each) === name))
      failed += await runFile(file, wanted);
  }
  if (failed > 0) process.exitCode = 1;
}
