import { setTimeout as sleep } from 'node:timers/promises';
import { RedisClient } from '../../../src/redis/redis-client.js';
import { startRedis } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import type { Result } from '../suite.js';
import { Control } from './control.js';
import type { Outage, Scene } from './outages.js';
import { bareTarget, openBareRedis, slipwayTarget } from './targets.js';
import { watchProcess } from './watch-process.js';
import { Workload } from './workload.js';

const callers = 4;
const everyMs = 10;
/** ioredis keeps what it cannot send: fewer, so that it is not asked for more than it can. */
const bareEveryMs = 40;
/** docs/redis.md: no operation takes longer than its deadline; this much for timers and a busy machine. */
const slackMs = 1000;
/** The longest that service may take to return. */
const recoveryMs = 5000;
const warmUpMs = 300;
/** How long all has to be well before it counts as well. */
const settledMs = 800;

export interface OutageRun {
  readonly deadlineMs: number;
  readonly outageMs: number;
}

/** One outage under load, for slipway and, at the same time and by the same proxy, for ioredis as it comes. */
export async function runOutage(outage: Outage, { deadlineMs, outageMs }: OutageRun): Promise<Result> {
  await using server = await startRedis(outage.config === undefined ? {} : { config: outage.config });
  await using proxy = await TcpProxy.start(server.port);
  await using control = new Control(server.url);
  await control.ask('PING');
  using process = await watchProcess();
  const scene: Scene = { server, proxy, ask: (name, ...args) => control.ask(name, ...args) };

  const redis = new RedisClient({ clientId: 'faults', url: `redis://127.0.0.1:${proxy.port}`, deadlineMs });
  await redis.start();
  const bare = openBareRedis(proxy.port);
  const load = new Workload(slipwayTarget(redis), '', callers);
  const bareLoad = new Workload(bareTarget(bare), '', 1);
  await Promise.all([load.start(everyMs), bareLoad.start(bareEveryMs)]);
  await sleep(warmUpMs);

  const begunAt = performance.now();
  await outage.begin(scene, outageMs);
  await sleep(Math.max(0, begunAt + outageMs - performance.now()));
  await outage.end(scene);
  const endedAt = performance.now();
  const { operations } = load;
  await untilServed(load, endedAt);

  const wrongWhenServed = operations.wrongSince(performance.now() - settledMs);
  load.pause();
  bareLoad.pause();
  await load.ended();
  await load.close();
  const askedToStopAt = performance.now();
  await redis.stop();
  const stopMs = performance.now() - askedToStopAt;
  const bareBooks = bareLoad.operations;
  const bareEnd = { slowestMs: bareBooks.slowestMs, pending: bareBooks.pending, wrong: 0 };
  const read = async (key: string): Promise<string | null> =>
    (await control.ask('GET', key)) as string | null;
  await load.audit(read);
  if (bareEnd.pending === 0) await bareLoad.audit(read);
  bareEnd.wrong = bareBooks.wrong;
  bare.disconnect();
  const leftOpen = await process.leftOpen();

  const served = operations.firstSuccessAfter(endedAt);
  const heard = load.firstMessageAfter(endedAt);
  const recoveredMs = Math.max(operations.lastFailedStart, served ?? Infinity) - endedAt;
  const heardMs = (heard ?? Infinity) - endedAt;
  // What is stored cannot be known where a changed reply was taken for an acknowledgement.
  const wrongThatCount = outage.garbles === true ? wrongWhenServed : operations.wrong;
  const late = operations.slowerThan(deadlineMs + slackMs);
  return {
    id: `redis.${outage.id}`,
    ok:
      late === 0 &&
      operations.pending === 0 &&
      wrongThatCount === 0 &&
      recoveredMs <= recoveryMs &&
      heardMs <= recoveryMs &&
      process.unhandled === 0 &&
      leftOpen.length === 0,
    outage_ms: Math.round(endedAt - begunAt),
    deadline_ms: deadlineMs,
    operations: operations.count,
    slowest_ms: Math.round(operations.slowestMs),
    late,
    errors: operations.errors,
    wrong_answers: operations.wrong,
    wrong_answers_when_served: outage.garbles === true ? wrongWhenServed : undefined,
    first_wrong: operations.firstWrong,
    recovered_ms: Math.round(recoveredMs),
    subscription_back_ms: Math.round(heardMs),
    stop_ms: Math.round(stopMs),
    unhandled_rejections: process.unhandled,
    left_open: leftOpen.join(' ') || 0,
    ioredis_slowest_ms: Math.round(bareEnd.slowestMs),
    ioredis_pending: bareEnd.pending,
    ioredis_wrong_answers: bareEnd.wrong,
  };
}

/** Resolves when all is well again: for half a second everything succeeded, and messages arrive; or when it is too late. */
export async function untilServed(load: Workload, endedAt: number): Promise<void> {
  const limit = endedAt + recoveryMs + 1500;
  while (performance.now() < limit) {
    const now = performance.now();
    const from = Math.max(endedAt, now - settledMs);
    const well = now - from >= settledMs - 1 && load.operations.allSucceeded(from, now - 300);
    if (well && load.firstMessageAfter(endedAt) !== undefined) return;
    await sleep(50);
  }
}
