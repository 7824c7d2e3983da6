import { setTimeout as sleep } from 'node:timers/promises';
import { RedisClient } from '../../../src/redis/redis-client.js';
import { startRedis } from '../../support/servers/redis-server.js';
import type { Result } from '../suite.js';
import { Control } from './control.js';
import { slipwayTarget } from './targets.js';
import { Workload } from './workload.js';

/** The most that a walk over any number of keys may add to the heap: it holds a step of 500 keys. */
const heapLimitMb = 64;
/** What the others of the connection may wait behind one step. */
const othersLimitMs = 250;

/** A walk over many keys: each is found, the others are served meanwhile, memory stays, and `break` ends it. */
export async function tryHugeScan(keys: number): Promise<Result> {
  await using server = await startRedis({ config: { appendonly: 'no' } });
  await using control = new Control(server.url);
  await control.ask('DEBUG', 'POPULATE', String(keys), 'key', '10');
  await using redis = new RedisClient({ clientId: 'scan', url: server.url });
  await redis.start();
  const scans = async (): Promise<number> => {
    const stats = String(await control.ask('INFO', 'commandstats'));
    return Number(/cmdstat_scan:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  };

  const load = new Workload(slipwayTarget(redis), '', 4);
  await load.start(10);
  await sleep(200);
  const heapBefore = process.memoryUsage().heapUsed;
  let heap = heapBefore;
  const begin = performance.now();
  let found = 0;
  for await (const key of redis.scan('key:*')) {
    found += key.startsWith('key:') ? 1 : 0;
    if (found % 10_000 === 0) heap = Math.max(heap, process.memoryUsage().heapUsed);
  }
  const scanMs = performance.now() - begin;
  load.pause();
  await load.ended();
  await load.close();

  const scansBefore = await scans();
  const taken: string[] = [];
  for await (const key of redis.scan('key:*')) {
    taken.push(key);
    if (taken.length === 10) break;
  }
  await sleep(50);
  const scansAfterBreak = (await scans()) - scansBefore;

  const { operations } = load;
  const heapMb = (heap - heapBefore) / 2 ** 20;
  return {
    id: 'redis.huge-scan',
    // The server may give a key twice while its table is resized.
    ok:
      found >= keys &&
      scansAfterBreak === 1 &&
      heapMb <= heapLimitMb &&
      operations.errors === '' &&
      operations.wrong === 0 &&
      operations.slowestMs <= othersLimitMs,
    keys,
    found,
    ms: Math.round(scanMs),
    others: operations.count,
    others_slowest_ms: Math.round(operations.slowestMs),
    others_errors: operations.errors,
    wrong_answers: operations.wrong,
    heap_grown_mb: Math.round(heapMb),
    scans_after_break: scansAfterBreak,
  };
}
