import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaBus, RedisClient } from '../../../src/index.js';
import { startRedis } from '../../support/servers/redis-server.js';
import type { Result } from '../suite.js';
import type { Cluster, Hurt } from './cluster.js';
import { readDeadLetters } from './dead-letters.js';
import { effectsKey, isHandled, readEvidence } from './evidence.js';
import { Group } from './group.js';
import { Publishing } from './publishing.js';
import { makeSteps, stepIn } from './steps.js';

/** What is done to the group, and when: at this part of the effects. */
export interface Blow {
  readonly at: number;
  readonly what: 'join' | 'kill' | 'leave' | 'freeze' | 'kill-brokers' | 'stop-brokers' | Hurt;
}

export interface ChaosOptions {
  readonly id: string;
  readonly cluster: Cluster;
  readonly messages: number;
  readonly keys: number;
  readonly partitions: number;
  readonly members: number;
  readonly sessionTimeoutMs: number;
  readonly blows: readonly Blow[];
  readonly seed: number;
}

/** How much is published beyond what the next blow waits for. */
const ahead = 0.15;
/** Nothing is committed any more for so long: it hangs. */
const stuckMs = 120_000;
/** How long what members say of themselves may take to be true again: they reconnect within seconds. */
const settledWithinMs = 30_000;

/** Messages, poison among them, through a group whose members and brokers come and go. */
export async function runChaos(options: ChaosOptions): Promise<Result> {
  const { id, cluster, messages, seed, blows } = options;
  const begin = performance.now();
  const topic = `chaos-${randomUUID()}`;
  const deadLetterTopic = `${topic}.DLQ`;
  await cluster.createTopic(topic, options.partitions);
  await cluster.createTopic(deadLetterTopic, 1);
  await using server = await startRedis();
  await using redis = new RedisClient({ clientId: 'chaos', url: server.url });
  await redis.start();
  await using bus = new KafkaBus({
    clientId: 'chaos',
    bootstrapServers: cluster.bootstrapServers,
    deliveryTimeoutMs: 300_000,
    startTimeoutMs: 60_000,
  });
  await bus.start();

  const steps = makeSteps(messages, options.keys, seed);
  const toHandle = steps.filter(({ fate }) => isHandled(fate)).length;
  const publishing = new Publishing(bus, cluster, stepIn(topic), steps);
  await using group = new Group({
    SERVERS: cluster.bootstrapServers,
    REDIS: server.url,
    TOPIC: topic,
    GROUP: topic,
    SESSION_MS: String(options.sessionTimeoutMs),
  });

  await publishing.upTo((blows[0]?.at ?? 1) + ahead);
  for (let number = 0; number < options.members; number += 1) await group.join();
  for (const [index, { at, what }] of blows.entries()) {
    await unstuck(
      async () => (await redis.hlen(effectsKey)) >= at * toHandle,
      () => redis.hlen(effectsKey),
      group,
    );
    // Not awaited: the brokers may go while it is under way.
    void publishing.upTo((blows[index + 1]?.at ?? 1) + ahead);
    await group.suffer(what, cluster, options.sessionTimeoutMs);
  }
  await publishing.upTo(1);

  const left = async (): Promise<number> =>
    (await cluster.progress(topic, topic)).reduce(
      (sum, { end, committed }) => sum + Number(end - (committed < 0n ? 0n : committed)),
      0,
    );
  await unstuck(async () => (await left()) === 0, left, group);
  const untrue = await settledReports(async () =>
    group.untrueReports(await cluster.progress(topic, topic), begin),
  );
  await group.leave();

  const uncommitted = await left();
  const evidence = await readEvidence(redis, steps);
  const letters = await readDeadLetters(cluster, deadLetterTopic, steps);
  const { lost, effectsLost, effectsDoubled, inversions, disordered } = evidence;
  const faults = [
    publishing.failed,
    uncommitted,
    lost,
    effectsLost,
    effectsDoubled,
    inversions,
    disordered,
    letters.missing,
    letters.wrong,
    untrue.length,
  ];
  return {
    id,
    ok: faults.every((count) => count === 0),
    messages,
    handled: toHandle - lost,
    lost,
    effects_lost: effectsLost,
    effects_doubled: effectsDoubled,
    inversions,
    disordered,
    poison: messages - toHandle,
    dead_letters: letters.count,
    dead_letters_missing: letters.missing,
    dead_letters_wrong: letters.wrong,
    uncommitted,
    unpublished: publishing.failed,
    untrue_reports: untrue.length,
    repeats: evidence.repeats,
    late: evidence.late,
    ...group.counts,
    reconnects: group.reconnects,
    seed,
    ms: Math.round(performance.now() - begin),
    first_fault: evidence.firstFault ?? letters.firstFault ?? untrue[0] ?? publishing.firstFailure,
  };
}

/** What is still untrue when members that the last blow cut off have had time to come back. */
async function settledReports(ask: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const limit = performance.now() + settledWithinMs;
  for (;;) {
    const untrue = await ask();
    if (untrue.length === 0 || performance.now() > limit) return untrue;
    await sleep(200);
  }
}

/** Waits as long as something moves. @throws Error if nothing does, or a member has died. */
async function unstuck(
  isReached: () => Promise<boolean>,
  progress: () => Promise<number>,
  group: Group,
): Promise<void> {
  let last = -1;
  let since = performance.now();
  while (!(await isReached())) {
    group.assertAlive();
    const now = await progress();
    if (now !== last) since = performance.now();
    last = now;
    if (performance.now() - since > stuckMs) throw new Error(`Nothing moves, at ${now}:\n${group.output}`);
    await sleep(50);
  }
}
