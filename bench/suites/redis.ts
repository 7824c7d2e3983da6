import { startRedis } from '../../test/support/servers/redis-server.js';
import { type Figure, figure } from '../measure/figure.js';
import { type Laps, lapsOf, race, type RaceOptions } from '../measure/race.js';
import { ratios, summarize } from '../measure/statistics.js';
import { keyValueContender } from '../redis/callers.js';
import { peerClients, slipway } from '../redis/clients.js';
import { fanOut } from '../redis/fan-out.js';
import { redisBenchmark } from '../redis/redis-benchmark.js';
import { transactionContenders } from '../redis/transactions.js';
import type { Suite, SuiteOptions } from '../suite.js';

const callerCounts = [1, 10, 100] as const;
const subscriptionCounts = [1, 1000, 10_000] as const;

/** slipway's Redis client against others, on a real server that the suite starts: docs/benchmarks.md. */
export const suite: Suite = {
  needsPeers: true,
  async *figures(options) {
    // Without a log of writes: it is the clients that are measured.
    await using server = await startRedis({ config: { appendonly: 'no' } });
    yield* getSet(server.url, server.port, options);
    yield* transactions(server.url, options);
    yield* fanOuts(server.url, options);
  },
};

/** A turn holds enough round trips for their average to count. */
function longer({ race: options }: SuiteOptions): RaceOptions {
  return { ...options, sliceMs: options.sliceMs * 4 };
}

async function* getSet(url: string, port: number, options: SuiteOptions): AsyncIterable<Figure> {
  const clients = [await slipway(url), ...(await peerClients(url))];
  for (const callers of callerCounts) {
    const contenders = clients.map((client) => keyValueContender(client, callers));
    const laps = await race(contenders, longer(options));
    const id = `redis.getset.${callers}`;
    if (callers === 1) {
      yield cost(`${id}/ioredis`, laps, 'ioredis', '<=1.1');
      yield cost(`${id}/ioredis-autopipeline`, laps, 'ioredis-autopipeline');
      yield cost(`${id}/node-redis`, laps, 'node-redis');
    } else {
      const many = callers === 100;
      yield gain(`${id}/ioredis`, laps, 'ioredis', many ? '>=1.4' : undefined);
      yield gain(`${id}/ioredis-autopipeline`, laps, 'ioredis-autopipeline');
      yield gain(`${id}/node-redis`, laps, 'node-redis', many ? '>=1' : undefined);
    }
    // Apart from the others: what runs right after another process pays for it.
    const ours = contenders.filter(({ name }) => name === 'slipway');
    const beside = await race([...ours, redisBenchmark(port, callers)], longer(options));
    yield cost(`${id}/redis-benchmark`, beside, 'redis-benchmark');
    const perCommand = lapsOf(laps, 'slipway').map((ns) => ns / (2 * callers));
    yield figure(`${id}.ns`, summarize(perCommand), 'ns');
  }
  for (const client of clients) await client.stop();
}

async function* transactions(url: string, options: SuiteOptions): AsyncIterable<Figure> {
  const { contenders, stop } = await transactionContenders(url);
  const laps = await race(contenders, longer(options));
  await stop();
  yield figure('redis.transaction/get', against(laps, 'transaction', 'get'), 'ratio');
  yield figure('redis.transaction.ns', summarize(lapsOf(laps, 'transaction')), 'ns');
}

async function* fanOuts(url: string, options: SuiteOptions): AsyncIterable<Figure> {
  for (const subscriptions of subscriptionCounts) {
    const { contenders, stop } = await fanOut(url, subscriptions);
    const laps = await race(contenders, longer(options));
    await stop();
    const goal = subscriptions === 10_000 ? '>=10' : undefined;
    yield gain(`redis.fanout.${subscriptions}/naive`, laps, 'naive', goal);
    yield figure(`redis.fanout.${subscriptions}.ns`, summarize(lapsOf(laps, 'slipway')), 'ns');
  }
}

function against(laps: Laps, above: string, below: string) {
  return summarize(ratios(lapsOf(laps, above), lapsOf(laps, below)));
}

/** slipway's cost over another's. */
function cost(id: string, laps: Laps, other: string, goal?: string): Figure {
  return figure(id, against(laps, 'slipway', other), 'ratio', goal);
}

/** Another's cost over slipway's. */
function gain(id: string, laps: Laps, other: string, goal?: string): Figure {
  return figure(id, against(laps, other, 'slipway'), 'times faster', goal);
}
