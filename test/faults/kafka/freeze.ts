import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaBus, PublishError } from '../../../src/index.js';
import { numbered, type Stored } from '../../support/kafka/census.js';
import { watchProcess } from '../redis/watch-process.js';
import type { Result } from '../suite.js';
import { audit } from './audit.js';
import type { End } from './load.js';

/** A broker that can be frozen. */
export interface Freezer {
  readonly brokers: readonly string[];
  readonly topic: string;
  freeze(): void;
  thaw(): void;
  read(): Promise<readonly Stored[]>;
}

const deliveryTimeoutMs = 4_000;
const maxBlockMs = 2_000;
/** For timers on a busy machine. */
const slackMs = 1_000;
const noticeMs = 15_000;
const callers = 200;
/** Less than the callers' messages: some wait for room. */
const maxBufferedBytes = 50_000;

/**
 * A broker is frozen while nobody publishes: the bus has to notice by itself, settle in time what is published then, and
 * notice by itself that the broker is back.
 */
export async function freezeWithoutTraffic(id: string, freezer: Freezer): Promise<Result> {
  using process = await watchProcess();
  const bus = new KafkaBus({
    clientId: 'freeze',
    bootstrapServers: freezer.brokers,
    deliveryTimeoutMs,
    maxBlockMs,
    maxBufferedBytes,
  });
  await bus.start();
  const states = new States(bus);
  const ends = new Map<number, End>();
  const publish = async (number: number): Promise<void> => {
    try {
      await bus.publish(freezer.topic, numbered(number), { key: `key-${number % 7}` });
      ends.set(number, 'acknowledged');
    } catch (error) {
      if (!PublishError.is(error)) throw error;
      ends.set(number, error.outcome);
    }
  };
  await publish(0);

  freezer.freeze();
  const noticedMs = await states.until((state) => state !== 'ready', noticeMs);
  const [, noticedAs] = states.seen;
  const begunAt = performance.now();
  let slowestMs = 0;
  await Promise.all(
    Array.from({ length: callers }, async (_, index) => {
      await publish(index + 1);
      slowestMs = Math.max(slowestMs, performance.now() - begunAt);
    }),
  );
  freezer.thaw();
  const readyMs = await states.until((state) => state === 'ready', noticeMs);
  await publish(callers + 1);
  states.stop();
  await bus.stop();
  const leftOpen = await process.leftOpen();
  const found = audit(ends, await freezer.read());
  const { lost, duplicated, inversions, written_all_the_same: wrong } = found;
  const settled = [...ends.values()];
  return {
    id,
    ok:
      noticedAs === 'degraded' &&
      readyMs !== undefined &&
      slowestMs <= deliveryTimeoutMs + slackMs &&
      ends.get(callers + 1) === 'acknowledged' &&
      lost + duplicated + inversions + wrong === 0 &&
      process.unhandled === 0 &&
      leftOpen.length === 0,
    states: states.seen.join(' '),
    noticed_ms: noticedMs,
    ready_again_ms: readyMs,
    delivery_timeout_ms: deliveryTimeoutMs,
    slowest_ms: Math.round(slowestMs),
    acknowledged: settled.filter((end) => end === 'acknowledged').length,
    not_written: settled.filter((end) => end === 'not-written').length,
    unknown: settled.filter((end) => end === 'unknown').length,
    ...found,
    unhandled_rejections: process.unhandled,
    left_open: leftOpen.join(' ') || 0,
  };
}

/** The states that a bus goes through. */
class States {
  readonly #bus: KafkaBus;
  readonly #timer: NodeJS.Timeout;
  readonly seen: string[] = [];

  constructor(bus: KafkaBus) {
    this.#bus = bus;
    this.#look();
    this.#timer = setInterval(() => this.#look(), 5);
  }

  stop(): void {
    this.#look();
    clearInterval(this.#timer);
  }

  /** Milliseconds until a state is as wanted; undefined if that takes too long. */
  async until(wanted: (state: string) => boolean, timeoutMs: number): Promise<number | undefined> {
    const begunAt = performance.now();
    while (!wanted(this.#look())) {
      if (performance.now() - begunAt > timeoutMs) return undefined;
      await sleep(5);
    }
    return Math.round(performance.now() - begunAt);
  }

  #look(): string {
    const { state } = this.#bus.status;
    if (this.seen.at(-1) !== state) this.seen.push(state);
    return state;
  }
}
