import { writeFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { leakHooks } from '../../src/testing/index.js';
import { endEvenIfHeld } from './leaks.js';
import { startServersOfTests, stopServersOfTests, suitesLeftOut } from './servers/for-tests.js';

// Here and not as an option of node: for that mocha would start a second process, which a SIGTERM does not reach.
process.setSourceMapsEnabled(true);

// The same cases in each run, so that who changes a thing sees what the change did. Others by SLIPWAY_TEST_SEED=random.
const seed = process.env['SLIPWAY_TEST_SEED'] ?? '20261122';
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });

// mocha passes on a rejection that nobody handles to whoever else listens, and nobody does. So it fails the test that runs.
process.on('unhandledRejection', (reason) => {
  throw new Error('A promise was rejected, and nobody handled it.', { cause: reason });
});

let passed = 0;
const failed: string[] = [];

/** Once, before the first suite. mocha passes the runner as `this`. */
export async function mochaGlobalSetup(this: Mocha.Runner): Promise<void> {
  this.on('pass', () => passed++);
  this.on('fail', (test) => failed.push(test.fullTitle()));
  for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    // Leaving by exit() lets the server processes be ended too.
    process.once(signal, () => process.exit(code));
  }
  await startServersOfTests(this.suite, (suite) => this.grepTotal(suite) > 0);
}

export async function mochaGlobalTeardown(): Promise<void> {
  await stopServersOfTests();
  const results = process.env['SLIPWAY_TEST_RESULTS'] ?? '';
  const counts = `${passed} passed, ${failed.length} failed\n`;
  if (results !== '') await writeFile(results, counts + failed.map((title) => `- ${title}\n`).join(''));
  const notRun = suitesLeftOut();
  if (notRun !== undefined) console.log(`${notRun}\n`);
  endEvenIfHeld();
}

export const mochaHooks = leakHooks({ per: 'suite' });
