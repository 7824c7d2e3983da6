import sinon from 'sinon';
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

const Greeting = token<string>()('Greeting');
const greetings = new Provider('greetings').provide(Greeting, {
  scope: Scope.REQUEST,
  inject: [RedisClientProtocol],
  create: async (redis) => `hello ${String(await redis.get('name'))}`,
});
const providers = [infrastructure(loadSettings({ SERVICE_NAME: 'bench' })), greetings] as const;

/** What a test application costs, from its making to its end, one scope with a service included: docs/benchmarks.md. */
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
  },
};

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
