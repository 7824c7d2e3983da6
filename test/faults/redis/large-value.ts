import { setTimeout as sleep } from 'node:timers/promises';
import { RedisClient } from '../../../src/redis/redis-client.js';
import { startRedis } from '../../support/servers/redis-server.js';
import type { Result } from '../suite.js';
import { slipwayTarget } from './targets.js';
import { Workload } from './workload.js';

const largeBytes = 64 * 2 ** 20;

interface Measured {
  readonly outcome: string;
  readonly ms: number;
}

async function measure(call: () => Promise<unknown>): Promise<Measured> {
  const begin = performance.now();
  const outcome = await call().then(
    (value) => (typeof value === 'string' ? `${value.length} characters` : String(value)),
    (error: unknown) => String((error as { code?: unknown }).code),
  );
  return { outcome, ms: Math.round(performance.now() - begin) };
}

/**
 * A value of 64 MiB: refused as the settings stand; with a larger limit, what it does to the others of its connection.
 * @param deadlineMs of every operation, the large ones too: the time that a machine takes for so many bytes is its own.
 */
export async function tryLargeValue(deadlineMs: number): Promise<Result> {
  await using server = await startRedis();
  await using guarded = new RedisClient({ clientId: 'guarded', url: server.url });
  await using open = new RedisClient({
    clientId: 'open',
    url: server.url,
    maxValueBytes: 2 * largeBytes,
    deadlineMs,
  });
  await Promise.all([guarded.start(), open.start()]);
  const large = 'x'.repeat(largeBytes);
  const refused = await measure(() => guarded.set('large', large));
  const sentByGuarded = await open.get('large');

  const load = new Workload(slipwayTarget(open), '', 4);
  await load.start(10);
  await sleep(200);
  const before = process.memoryUsage().rss;
  const set = await measure(() => open.set('large', large));
  const got = await measure(() => open.get('large'));
  const grownBytes = process.memoryUsage().rss - before;
  await sleep(200);
  load.pause();
  await load.ended();
  await load.close();
  const { operations } = load;
  return {
    id: 'redis.large-value',
    ok:
      refused.outcome === 'SLIPWAY_REDIS_VALUE_TOO_LARGE' &&
      sentByGuarded === null &&
      set.outcome === 'true' &&
      got.outcome === `${largeBytes} characters` &&
      operations.errors === '' &&
      operations.wrong === 0 &&
      operations.slowestMs <= deadlineMs + 1000,
    bytes: largeBytes,
    refused: refused.outcome,
    refused_ms: refused.ms,
    set_ms: set.ms,
    get_ms: got.ms,
    others: operations.count,
    others_slowest_ms: Math.round(operations.slowestMs),
    others_errors: operations.errors,
    wrong_answers: operations.wrong,
    rss_grown_mb: Math.round(grownBytes / 2 ** 20),
  };
}
