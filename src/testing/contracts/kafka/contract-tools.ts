import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { createEnvelope } from '../../../events/create-envelope.js';
import { defineEvent } from '../../../events/define-event.js';
import { parseEnvelope } from '../../../events/parse-envelope.js';
import { EventConsumer } from '../../../kafka/consumer/event-consumer.js';
import type { EventConsumerSettings } from '../../../kafka/consumer/consumer-settings.js';
import { KafkaBus } from '../../../kafka/kafka-bus.js';
import type { KafkaBusSettings } from '../../../kafka/settings.js';
import type { PublishResult } from '../../../protocols/kafka.js';
import type { OpenedKafka, RawMessage } from './opened-kafka.js';
import { patienceMs } from '../outcomes.js';

/** An event that tells its number and its key, in a topic of one's own. */
export function countedIn(topic: string) {
  return defineEvent('contract.counted.v1', {
    topic,
    schema: z.object({ number: z.int(), key: z.string(), text: z.string().optional() }),
    key: 'key',
  });
}

const Counted = countedIn('contract');

export function counted(number: number, key = 'a', text = '') {
  return createEnvelope(Counted, { number, key, text }, { sourceService: 'contract' });
}

export function numberOf({ value }: Pick<RawMessage, 'value'>): number {
  return (parseEnvelope(Buffer.from(value)).data as { readonly number: number }).number;
}

/** A publisher that is not started. Its pauses are short. */
export function busOf({ driver }: OpenedKafka, settings: Partial<KafkaBusSettings> = {}): KafkaBus {
  return new KafkaBus({
    clientId: 'contract',
    retryBackoffMs: 20,
    drainTimeoutMs: 1_000,
    ...settings,
    driver,
  });
}

export async function startedBus(
  kafka: OpenedKafka,
  settings: Partial<KafkaBusSettings> = {},
): Promise<KafkaBus> {
  const bus = busOf(kafka, { startTimeoutMs: patienceMs, ...settings });
  await bus.start();
  return bus;
}

/** A consumer of a group of its own that reads from the beginning. Its pauses are short. */
export function consumerOf(
  { driver, sessionTimeoutMs = 6_000 }: OpenedKafka,
  settings: Partial<EventConsumerSettings> = {},
): EventConsumer {
  return new EventConsumer({
    groupId: randomUUID(),
    autoOffsetReset: 'earliest',
    // Of most tests: nothing may end it by being slow.
    sessionTimeoutMs: Math.max(sessionTimeoutMs, 30_000),
    startTimeoutMs: patienceMs,
    stopTimeoutMs: 1_000,
    retryBackoffMs: 20,
    commitIntervalMs: 20,
    backoff: { minMs: 5, maxMs: 20 },
    ...settings,
    driver,
  });
}

/** Publishes numbers `from` up to `to`, all at once, each fifth under the same key. */
export function publishAll(
  bus: KafkaBus,
  topic: string,
  from: number,
  to: number,
): Promise<readonly PublishResult[]> {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  return Promise.all(
    numbers.map((number) => {
      const key = `key-${number % 5}`;
      return bus.publish(topic, counted(number, key), { key });
    }),
  );
}

/** Publishes until it is acknowledged, however short the bus's time is. */
export async function taken(bus: KafkaBus, topic: string, number: number): Promise<PublishResult> {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      return await bus.publish(topic, counted(number), { key: 'a' });
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}

/** Of a topic of one partition: it holds the numbers from 0 up to `count` once each, those of a key in their order. */
export async function assertHoldsOnce(
  kafka: OpenedKafka,
  bus: KafkaBus,
  topic: string,
  count: number,
): Promise<void> {
  const mark = await taken(bus, topic, -1);
  const messages = await kafka.read(topic, Number(mark.offset) + 1);
  const numbers = messages.slice(0, Number(mark.offset)).map(numberOf);
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    Array.from({ length: count }, (_, index) => index),
  );
  assertOrder(numbers.map((number) => [`key-${number % 5}`, number]));
}

/** Those of one key come in their order when they come first. */
export function assertOrder(seen: readonly (readonly [key: string, number: number])[]): void {
  for (const key of new Set(seen.map(([each]) => each))) {
    const first = [...new Set(seen.filter(([each]) => each === key).map(([, number]) => number))];
    const inOrder = first.toSorted((a, b) => a - b);
    assert.deepEqual(first, inOrder, `those of ${key}`);
  }
}

/** Long enough for what is to happen before it, short enough to wait for. */
export const shortMs = 3_000;
/** What has a limit of its own does not take longer, however busy the machine is. */
export const longMs = 15_000;

export function assertPublishError(
  error: Readonly<Record<string, unknown>>,
  code: string,
  outcome: 'not-written' | 'unknown',
): void {
  assert.deepEqual({ code: error['code'], outcome: error['outcome'] }, { code, outcome });
}

/** How many milliseconds it takes. */
export async function durationOf(work: Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work;
  return performance.now() - begin;
}
