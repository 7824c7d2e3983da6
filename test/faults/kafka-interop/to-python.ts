import { KafkaBus, parseEnvelope, partitionOf, type PublishResult } from '../../../src/index.js';
import { Random } from '../fuzz/random.js';
import { Differences } from './differences.js';
import { anyTopic, gradedTopic, type Outgoing, registry, someEvent } from './events.js';
import { keysOf, type Message, original } from './original.js';

/** A message as the original's consumer read it, with pydantic's model of the envelope and of the data. */
interface Validated extends Message {
  readonly headerCount: number;
  /** Where aiokafka puts the key. */
  readonly expectedPartition?: number;
  /** Why pydantic refused it. */
  readonly error?: string;
  readonly eventId?: string;
  /** What the original would have written. */
  readonly written?: string;
  /** The headers that the original computes for the event. */
  readonly standardHeaders?: Readonly<Record<string, string>>;
}

/** Publishes events by KafkaBus, lets the original read and validate them, and compares. */
export async function toPython(
  python: string,
  bootstrapServers: string,
  partitions: Readonly<Record<string, number>>,
  count: number,
  seed: number,
): Promise<Differences & { readonly validated: number }> {
  const random = new Random(seed);
  const events = Array.from({ length: count }, () => someEvent(random));
  const published = await publish(bootstrapServers, events);
  const args = ['consume', bootstrapServers, String(count), gradedTopic, anyTopic];
  const read = await original<Validated>(python, args);

  const differences = new Differences();
  const byPlace = new Map(read.map((message) => [placeOf(message), message]));
  differences.check('the number of different messages read', byPlace.size, count);
  let validated = 0;
  for (const [index, { envelope, to, headers }] of events.entries()) {
    const place = published[index];
    const message = place && byPlace.get(placeOf(place));
    differences.check('a published event', message === undefined ? 'lost' : 'read', 'read');
    if (message === undefined) continue;
    differences.check('the error of pydantic', message.error, undefined);
    if (message.error === undefined) validated += 1;
    const { value, key } = message;
    differences.check('the value that Python writes', message.written, value);
    differences.check('the event id', message.eventId, envelope.eventId);
    differences.check('the data', parseEnvelope(Buffer.from(value)).data, envelope.data);
    const wantedKey = to ? to.key || null : (envelope.data as { essay_id: string }).essay_id;
    differences.check('the key', key, wantedKey);
    if (key !== null) {
      const ours = partitionOf(Buffer.from(key), partitions[message.topic] ?? 0);
      differences.check('the partition by our formula', ours, message.partition);
      differences.check('the partition by aiokafka', message.expectedPartition, message.partition);
    }
    const wanted = {
      ...headers,
      ...message.standardHeaders,
      ...traceOf(value),
      correlation_id: envelope.correlationId,
    };
    differences.check('the headers', sorted(message.headers), sorted(wanted));
    differences.check('the number of headers', message.headerCount, Object.keys(wanted).length);
    const keys = keysOf(message);
    differences.check('the idempotency key by the body', keys.bodyKey, message.bodyKey);
    differences.check('the idempotency key by the headers', keys.headerKey, message.headerKey);
  }
  return Object.assign(differences, { validated });
}

async function publish(bootstrapServers: string, events: readonly Outgoing[]): Promise<PublishResult[]> {
  await using bus = new KafkaBus({ clientId: 'interop', bootstrapServers }, undefined, registry);
  await bus.start();
  return await Promise.all(
    events.map(({ envelope, to, headers }) =>
      to === undefined
        ? bus.publishEvent(envelope, { headers })
        : bus.publish(anyTopic, envelope, { key: to.key, headers }),
    ),
  );
}

/** The original reads the trace from the metadata. */
function traceOf(value: string): Record<string, string> {
  const traceparent = parseEnvelope(Buffer.from(value)).metadata?.['traceparent'];
  return typeof traceparent === 'string' ? { traceparent } : {};
}

function placeOf({ topic, partition, offset }: Pick<Message, 'topic' | 'partition' | 'offset'>): string {
  return `${topic} ${partition} ${offset}`;
}

function sorted(headers: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(headers).toSorted(([left], [right]) => (left < right ? -1 : 1));
}
