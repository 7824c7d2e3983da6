import { setTimeout as sleep } from 'node:timers/promises';
import { settlesWithin } from '../../../src/kafka/settles-within.js';
import type { Stored } from '../../support/kafka/census.js';
import { counted } from './counted.js';
import { watchProcess } from '../redis/watch-process.js';
import { type Audit, audit } from './audit.js';
import type { ChaosClient } from './clients.js';
import { type End, Load, type LoadOptions } from './load.js';
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
  readonly not_begun: number;
  /** Publishes that were begun and had no end. */
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
  const { inflicted, missed } = await inflictAll(run, load, begunAt);
  await settlesWithin(Math.max(1, begunAt + run.limitMs - performance.now()), running);
  load.abandon();
  const ms = performance.now() - begunAt;
  const ends = new Map(load.ends);
  const { slowestMs } = load;
  const recovered = await client.recovered(patienceMs);
  const details = client.details();
  const stopAt = performance.now();
  await client.stop();
  const stopMs = performance.now() - stopAt;
  // What was given up does not count any more, but would disturb what comes next.
  await settlesWithin(patienceMs, running);
  const leftOpen = await process.leftOpen();
  const records: Stored[] = [];
  for (const topic of run.load.topics) records.push(...(await world.read(topic)));
  const { messages, callers } = run.load;
  return {
    messages,
    callers,
    faults: faults.length,
    faults_missed: missed,
    faults_left_out: faults.length - inflicted,
    acknowledged: count(ends, 'acknowledged'),
    not_written: count(ends, 'not-written'),
    unknown: count(ends, 'unknown'),
    rejected: count(ends, 'rejected'),
    not_begun: messages - load.begun,
    unsettled: load.begun - ends.size,
    ...audit(ends, records),
    slowest_ms: Math.round(slowestMs),
    ms: Math.round(ms),
    recovered,
    stop_ms: Math.round(stopMs),
    unhandled_rejections: process.unhandled,
    left_open: counted(leftOpen),
    ...details,
  };
}

function count(ends: ReadonlyMap<number, End>, wanted: End): number {
  return [...ends.values()].filter((end) => end === wanted).length;
}

async function inflictAll<Kind extends string>(
  { world, faults, limitMs }: ChaosRun<Kind>,
  load: Load,
  begunAt: number,
): Promise<{ inflicted: number; missed: number }> {
  let inflicted = 0;
  let missed = 0;
  for (const [index, fault] of faults.entries()) {
    // Callers that fail fast would use up their messages during one fault, and the next ones would find no traffic.
    load.until = (faults[index + 1]?.atMessage ?? Number.POSITIVE_INFINITY) + 1;
    const limit = Math.min(performance.now() + patienceMs, begunAt + limitMs);
    while (load.begun < fault.atMessage && performance.now() < limit) await sleep(1);
    if (performance.now() >= begunAt + limitMs) break;
    inflicted += 1;
    if (!(await world.inflict(fault))) missed += 1;
  }
  load.until = Number.POSITIVE_INFINITY;
  return { inflicted, missed };
}

/** What has to hold of a client that promises what KafkaBus does. */
export function holds(end: ChaosEnd): boolean {
  return (
    end.not_begun === 0 &&
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
