import { setTimeout as sleep } from 'node:timers/promises';
import { RedisClient } from '../../../src/redis/redis-client.js';
import { startRedis } from '../../support/servers/redis-server.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import type { Result } from '../suite.js';
import { Control } from './control.js';
import type { Outage, Scene } from './outages.js';
import { callers, everyMs, type Limits, serviceResult, settledMs, untilServed, warmUpMs } from './service.js';
import { bareTarget, openBareRedis, slipwayTarget } from './targets.js';
import { watchProcess } from './watch-process.js';
import { Workload } from './workload.js';

/** ioredis keeps what it cannot send: fewer, so that it is not asked for more than it can. */
const bareEveryMs = 40;

export interface OutageRun extends Limits {
  readonly outageMs: number;
}

/** One outage under load, for slipway and, at the same time and by the same proxy, for ioredis as it comes. */
export async function runOutage(outage: Outage, { outageMs, ...limits }: OutageRun): Promise<Result> {
  const { deadlineMs } = limits;
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
  // What is stored cannot be known where a changed reply was taken for an acknowledgement.
  const wrong = outage.garbles === true ? wrongWhenServed : operations.wrong;
  const { ok, figures } = await serviceResult(load, process, limits, endedAt, wrong);
  return {
    id: `redis.${outage.id}`,
    ok,
    outage_ms: Math.round(endedAt - begunAt),
    ...figures,
    wrong_answers_when_served: outage.garbles === true ? wrongWhenServed : undefined,
    stop_ms: Math.round(stopMs),
    ioredis_slowest_ms: Math.round(bareEnd.slowestMs),
    ioredis_pending: bareEnd.pending,
    ioredis_wrong_answers: bareEnd.wrong,
  };
}
