import { writeFile } from 'node:fs/promises';
import { endEvenIfHeld, LeakWatch } from './leaks.js';
import { startServersOfTests, stopServersOfTests, suitesLeftOut } from './servers/for-tests.js';

// Here and not as an option of node: for that mocha would start a second process, which a SIGTERM does not reach.
process.setSourceMapsEnabled(true);

const leaks = new LeakWatch();
let passed = 0;
let failed = 0;

/** Once, before the first suite. mocha passes the runner as `this`. */
export async function mochaGlobalSetup(this: Mocha.Runner): Promise<void> {
  this.on('pass', () => passed++);
  this.on('fail', () => failed++);
  for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    // Leaving by exit() lets the server processes be ended too.
    process.once(signal, () => process.exit(code));
  }
  await startServersOfTests(this.suite, (suite) => this.grepTotal(suite) > 0);
}

export async function mochaGlobalTeardown(): Promise<void> {
  await stopServersOfTests();
  const results = process.env['SLIPWAY_TEST_RESULTS'] ?? '';
  if (results !== '') await writeFile(results, `${passed} passed, ${failed} failed\n`);
  const notRun = suitesLeftOut();
  if (notRun !== undefined) console.log(`${notRun}\n`);
  endEvenIfHeld();
}

export const mochaHooks: Mocha.RootHookObject = {
  async beforeAll(this: Mocha.Context) {
    await leaks.begin();
    // Added last, so that it runs after the hooks with which a suite cleans up.
    for (const suite of this.test?.parent?.suites ?? []) {
      suite.afterAll('leaves nothing open', () => leaks.check(suite.title));
    }
  },
  async afterEach(this: Mocha.Context) {
    await leaks.afterTest(this.currentTest?.fullTitle() ?? '');
  },
};
