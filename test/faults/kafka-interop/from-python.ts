import { type Delivery, EventConsumer, type EventEnvelope, partitionOf } from '../../../src/index.js';
import { until } from '../../support/until.js';
import { Differences } from './differences.js';
import { defineGraded } from './events.js';
import { keysOf, type Message, original } from './original.js';

interface Handled {
  readonly event: EventEnvelope;
  readonly delivery: Delivery;
}

const patienceMs = 60_000;

/** Lets the original publish events, has EventConsumer handle them, and compares. */
export async function fromPython(
  python: string,
  bootstrapServers: string,
  topic: string,
  partitions: number,
  count: number,
  seed: number,
): Promise<Differences & { readonly handled: number }> {
  const handled = new Map<string, Handled>();
  const keep = (event: EventEnvelope, delivery: Delivery): void => {
    handled.set(`${delivery.partition} ${delivery.offset}`, { event, delivery });
  };
  const settings = { groupId: 'interop-slipway', bootstrapServers, autoOffsetReset: 'earliest' as const };
  await using consumer = new EventConsumer(settings);
  const Graded = defineGraded(topic);
  consumer.subscribe(Graded, keep).subscribe(topic, keep);
  await consumer.start();
  const args = ['produce', bootstrapServers, String(count), topic, String(seed)];
  const published = await original(python, args);
  const isDone = (): boolean => handled.size + consumer.stats().deadLetters >= count;
  await until(isDone, 'all that Python published is handled or a dead letter', patienceMs);

  const differences = new Differences();
  differences.check('the number of dead letters', consumer.stats().deadLetters, 0);
  for (const message of published) {
    const found = handled.get(`${message.partition} ${message.offset}`);
    differences.check('a published event', found === undefined ? 'not handled' : 'handled', 'handled');
    if (found !== undefined) compare(message, found, partitions, differences);
  }
  return Object.assign(differences, { handled: handled.size });
}

function compare(
  message: Message,
  { event, delivery }: Handled,
  partitions: number,
  differences: Differences,
): void {
  const { key, headers, partition } = message;
  const value = delivery.value.toString();
  differences.check('the value', value, message.value);
  const written = JSON.parse(message.value) as Record<string, unknown>;
  const { event_id, event_type, correlation_id, data } = written;
  differences.check('the event id', event.eventId, event_id);
  differences.check('the event type', event.eventType, event_type);
  differences.check('the correlation id', event.correlationId, correlation_id);
  differences.check('the data', event.data, data);
  differences.check('the key', delivery.key, key);
  differences.check('the headers', delivery.headers, headers);
  if (key !== null) {
    differences.check('the partition by our formula', partitionOf(Buffer.from(key), partitions), partition);
  }
  const keys = keysOf({ value, headers: delivery.headers });
  differences.check('the idempotency key by the body', keys.bodyKey, message.bodyKey);
  differences.check('the idempotency key by the headers', keys.headerKey, message.headerKey);
}
