import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as sinon from 'sinon';
import {
  infrastructure,
  loadSettings,
  Provider,
  RedisClientProtocol,
  Scope,
  token,
} from '../../src/index.js';
import { stub, testApplication } from '../../src/testing/index.js';
import { type Figure, figure } from '../measure/figure.js';
import { summarize } from '../measure/statistics.js';
import type { Suite } from '../suite.js';
import type { SuiteRun } from '../testing/desk-run.js';

const Greeting = token<string>()('Greeting');
const greetings = new Provider('greetings').provide(Greeting, {
  scope: Scope.REQUEST,
  inject: [RedisClientProtocol],
  create: async (redis) => `hello ${String(await redis.get('name'))}`,
});
const providers = [infrastructure(loadSettings({ SERVICE_NAME: 'bench' })), greetings] as const;

/**
 * What a test application costs, from its making to its end, one scope with a service included; and what the service tests
 * of examples/essay-desk take together: docs/benchmarks.md.
 */
export const suite: Suite = {
  needsPeers: false,
  async *figures({ quick }) {
    const times = quick ? 100 : 1_000;
    yield await median('testing.application.stub-ms', times, async () => {
      await using app = await testApplication(providers, {
        overrides: [[RedisClientProtocol, stub(RedisClientProtocol)]],
      });
      await greet(app);
    });
    yield await median('testing.application.memory-redis-ms', times, async () => {
      await using app = await testApplication(providers);
      await greet(app);
    });
    yield* deskSuite(quick ? 1 : 9);
  },
};

async function* deskSuite(rounds: number): AsyncIterable<Figure> {
  const program = fileURLToPath(new URL('../testing/desk-run.js', import.meta.url));
  const runs: (SuiteRun & { readonly processMs: number })[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now();
    const { stdout } = await promisify(execFile)(process.execPath, [program]);
    const run = JSON.parse(stdout) as SuiteRun;
    if (run.failures.length > 0 || run.tests < 30) {
      throw new Error(`${run.tests} tests of the essay desk passed. ${run.failures.join('\n')}`);
    }
    runs.push({ ...run, processMs: performance.now() - begun });
  }
  const of = (key: 'importMs' | 'processMs' | 'runCpuMs' | 'runMs') => summarize(runs.map((run) => run[key]));
  yield figure('testing.desk.memory-ms', of('runMs'), 'ms', '<1000');
  yield figure('testing.desk.memory-cpu-ms', of('runCpuMs'), 'ms');
  yield figure('testing.desk.import-ms', of('importMs'), 'ms');
  yield figure('testing.desk.process-ms', of('processMs'), 'ms');
}

async function greet(app: Pick<Awaited<ReturnType<typeof testApplication>>, 'enter'>): Promise<void> {
  await using request = app.enter();
  if ((await request.get(Greeting)) !== 'hello null')
    throw new Error('The application answers something else.');
}

async function median(id: string, times: number, work: () => Promise<void>): Promise<Figure> {
  for (let count = 0; count < 50; count += 1) await work();
  const laps: number[] = [];
  for (let count = 0; count < times; count += 1) {
    const begun = performance.now();
    await work();
    laps.push(performance.now() - begun);
    // As after each test: until then sinon keeps every stub.
    sinon.restore();
  }
  return figure(id, summarize(laps), 'ms', '<2');
}
