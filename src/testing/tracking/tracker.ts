import { describeError } from '../../errors/describe.js';
import { SlipwayError } from '../../errors/slipway-error.js';
import type { EventEnvelope } from '../../events/envelope.js';
import { parseEnvelope } from '../../events/parse-envelope.js';
import {
  partitionKey,
  type PartitionOffset,
  type RecordBatch,
  type TopicPartition,
} from '../../kafka/consumer-port.js';
import type { DeadLetterReason } from '../../kafka/consumer/dead-letters.js';
import type { EventConsumer } from '../../kafka/consumer/event-consumer.js';
import type { KafkaBus } from '../../kafka/kafka-bus.js';
import type { ProducerRecord } from '../../kafka/producer-port.js';
import { currentLogContext } from '../../logging/log-context.js';
import { now } from '../real-timers.js';
import { type Place, placeOf, type PublishedEntry } from './entries.js';
import { Journal } from './journal.js';
import type { Traffic } from './tracked-driver.js';

/** Work in a scope that goes on. */
interface Work {
  readonly what: string;
  readonly place: string | undefined;
  readonly since: number;
}

const userChannel = /^ws:(.+)$/;

/** Follows the events of one application: what it published, what became of it, and what is not done yet. */
export class Tracker implements Traffic {
  readonly journal = new Journal();
  readonly buses = new Set<KafkaBus>();
  readonly consumers = new Set<EventConsumer>();
  /** Every message that was seen, by its place. */
  readonly #messages = new Map<string, PublishedEntry>();
  /** The places of those that are handled, in the dead letter topic or passed over. */
  readonly #ended = new Set<string>();
  /** In topics that the application consumes, and not known to be done. */
  readonly #open = new Set<PublishedEntry>();
  readonly #failures = new Map<string, { attempts: number; error: unknown }>();
  readonly #committed = new Map<string, bigint>();
  readonly #running = new Set<Work>();
  readonly #consumed = new Set<string>();

  /** The topics of which a consumer has its partitions. */
  get consumed(): ReadonlySet<string> {
    return this.#consumed;
  }

  onStored(partition: TopicPartition, offset: bigint, records: readonly ProducerRecord[]): void {
    for (const [index, record] of records.entries()) {
      const place = { ...partition, offset: offset + BigInt(index) };
      const headers = textsOf(record.headers);
      if (headers['dlq.reason'] !== undefined && this.#isDeadLetter(place, headers)) {
        this.#deadLettered(place, headers, record.value);
      } else this.#seen(place, record, headers).isOwn = true;
    }
    this.journal.changed();
  }

