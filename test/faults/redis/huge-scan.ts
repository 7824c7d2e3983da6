import { setTimeout as sleep } from 'node:timers/promises';
import { RedisClient } from '../../../src/redis/redis-client.js';
import { startRedis } from '../../support/servers/redis-server.js';
import type { Result } from '../suite.js';
import { Control } from './control.js';
import { slipwayTarget } from './targets.js';
import { Workload } from './workload.js';

/** The most that a walk over any number of keys may add to the heap: it holds a step of 500 keys. */
const heapLimitMb = 64;
/** What may come before the answer to another command of the connection: the rest of one step and the next. */
const othersLimitKeys = 4 * 500;

/**
 * A walk over many keys: each is found, the others are served meanwhile, memory stays, and `break` ends it.
 * @param othersLimitMs what the others of the connection may wait, which is the machine's more than the walk's.
 */
export async function tryHugeScan(keys: number, othersLimitMs: number): Promise<Result> {
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
  const walk = new AbortController();
  // However slow the machine is: answers come in the order of their questions.
  const waiting = (async () => {
    let most = 0;
    while (!walk.signal.aborted) {
      const before = found;
      await redis.get('another');
      most = Math.max(most, found - before);
    }
    return most;
  })();
  for await (const key of redis.scan('key:*')) {
    found += key.startsWith('key:') ? 1 : 0;
    if (found % 10_000 === 0) heap = Math.max(heap, process.memoryUsage().heapUsed);
  }
  const scanMs = performance.now() - begin;
  walk.abort();
  const keysBefore = await waiting;
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
      keysBefore <= othersLimitKeys &&
      operations.slowestMs <= othersLimitMs,
    keys,
    found,
    ms: Math.round(scanMs),
    others: operations.count,
    others_behind_keys: keysBefore,
    others_slowest_ms: Math.round(operations.slowestMs),
    others_errors: operations.errors,
    wrong_answers: operations.wrong,
    heap_grown_mb: Math.round(heapMb),
    scans_after_break: scansAfterBreak,
  };
}
