import { setTimeout as sleep } from 'node:timers/promises';
import { keySlot } from '../../../src/redis/cluster/key-slot.js';
import { RedisClient } from '../../../src/redis/redis-client.js';
import { replicated, runOnce } from '../../support/redis-helpers.js';
import { until } from '../../support/until.js';
import { startCluster } from '../../support/servers/redis-cluster.js';
import { startSentinels } from '../../support/servers/redis-sentinels.js';
import type { RunningRedis } from '../../support/servers/redis-server.js';
import type { Result } from '../suite.js';
import { callers, everyMs, type Limits, serviceResult, untilServed, warmUpMs } from './service.js';
import { slipwayTarget, type Target } from './targets.js';
import { watchProcess } from './watch-process.js';
import { Workload } from './workload.js';

/** What the servers of the tests need for it, and much more. */
const promotionLimitMs = 60_000;

/** Servers of which one takes another's place. */
interface Deployment extends AsyncDisposable {
  readonly url: string;
  /** Before each key, so that all are on one master. */
  readonly prefix: string;
  readonly replicas: number;
  /** The master of these keys, as one of the others than `except` has it. */
  readonly master: (except?: RunningRedis) => Promise<RunningRedis>;
  readonly target: (redis: RedisClient) => Target;
}

async function sentinels(): Promise<Deployment> {
  const running = await startSentinels();
  return {
    url: running.url,
    prefix: '',
    replicas: 2,
    master: () => running.primary(1),
    target: slipwayTarget,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

async function cluster(): Promise<Deployment> {
  const running = await startCluster();
  return {
    url: running.url,
    prefix: '{faults}',
    replicas: 1,
    master: (except) => running.ownerOf(keySlot('faults'), except),
    target: shardTarget,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** With a shard channel, which is on the master of its slot as the keys are. */
function shardTarget(redis: RedisClient): Target {
  const target = slipwayTarget(redis);
  if (target.more === undefined) return target;
  const { pubsub } = redis;
  return {
    ...target,
    more: {
      ...target.more,
      publish: (channel, message) => pubsub.spublish(channel, message),
      subscribe: (channel) => pubsub.ssubscribe(channel),
    },
  };
}

const deployments = { sentinel: sentinels, cluster } as const;
const faults = {
  'kill-9': {
    begin: (server: RunningRedis) => server.kill(),
    end: (server: RunningRedis) => server.restart(),
  },
  sigstop: {
    begin: (server: RunningRedis) => server.pause(),
    end: (server: RunningRedis) => server.resume(),
  },
} as const;

export interface Failover extends Limits {
  readonly deployment: keyof typeof deployments;
  readonly fault: keyof typeof faults;
}

/** A master goes under load, another server takes its place, and it comes back as a replica. */
export async function runFailover(options: Failover): Promise<Result> {
  const { deployment, fault, deadlineMs } = options;
  await using running = await deployments[deployment]();
  using process = await watchProcess();
  const redis = new RedisClient({ clientId: 'faults', url: running.url, deadlineMs });
  await redis.start();
  const load = new Workload(running.target(redis), running.prefix, callers);
  await load.start(everyMs);
  await sleep(warmUpMs);

  // What a master acknowledges and has not passed on yet is lost by Redis itself; so nothing is under way here.
  load.pause();
  await load.ended();
  const master = await running.master();
  await replicated(master.url, running.replicas);
  await faults[fault].begin(master);
  const begunAt = performance.now();
  load.resume(everyMs);
  await until(
    async () => (await running.master(master).catch(() => master)).port !== master.port,
    'another server is the master',
    promotionLimitMs,
  );
  const promotedAt = performance.now();
  await untilServed(load, promotedAt);
  await faults[fault].end(master);
  await untilServed(load, performance.now());

  load.pause();
  await load.ended();
  await load.close();
  await redis.stop();
  const heir = await running.master(master);
  await load.audit(async (key) => (await runOnce(heir.url, 'get', key)) as string | null);
  const { ok, figures } = await serviceResult(load, process, options, promotedAt);
  return {
    id: `redis.${deployment}.${fault}`,
    ok,
    promoted_ms: Math.round(promotedAt - begunAt),
    ...figures,
  };
}