  onAssigned(topics: readonly string[]): void {
    for (const topic of topics) this.#consumed.add(topic);
    // What was published before that is read from now on.
    for (const message of this.#messages.values()) {
      if (this.#consumed.has(message.topic) && !this.#ended.has(placeOf(message))) this.#open.add(message);
    }
    this.journal.changed();
  }

  onArrived({ topic, partition, records }: RecordBatch): void {
    for (const record of records) {
      this.#seen({ topic, partition, offset: record.offset }, record, textsOf(record.headers));
    }
  }

  onCommitted(offsets: readonly PartitionOffset[]): void {
    for (const each of offsets) this.#committed.set(partitionKey(each), each.offset);
    this.journal.changed();
  }

  notified(channel: string, message: string, receivers: number): void {
    const userId = userChannel.exec(channel)?.[1];
    if (userId === undefined) return;
    const { event, data } = readNotification(message);
    this.journal.add({ kind: 'notified', userId, event, data, receivers });
  }

  /** Runs work in a scope: of a handler if there is an `event`. */
  async run<R>(scope: string, event: EventEnvelope | undefined, work: () => Promise<R>): Promise<R> {
    const place = event === undefined ? undefined : currentPlace();
    const key = place === undefined ? undefined : placeOf(place);
    const attempt = ((key === undefined ? undefined : this.#failures.get(key)?.attempts) ?? 0) + 1;
    const nth = attempt > 1 ? `, attempt ${attempt}` : '';
    const what = event === undefined ? `work in a ${scope} scope` : `the handler of ${event.eventType}${nth}`;
    const running: Work = { what, place: key, since: now() };
    this.#running.add(running);
    try {
      const result = await work();
      if (event !== undefined && place !== undefined && key !== undefined) {
        const durationMs = now() - running.since;
        this.#ended.add(key);
        this.journal.add({ kind: 'handled', ...place, event, attempts: attempt, durationMs });
      }
      return result;
    } catch (error) {
      if (event !== undefined && place !== undefined && key !== undefined && !isTooEarly(error)) {
        this.#failures.set(key, { attempts: attempt, error });
        this.journal.add({ kind: 'failed', ...place, event, attempt, error });
      }
      throw error;
    } finally {
      this.#running.delete(running);
      this.journal.changed();
    }
  }

  /** What is not done, a sentence each; none if all is. */
  pending(): readonly string[] {
    const found: string[] = [];
    for (const bus of this.buses) {
      const { buffered, waiting } = bus.stats();
      if (buffered + waiting > 0) found.push(`published and not acknowledged: ${buffered + waiting}`);
    }
    for (const { what, since } of this.#running) {
      found.push(`${what}, for ${Math.round(now() - since)} ms`);
    }
    const places = new Set([...this.#running].map(({ place }) => place));
    const done = this.#done();
    for (const message of this.#open) {
      if ((done.get(partitionKey(message)) ?? 0n) > message.offset) this.#open.delete(message);
      else if (!places.has(placeOf(message))) found.push(this.#waiting(message));
    }
    return found;
  }

  /** What was consumed and neither handled nor put into the dead letter topic. Only right when nothing is pending. */
  unhandled(): readonly PublishedEntry[] {
    const found = [...this.#messages.values()].filter(
      (message) => this.#consumed.has(message.topic) && !this.#ended.has(placeOf(message)),
    );
    for (const message of found) {
      const { topic, partition, offset, event } = message;
      this.#ended.add(placeOf(message));
      this.journal.add({ kind: 'unhandled', topic, partition, offset, event });
    }
    return found;
  }

  /** Forgets what happened, not what is going on. */
  clear(): void {
    this.journal.clear();
    for (const [key, message] of this.#messages) if (!this.#open.has(message)) this.#messages.delete(key);
  }

  #seen(
    place: Place,
    { key, value }: { readonly key: Buffer | null; readonly value: Buffer | null },
    headers: Readonly<Record<string, string>>,
  ): PublishedEntry {
    const known = this.#messages.get(placeOf(place));
    if (known !== undefined) return known;
    const event = readEnvelope(value);
    const entry: PublishedEntry = {
      kind: 'published',
      topic: place.topic,
      partition: place.partition,
      offset: place.offset,
      event,
      key: key?.toString() ?? null,
      headers,
      isOwn: false,
    };
    this.#messages.set(placeOf(place), entry);
    if (this.#consumed.has(place.topic)) this.#open.add(entry);
    this.journal.add(entry);
    return entry;
  }

  /** A dead letter is of a topic that is consumed here; one that is published anew by a tool is a message. */
  #isDeadLetter(place: Place, headers: Readonly<Record<string, string>>): boolean {
    const original = headers['dlq.original_topic'];
    return original !== undefined && original !== place.topic && this.#consumed.has(original);
  }

  #deadLettered(place: Place, headers: Readonly<Record<string, string>>, value: Buffer): void {
    this.#ended.add(
      placeOf({
        topic: headers['dlq.original_topic'] ?? '',
        partition: Number(headers['dlq.original_partition']),
        offset: BigInt(headers['dlq.original_offset'] ?? 0),
      }),
    );
    this.journal.add({
      kind: 'dead-lettered',
      ...place,
      event: readEnvelope(value),
      reason: headers['dlq.reason'] as DeadLetterReason,
      error: headers['dlq.error_message'] ?? '',
      attempts: Number(headers['dlq.attempts'] ?? 0),
    });
  }

  #waiting(message: PublishedEntry): string {
    const failure = this.#failures.get(placeOf(message));
    const failed =
      failure === undefined ? '' : `, failed ${failure.attempts} times: ${describeError(failure.error)}`;
    const type = message.event?.eventType ?? 'a message that is no envelope';
    return `${type} in ${partitionKey(message)} at offset ${message.offset}, not handled yet${failed}`;
  }

  /** Below which offset all is done, by partition. A new assignment knows only what it read itself. */
  #done(): ReadonlyMap<string, bigint> {
    const done = new Map(this.#committed);
    for (const consumer of this.consumers) {
      for (const partition of consumer.stats().partitions) {
        const key = partitionKey(partition);
        const offset = BigInt(partition.done ?? 0);
        if (offset > (done.get(key) ?? 0n)) done.set(key, offset);
      }
    }
    return done;
  }
}

/** Where the message stands that is being handled: the consumer has it in the context of its log. */
function currentPlace(): Place | undefined {
  const { topic, partition, offset } = currentLogContext();
  if (typeof topic !== 'string' || typeof partition !== 'number' || typeof offset !== 'string')
    return undefined;
  return { topic, partition, offset: BigInt(offset) };
}

/** The scope was not entered: the application is not up, or about to end. */
function isTooEarly(error: unknown): boolean {
  return (
    SlipwayError.is(error, 'SLIPWAY_CONTAINER_NOT_STARTED') ||
    SlipwayError.is(error, 'SLIPWAY_CONTAINER_CLOSED')
  );
}

function readEnvelope(value: Buffer | null): EventEnvelope | undefined {
  try {
    return value === null ? undefined : parseEnvelope(value);
  } catch {
    return undefined;
  }
}

function readNotification(text: string): { event: string; data: Readonly<Record<string, unknown>> } {
  try {
    const { event, data } = JSON.parse(text) as { event: unknown; data: Readonly<Record<string, unknown>> };
    if (typeof event === 'string') return { event, data };
  } catch {
    // It is told as it stands.
  }
  return { event: '(no notification)', data: { text } };
}

function textsOf(headers: Readonly<Record<string, Buffer | string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, content]) => [name, content.toString()]));
}
