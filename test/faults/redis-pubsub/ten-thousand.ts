import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PubSubAccount } from '../../support/pubsub-account.js';
import { RedisClients, runOnce } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { startRedis } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import type { Result } from '../suite.js';

const count = 10_000;
const heapLimitMb = 30;

/** Heap in use after everything that can go has gone. */
function heapMb(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/**
 * Ten thousand subscriptions: what they take, and whether all come back and are told after each cut.
 * @param readyWithinMs how long subscribing may take.
 * @param slackMs for a busy machine, on which each of ten thousand takes its time to come back.
 */
export async function tenThousand(cuts: number, readyWithinMs: number, slackMs: number): Promise<Result> {
  await using server = await startRedis();
  await using proxy = await TcpProxy.start(server.port);
  await using clients = new RedisClients();
  const redis = await clients.start(`redis://127.0.0.1:${proxy.port}`, { clientId: 'many' });
  const publisher = await clients.start(server.url);
  // The connection and the code it needs are not what is measured.
  await (await redis.subscribe('warm')).close();
  const channels = Array.from({ length: count }, (_, index) => `channel ${index}`);
  const before = heapMb();
  const begin = performance.now();
  const subscriptions = await Promise.all(channels.map((channel) => redis.subscribe(channel)));
  const readyMs = Math.round(performance.now() - begin);
  const heap = heapMb() - before;
  const list = String(await runOnce(server.url, 'client', 'list'));
  const connections = list.split(' name=many:pubsub ').length - 1;
  const account = new PubSubAccount(publisher.pubsub, subscriptions);
  await account.publish();
  let slowestBackMs = 0;
  for (let cut = 0; cut < cuts; cut += 1) {
    proxy.cut();
    if (cut % 3 === 1) proxy.cutAtReply(1 + (cut % 5));
    const at = performance.now();
    await until(
      () => subscriptions.every(({ gaps }) => gaps > cut),
      'every subscription has told its gap',
      30_000,
    );
    slowestBackMs = Math.max(slowestBackMs, Math.round(performance.now() - at));
    await account.publish();
  }
  await account.settle(20_000);
  const { unannounced, disordered, missed } = account.balance();
  await account.close();
  return {
    id: 'redis.pubsub.ten-thousand',
    ok:
      connections === 1 &&
      readyMs < readyWithinMs &&
      heap < heapLimitMb &&
      unannounced === 0 &&
      disordered === 0 &&
      slowestBackMs < 5000 + slackMs,
    connections,
    readyMs,
    heapMb: Number(heap.toFixed(1)),
    cuts,
    slowestBackMs,
    missed,
    unannounced,
    disordered,
  };
}
