import { setTimeout as sleep } from 'node:timers/promises';
import { settlesWithin } from '../../../src/kafka/settles-within.js';
import type { Stored } from '../../support/kafka/census.js';
import { watchProcess } from '../redis/watch-process.js';
import { type Audit, audit } from './audit.js';
import type { ChaosClient } from './clients.js';
import { Load, type LoadOptions } from './load.js';
import type { Fault } from './plan.js';

/** Brokers that faults happen to. */
export interface World<Kind extends string> {
  /** Resolves when the fault is over; `false` if there was no traffic for it to happen to. */
  inflict(fault: Fault<Kind>): Promise<boolean>;
  /** All records of a topic, in the order of the offsets of each partition. */
  read(topic: string): Promise<readonly Stored[]>;
}

export interface ChaosRun<Kind extends string> {
  readonly world: World<Kind>;
  readonly client: ChaosClient;
  readonly load: LoadOptions;
  readonly faults: readonly Fault<Kind>[];
  /** How long the messages may take altogether. What is left then is not waited for. */
  readonly limitMs: number;
}

export interface ChaosEnd extends Audit {
  readonly [detail: string]: string | number | boolean | undefined;
  readonly messages: number;
  readonly acknowledged: number;
  readonly not_written: number;
  readonly unknown: number;
  /** Publishes that were not begun, or had no end. */
  readonly unsettled: number;
  readonly slowest_ms: number;
  readonly recovered: boolean;
  readonly unhandled_rejections: number;
  /** Of sockets, timers and the like; 0: none. */
  readonly left_open: string | number;
}

/** The longest that a fault waits for its message, and a client for its recovery. */
const patienceMs = 30_000;

/** Publishes while faults happen, and holds what is stored against what was acknowledged. */
export async function runChaos<Kind extends string>(run: ChaosRun<Kind>): Promise<ChaosEnd> {
  const { world, client, faults } = run;
  using process = await watchProcess();
  const begunAt = performance.now();
  const load = new Load((message) => client.publish(message), run.load);
  await client.start();
  load.until = 0;
  const running = load.run();
  const inflicted = await inflictAll(run, load, begunAt);
  await settlesWithin(Math.max(1, begunAt + run.limitMs - performance.now()), running);
  load.abandon();
  const ms = performance.now() - begunAt;
  const recovered = await client.recovered(patienceMs);
  const stopAt = performance.now();
  await client.stop();
  const stopMs = performance.now() - stopAt;
  const leftOpen = await process.leftOpen();
  const records: Stored[] = [];
  for (const topic of run.load.topics) records.push(...(await world.read(topic)));
  const { messages, callers } = run.load;
  return {
    messages,
    callers,
    faults: faults.length,
    faults_missed: inflicted.missed,
    faults_left_out: faults.length - inflicted.count,
    acknowledged: load.count('acknowledged'),
    not_written: load.count('not-written'),
    unknown: load.count('unknown'),
    rejected: load.count('rejected'),
    unsettled: messages - load.ends.size,
    ...audit(load.ends, records),
    slowest_ms: Math.round(load.slowestMs),
    ms: Math.round(ms),
    recovered,
    stop_ms: Math.round(stopMs),
    unhandled_rejections: process.unhandled,
    left_open: leftOpen.join(' ') || 0,
    ...client.details(),
  };
}

async function inflictAll<Kind extends string>(
  { world, faults, limitMs }: ChaosRun<Kind>,
  load: Load,
  begunAt: number,
): Promise<{ count: number; missed: number }> {
  let count = 0;
  let missed = 0;
  for (const [index, fault] of faults.entries()) {
    // Callers that fail fast would use up their messages during one fault, and the next ones would find no traffic.
    load.until = (faults[index + 1]?.atMessage ?? Number.POSITIVE_INFINITY) + 1;
    const limit = Math.min(performance.now() + patienceMs, begunAt + limitMs);
    while (load.begun < fault.atMessage && performance.now() < limit) await sleep(1);
    if (performance.now() >= begunAt + limitMs) break;
    count += 1;
    if (!(await world.inflict(fault))) missed += 1;
  }
  load.until = Number.POSITIVE_INFINITY;
  return { count, missed };
}

/** What has to hold of a client that promises what KafkaBus does. */
export function holds(end: ChaosEnd): boolean {
  return (
    end.unsettled === 0 &&
    end.lost === 0 &&
    end.duplicated === 0 &&
    end.inversions === 0 &&
    end.written_all_the_same === 0 &&
    end.stored >= end.acknowledged &&
    end.stored <= end.acknowledged + end.unknown &&
    end['wrong_errors'] === 0 &&
    end['rejected'] === 0 &&
    end.recovered &&
    end.unhandled_rejections === 0 &&
    end.left_open === 0
  );
}
